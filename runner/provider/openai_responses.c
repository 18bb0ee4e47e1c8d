/* OpenAI's responses. Nothing is stored at the provider: what a further turn needs (reasoning, in
 * the provider's own sealed form) is asked for and given back. */
#include <string.h>

#include "common/cleanup.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "error_body.h"
#include "messages.h"
#include "openai_parts.h"
#include "openai_responses_reply.h"

/* ---- input ---- */

static void add_assistant(json_t *list, json_t *message)
{
    json_t *own = message_own(message, &provider_openai_responses), *call;
    size_t i;
    if (json_is_array(own)) {
        json_array_extend(list, own);
        return;
    }
    json_t *content = json_object_get(message, "content");
    if (json_string_length(content))
        j_add(list, j_pack("{s:s, s:O}", "role", "assistant", "content", content));
    json_array_foreach (json_object_get(message, "tool_calls"), i, call)
        j_add(list, j_pack("{s:s, s:O?, s:O?, s:O?}", "type", "function_call", "call_id",
                           json_object_get(call, "id"), "name", json_object_get(call, "name"),
                           "arguments", json_object_get(call, "args_raw")));
}

static json_t *input_out(json_t *messages)
{
    json_t *list = j_array(), *message;
    size_t i;
    json_array_foreach (messages, i, message) {
        json_t *role = json_object_get(message, "role"),
               *content = json_object_get(message, "content");
        if (j_is(role, "assistant"))
            add_assistant(list, message);
        else if (j_is(role, "tool"))
            j_add(list, j_pack("{s:s, s:O?, s:O?}", "type", "function_call_output", "call_id",
                               json_object_get(message, "tool_call_id"), "output", content));
        else
            j_add(list, j_pack("{s:O?, s:O?}", "role", role, "content", content));
    }
    return list;
}

/* ---- the request ---- */

static void add_tools(json_t *body, const struct provider_ask *ask)
{
    json_t *list = j_array(), *tool;
    size_t i;
    json_array_foreach (ask->tools, i, tool)
        j_add(list, j_pack("{s:s, s:O, s:O?, s:O?, s:b}", "type", "function", "name",
                           json_object_get(tool, "name"), "description",
                           json_object_get(tool, "description"), "parameters",
                           json_object_get(tool, "parameters"), "strict", 0));
    j_set(body, "tools", list);
    const char *choice = ask->tool_choice ? ask->tool_choice : "auto";
    j_set(body, "tool_choice",
          provider_choice_is_word(choice)
              ? j_string(choice)
              : j_pack("{s:s, s:s}", "type", "function", "name", choice));
    if (!ask->parallel_tools)
        j_set(body, "parallel_tool_calls", json_false());
}

static void add_form(json_t *body, const struct provider_ask *ask)
{
    _cleanup_free_ char *name = openai_schema_name(ask->schema_name);
    j_set(body, "text",
          j_pack("{s:{s:s, s:s, s:b, s:O}}", "format", "type", "json_schema", "name", name,
                 "strict", openai_is_strict(ask->schema), "schema", ask->schema));
}

static bool reasons(const struct provider_ask *ask)
{
    return ask->family.reasoning ||
           json_object_get(json_object_get(ask->params, "provider_options"), "reasoning");
}

static json_t *make_body(const struct provider_config *config, const struct provider_ask *ask)
{
    json_t *include = j_array();
    /* Refused for models that do not reason. */
    if (reasons(ask))
        j_add(include, j_string("reasoning.encrypted_content"));
    json_t *body = j_pack("{s:s, s:o, s:b, s:o}", "model", ask->model, "input",
                          input_out(ask->messages), "store", 0, "include", include);
    if (ask->stream)
        j_set(body, "stream", json_true());
    provider_copy_sampling(body, ask);
    provider_copy_number(body, ask->params, "max_tokens", "max_output_tokens");
    if (json_is_true(json_object_get(ask->params, "logprobs")))
        j_add(include, j_string("message.output_text.logprobs"));
    if (provider_schema(config, ask))
        add_form(body, ask);
    if (json_array_size(ask->tools))
        add_tools(body, ask);
    provider_merge_options(body, ask->params);
    return body;
}

static void move_option(json_t *options, const char *name, const char *outer, const char *inner)
{
    json_t *value = json_object_get(options, name), *old = json_object_get(options, outer);
    if (value && (!old || json_is_object(old)) && !json_object_get(old, inner)) {
        json_t *whole = old ? xcheck(json_copy(old)) : j_object();
        j_ref(whole, inner, value);
        j_set(options, outer, whole);
    }
    json_object_del(options, name);
}

/* Those of chat completions that only have another place here. */
static void own_options(json_t *options)
{
    move_option(options, "reasoning_effort", "reasoning", "effort");
    move_option(options, "verbosity", "text", "verbosity");
}

static int build(const struct provider_config *config, const struct provider_ask *ask,
                 struct provider_request *ret, struct error *err)
{
    (void)err;
    provider_set_url(ret, config, provider_openai_responses.base_url, "/responses");
    provider_add_headers(ret, &provider_openai_responses, config, ask->stream);
    provider_set_body(ret, make_body(config, ask));
    return 0;
}

const struct provider provider_openai_responses = {
    .id = FORMAT_OPENAI_RESPONSES,
    .needs_key = true,
    .base_url = "https://api.openai.com/v1",
    .models = {.path = "/models", .items = "data", .id = "id"},
    .sign = provider_sign_bearer,
    .build = build,
    .own_options = own_options,
    .event = openai_responses_event,
    .whole = openai_responses_whole,
    .error = error_body_parse,
};
