/* Gemini: generateContent and streamGenerateContent. System messages become the system
 * instruction; a schema becomes responseSchema unless the seat has tools, with which it does not
 * go together: then the form in the prompt has to do. */
#include <string.h>

#include "common/cleanup.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "error_body.h"
#include "gemini_reply.h"
#include "gemini_schema.h"
#include "messages.h"
#include "provider.h"

/* ---- messages ---- */

static json_t *assistant_out(json_t *message)
{
    json_t *own = message_own(message, &provider_gemini);
    if (own)
        return json_incref(own);
    json_t *parts = j_array(), *content = json_object_get(message, "content"), *call;
    size_t i;
    if (json_string_length(content))
        j_add(parts, j_pack("{s:O}", "text", content));
    json_array_foreach (json_object_get(message, "tool_calls"), i, call)
        j_add(parts, j_pack("{s:{s:O, s:o}}", "functionCall", "name", json_object_get(call, "name"),
                            "args", message_args(call)));
    return j_pack("{s:s, s:o}", "role", "model", "parts", parts);
}

/* A call of the last message that has this id: one that we made up is not known there. */
static bool was_given(json_t *list, json_t *id)
{
    json_t *part;
    size_t i, n = json_array_size(list);
    for (size_t back = 1; back <= 2 && back <= n; back++)
        json_array_foreach (json_object_get(json_array_get(list, n - back), "parts"), i, part) {
            json_t *its = json_object_get(json_object_get(part, "functionCall"), "id");
            if (its && json_equal(its, id))
                return true;
        }
    return false;
}

static void add_tool_result(json_t *list, json_t *message)
{
    json_t *last = json_array_get(list, json_array_size(list) - 1);
    json_t *parts = json_object_get(last, "parts");
    if (!json_object_get(json_array_get(parts, 0), "functionResponse")) {
        parts = j_array();
        j_add(list, j_pack("{s:s, s:o}", "role", "user", "parts", parts));
    }
    bool ok = !json_is_false(json_object_get(message, "ok"));
    json_t *response =
        j_pack("{s:O?, s:{s:O?}}", "name", json_object_get(message, "name"), "response",
               ok ? "result" : "error", json_object_get(message, "content"));
    if (was_given(list, json_object_get(message, "tool_call_id")))
        j_keep(response, "id", json_object_get(message, "tool_call_id"));
    j_add(parts, j_pack("{s:o}", "functionResponse", response));
}

static json_t *contents_out(json_t *messages)
{
    json_t *list = j_array(), *message;
    size_t i;
    json_array_foreach (messages, i, message) {
        json_t *role = json_object_get(message, "role");
        if (j_is(role, "system"))
            continue;
        if (j_is(role, "tool"))
            add_tool_result(list, message);
        else if (j_is(role, "assistant"))
            j_add(list, assistant_out(message));
        else
            j_add(list, j_pack("{s:s, s:[{s:O?}]}", "role", "user", "parts", "text",
                               json_object_get(message, "content")));
    }
    return list;
}

/* ---- the request ---- */

static json_t *generation_config(const struct provider_config *provider,
                                 const struct provider_ask *ask)
{
    json_t *config = j_object();
    provider_copy_number(config, ask->params, "temperature", "temperature");
    provider_copy_number(config, ask->params, "top_p", "topP");
    provider_copy_number(config, ask->params, "max_tokens", "maxOutputTokens");
    if (json_is_true(json_object_get(ask->params, "logprobs")))
        j_set(config, "responseLogprobs", json_true());
    if (provider_schema(provider, ask) && !json_array_size(ask->tools)) {
        j_set(config, "responseMimeType", j_string("application/json"));
        j_set(config, "responseSchema", gemini_schema(ask->schema));
    }
    return config;
}

static void add_tools(json_t *body, const struct provider_ask *ask)
{
    json_t *list = j_array(), *tool;
    size_t i;
    json_array_foreach (ask->tools, i, tool)
        j_add(list, j_pack("{s:O, s:O?, s:o}", "name", json_object_get(tool, "name"), "description",
                           json_object_get(tool, "description"), "parameters",
                           gemini_schema(json_object_get(tool, "parameters"))));
    j_set(body, "tools", j_pack("[{s:o}]", "functionDeclarations", list));
    const char *choice = ask->tool_choice ? ask->tool_choice : "auto";
    bool named = !provider_choice_is_word(choice);
    json_t *mode = j_pack("{s:s}", "mode",
                          !strcmp(choice, "auto")   ? "AUTO"
                          : !strcmp(choice, "none") ? "NONE"
                                                    : "ANY");
    if (named)
        j_set(mode, "allowedFunctionNames", j_pack("[s]", choice));
    j_set(body, "toolConfig", j_pack("{s:o}", "functionCallingConfig", mode));
}

static json_t *make_body(const struct provider_config *provider, const struct provider_ask *ask)
{
    json_t *body = j_pack("{s:o}", "contents", contents_out(ask->messages));
    char *system = messages_system(ask->messages);
    if (system)
        j_set(body, "systemInstruction", j_pack("{s:[{s:s}]}", "parts", "text", system));
    free(system);
    json_t *config = generation_config(provider, ask);
    if (json_object_size(config))
        j_keep(body, "generationConfig", config);
    json_decref(config);
    if (json_array_size(ask->tools))
        add_tools(body, ask);
    provider_merge_options(body, ask->params);
    return body;
}

static void sign(struct provider_request *r, const struct provider_config *config)
{
    if (config->key)
        provider_add_header(r, "x-goog-api-key", config->key);
}

static int build(const struct provider_config *config, const struct provider_ask *ask,
                 struct provider_request *ret, struct error *err)
{
    (void)err;
    _cleanup_free_ char *model = provider_escape(ask->model);
    _cleanup_free_ char *path =
        xasprintf("/%s%s:%s", strchr(model, '/') ? "" : "models/", model,
                  ask->stream ? "streamGenerateContent?alt=sse" : "generateContent");
    provider_set_url(ret, config, provider_gemini.base_url, path);
    provider_add_headers(ret, &provider_gemini, config, ask->stream);
    provider_set_body(ret, make_body(config, ask));
    return 0;
}

const struct provider provider_gemini = {
    .id = FORMAT_GEMINI,
    .needs_key = true,
    .base_url = "https://generativelanguage.googleapis.com/v1beta",
    .models = {.path = "/models?pageSize=1000", .items = "models", .id = "name"},
    .sign = sign,
    .build = build,
    .event = gemini_event,
    .whole = gemini_whole,
    .error = error_body_parse,
};
