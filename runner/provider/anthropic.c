/* Anthropic's messages. System messages go into `system`; a schema is a tool that must be called:
 * its input is the answer. With tools of the seat's own it stands beside them, and the model calls
 * either one of those or gives its answer. Extended thinking does not go together with a forced
 * tool: then it is only offered. */
#include <string.h>

#include "anthropic_reply.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "error_body.h"
#include "messages.h"
#include "provider.h"

enum { MAX_TOKENS_WHEN_UNSAID = 8192 }; /* the format demands a number */

/* ---- messages ---- */

static json_t *tool_use_blocks(json_t *message)
{
    json_t *blocks = j_array();
    json_t *content = json_object_get(message, "content");
    if (json_string_length(content))
        j_add(blocks, j_pack("{s:s, s:O}", "type", "text", "text", content));
    size_t i;
    json_t *call;
    json_array_foreach (json_object_get(message, "tool_calls"), i, call)
        j_add(blocks,
              j_pack("{s:s, s:O, s:O, s:o}", "type", "tool_use", "id", json_object_get(call, "id"),
                     "name", json_object_get(call, "name"), "input", message_args(call)));
    return blocks;
}

static json_t *assistant_out(json_t *message)
{
    json_t *own = message_own(message, &provider_anthropic);
    if (own)
        return json_incref(own);
    return j_pack("{s:s, s:o}", "role", "assistant", "content", tool_use_blocks(message));
}

/* Results of tools that were called in one message have to come back in one message. */
static void add_tool_result(json_t *list, json_t *message)
{
    json_t *last = json_array_get(list, json_array_size(list) - 1);
    json_t *blocks = json_object_get(last, "content");
    if (!json_is_array(blocks) || !j_has(json_array_get(blocks, 0), "type", "tool_result")) {
        blocks = j_array();
        j_add(list, j_pack("{s:s, s:o}", "role", "user", "content", blocks));
    }
    json_t *block = j_pack("{s:s, s:O?, s:O?}", "type", "tool_result", "tool_use_id",
                           json_object_get(message, "tool_call_id"), "content",
                           json_object_get(message, "content"));
    if (json_is_false(json_object_get(message, "ok")))
        j_set(block, "is_error", json_true());
    j_add(blocks, block);
}

static json_t *messages_out(json_t *messages)
{
    json_t *list = j_array();
    size_t i;
    json_t *message;
    json_array_foreach (messages, i, message) {
        json_t *role = json_object_get(message, "role");
        if (j_is(role, "system"))
            continue;
        if (j_is(role, "tool"))
            add_tool_result(list, message);
        else if (j_is(role, "assistant"))
            j_add(list, assistant_out(message));
        else
            j_add(list, j_pack("{s:O?, s:O?}", "role", role, "content",
                               json_object_get(message, "content")));
    }
    return list;
}

/* ---- tools ---- */

static json_t *tools_out(json_t *tools)
{
    json_t *list = j_array();
    size_t i;
    json_t *tool;
    json_array_foreach (tools, i, tool)
        j_add(list, j_pack("{s:O, s:O?, s:O?}", "name", json_object_get(tool, "name"),
                           "description", json_object_get(tool, "description"), "input_schema",
                           json_object_get(tool, "parameters")));
    return list;
}

static json_t *choice_out(const char *choice)
{
    if (!strcmp(choice, "auto") || !strcmp(choice, "none"))
        return j_pack("{s:s}", "type", choice);
    if (!strcmp(choice, "required"))
        return j_pack("{s:s}", "type", "any");
    return j_pack("{s:s, s:s}", "type", "tool", "name", choice);
}

static bool thinks(const struct provider_ask *ask)
{
    json_t *options = json_object_get(ask->params, "provider_options");
    json_t *type = json_object_get(json_object_get(options, "thinking"), "type");
    return type && !j_is(type, "disabled");
}

/* The choice that makes the model give its answer as a call of the form. */
static const char *choice_with_form(const struct provider_ask *ask, const char *choice)
{
    if (thinks(ask))
        return "auto";
    return json_array_size(ask->tools) && strcmp(choice, "none") ? "required" : ANTHROPIC_FORM_TOOL;
}

static void add_tools(json_t *body, const struct provider_ask *ask, json_t *schema)
{
    const char *choice = ask->tool_choice ? ask->tool_choice : "auto";
    json_t *list = tools_out(ask->tools);
    /* A tool that has to be called comes first; the form has its turn after it. */
    if (schema && (!strcmp(choice, "auto") || !strcmp(choice, "none") || !json_array_size(list))) {
        j_add(list, j_pack("{s:s, s:s, s:O}", "name", ANTHROPIC_FORM_TOOL, "description",
                           "Give the answer in this form.", "input_schema", schema));
        choice = choice_with_form(ask, choice);
    }
    if (json_array_size(list)) {
        json_t *out = choice_out(choice);
        if (json_array_size(ask->tools) && !ask->parallel_tools && strcmp(choice, "none"))
            j_set(out, "disable_parallel_tool_use", json_true());
        j_keep(body, "tools", list);
        j_set(body, "tool_choice", out);
    }
    json_decref(list);
}

/* ---- the request ---- */

static json_t *make_body(const struct provider_config *config, const struct provider_ask *ask)
{
    json_t *limit = json_object_get(ask->params, "max_tokens");
    json_int_t max_tokens =
        json_is_integer(limit) ? json_integer_value(limit) : MAX_TOKENS_WHEN_UNSAID;
    json_t *body = j_pack("{s:s, s:I, s:o}", "model", ask->model, "max_tokens", max_tokens,
                          "messages", messages_out(ask->messages));
    char *system = messages_system(ask->messages);
    if (system)
        j_set(body, "system", j_string(system));
    free(system);
    if (ask->stream)
        j_set(body, "stream", json_true());
    provider_copy_sampling(body, ask);
    add_tools(body, ask, provider_schema(config, ask));
    provider_merge_options(body, ask->params);
    if (!ask->family.sampling)
        json_object_del(body, "top_k");
    return body;
}

/* What came so far goes back as it came; the answer goes on behind it. */
static char *go_on(struct reply *reply, const char *body)
{
    json_t *doc = json_loads(body, JSON_ALLOW_NUL, NULL);
    json_t *messages = json_object_get(doc, "messages");
    size_t n = json_array_size(messages);
    if (n && j_has(json_array_get(messages, n - 1), "role", "assistant"))
        json_array_remove(messages, n - 1);
    j_add(messages, j_pack("{s:s, s:O}", "role", "assistant", "content", reply->blocks));
    char *text = j_dump(doc);
    json_decref(doc);
    return text;
}

static void sign(struct provider_request *r, const struct provider_config *config)
{
    provider_add_header(r, "anthropic-version", "2023-06-01");
    if (config->key)
        provider_add_header(r, "x-api-key", config->key);
}

static int build(const struct provider_config *config, const struct provider_ask *ask,
                 struct provider_request *ret, struct error *err)
{
    (void)err;
    provider_set_url(ret, config, provider_anthropic.base_url, "/messages");
    provider_add_headers(ret, &provider_anthropic, config, ask->stream);
    provider_set_body(ret, make_body(config, ask));
    return 0;
}

const struct provider provider_anthropic = {
    .id = FORMAT_ANTHROPIC,
    .needs_key = true,
    .base_url = "https://api.anthropic.com/v1",
    .models = {.path = "/models?limit=1000", .items = "data", .id = "id"},
    .sign = sign,
    .build = build,
    .event = anthropic_event,
    .whole = anthropic_whole,
    .go_on = go_on,
    .error = error_body_parse,
};
