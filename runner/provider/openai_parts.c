#include "openai_parts.h"

#include <string.h>

#include "common/cleanup.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "messages.h"

/* ---- messages ---- */

static json_t *tool_calls_out(json_t *calls)
{
    json_t *list = j_array();
    size_t i;
    json_t *call;
    json_array_foreach (calls, i, call) {
        json_t *out =
            json_pack("{s:O, s:s, s:{s:O, s:O}}", "id", json_object_get(call, "id"), "type",
                      "function", "function", "name", json_object_get(call, "name"), "arguments",
                      json_object_get(call, "args_raw"));
        j_add(list, out);
    }
    return list;
}

static json_t *assistant_out(const struct provider *p, json_t *message)
{
    json_t *own = message_own(message, p);
    if (own)
        return json_incref(own);
    json_t *out =
        j_pack("{s:s, s:O?}", "role", "assistant", "content", json_object_get(message, "content"));
    json_t *calls = json_object_get(message, "tool_calls");
    if (json_array_size(calls))
        j_set(out, "tool_calls", tool_calls_out(calls));
    return out;
}

static json_t *messages_out(const struct provider *own, json_t *messages)
{
    json_t *list = j_array();
    size_t i;
    json_t *message;
    json_array_foreach (messages, i, message) {
        json_t *role = json_object_get(message, "role");
        json_t *content = json_object_get(message, "content");
        if (j_is(role, "assistant"))
            j_add(list, assistant_out(own, message));
        else if (j_is(role, "tool"))
            j_add(list, j_pack("{s:O, s:O?, s:O?}", "role", role, "tool_call_id",
                               json_object_get(message, "tool_call_id"), "content", content));
        else
            j_add(list, j_pack("{s:O?, s:O?}", "role", role, "content", content));
    }
    return list;
}

/* ---- the request ---- */

bool openai_is_strict(json_t *schema)
{
    const char *key;
    json_t *value;
    if (json_is_array(schema)) {
        size_t i;
        json_array_foreach (schema, i, value)
            if (!openai_is_strict(value))
                return false;
        return true;
    }
    json_t *properties = json_object_get(schema, "properties");
    if (json_is_object(properties)) {
        if (!json_is_false(json_object_get(schema, "additionalProperties")) ||
            json_array_size(json_object_get(schema, "required")) != json_object_size(properties))
            return false;
    }
    json_object_foreach (schema, key, value)
        if (!openai_is_strict(value))
            return false;
    return true;
}

char *openai_schema_name(const char *name)
{
    enum { NAME_MAX_BYTES = 63 };
    char *out = xstrndup(name && *name ? name : "answer", NAME_MAX_BYTES);
    for (char *c = out; *c; c++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", *c))
            *c = '_';
    return out;
}

static json_t *response_format(const struct provider_ask *ask)
{
    _cleanup_free_ char *name = openai_schema_name(ask->schema_name);
    return j_pack("{s:s, s:{s:s, s:b, s:O}}", "type", "json_schema", "json_schema", "name", name,
                  "strict", openai_is_strict(ask->schema), "schema", ask->schema);
}

json_t *openai_tools(json_t *tools)
{
    json_t *list = j_array();
    size_t i;
    json_t *tool;
    json_array_foreach (tools, i, tool) {
        json_t *out = json_pack("{s:s, s:{s:O, s:O?, s:O?}}", "type", "function", "function",
                                "name", json_object_get(tool, "name"), "description",
                                json_object_get(tool, "description"), "parameters",
                                json_object_get(tool, "parameters"));
        j_add(list, out);
    }
    return list;
}

static void add_tools(json_t *body, const struct provider_ask *ask)
{
    if (json_array_size(ask->tools) == 0)
        return;
    j_set(body, "tools", openai_tools(ask->tools));
    const char *choice = ask->tool_choice ? ask->tool_choice : "auto";
    j_set(body, "tool_choice",
          provider_choice_is_word(choice)
              ? j_string(choice)
              : j_pack("{s:s, s:{s:s}}", "type", "function", "function", "name", choice));
    if (!ask->parallel_tools)
        j_set(body, "parallel_tool_calls", json_false());
}

json_t *openai_body(const struct provider *own, const struct provider_config *config,
                    const struct provider_ask *ask)
{
    json_t *body =
        j_pack("{s:s, s:o}", "model", ask->model, "messages", messages_out(own, ask->messages));
    if (ask->stream)
        json_object_update_new(
            body, j_pack("{s:b, s:{s:b}}", "stream", 1, "stream_options", "include_usage", 1));
    provider_copy_sampling(body, ask);
    provider_copy_number(body, ask->params, "max_tokens",
                         TOKEN_FIELD_NAMES[ask->family.token_field]);
    if (json_is_true(json_object_get(ask->params, "logprobs")))
        j_set(body, "logprobs", json_true());
    if (provider_schema(config, ask))
        j_set(body, "response_format", response_format(ask));
    add_tools(body, ask);
    provider_merge_options(body, ask->params);
    return body;
}
