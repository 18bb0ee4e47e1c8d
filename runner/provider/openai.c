/* OpenAI chat completions, and every server that speaks the same format. */
#include <errno.h>
#include <string.h>

#include "adapters.h"
#include "common/buf.h"
#include "common/cleanup.h"
#include "common/xalloc.h"
#include "embeddings.h"
#include "json_help.h"
#include "openai.h"

/* ---- messages ---- */

static json_t *tool_calls_out(json_t *calls)
{
    json_t *list = xcheck(json_array());
    size_t i;
    json_t *call;
    json_array_foreach (calls, i, call) {
        json_t *out =
            json_pack("{s:O, s:s, s:{s:O, s:O}}", "id", json_object_get(call, "id"), "type",
                      "function", "function", "name", json_object_get(call, "name"), "arguments",
                      json_object_get(call, "args_raw"));
        json_array_append_new(list, xcheck(out));
    }
    return list;
}

static json_t *assistant_out(json_t *message)
{
    json_t *own = json_help_own_message(message, "openai");
    if (own)
        return json_incref(own);
    json_t *out = xcheck(json_pack("{s:s, s:O?}", "role", "assistant", "content",
                                   json_object_get(message, "content")));
    json_t *calls = json_object_get(message, "tool_calls");
    if (json_array_size(calls))
        json_object_set_new(out, "tool_calls", tool_calls_out(calls));
    return out;
}

static json_t *messages_out(json_t *messages)
{
    json_t *list = xcheck(json_array());
    size_t i;
    json_t *message;
    json_array_foreach (messages, i, message) {
        const char *role = json_string_value(json_object_get(message, "role"));
        json_t *content = json_object_get(message, "content");
        json_t *out;
        if (role && !strcmp(role, "assistant"))
            out = assistant_out(message);
        else if (role && !strcmp(role, "tool"))
            out = json_pack("{s:s, s:O?, s:O?}", "role", role, "tool_call_id",
                            json_object_get(message, "tool_call_id"), "content", content);
        else
            out = json_pack("{s:s?, s:O?}", "role", role, "content", content);
        json_array_append_new(list, xcheck(out));
    }
    return list;
}

/* ---- the request ---- */

bool openai_is_reasoning(const char *model)
{
    const char *slash = strrchr(model, '/');
    const char *name = slash ? slash + 1 : model;
    if (name[0] == 'o' && name[1] >= '1' && name[1] <= '9')
        return name[2] == '\0' || name[2] == '-';
    return !strncmp(name, "gpt-5", 5);
}

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
    return xcheck(json_pack("{s:s, s:{s:s, s:b, s:O}}", "type", "json_schema", "json_schema",
                            "name", name, "strict", openai_is_strict(ask->schema), "schema",
                            ask->schema));
}

static json_t *tools_out(json_t *tools)
{
    json_t *list = xcheck(json_array());
    size_t i;
    json_t *tool;
    json_array_foreach (tools, i, tool) {
        json_t *out = json_pack("{s:s, s:{s:O, s:O?, s:O?}}", "type", "function", "function",
                                "name", json_object_get(tool, "name"), "description",
                                json_object_get(tool, "description"), "parameters",
                                json_object_get(tool, "parameters"));
        json_array_append_new(list, xcheck(out));
    }
    return list;
}

static void add_tools(json_t *body, const struct provider_ask *ask)
{
    if (json_array_size(ask->tools) == 0)
        return;
    json_object_set_new(body, "tools", tools_out(ask->tools));
    const char *choice = ask->tool_choice ? ask->tool_choice : "auto";
    bool word = !strcmp(choice, "auto") || !strcmp(choice, "required") || !strcmp(choice, "none");
    json_object_set_new(
        body, "tool_choice",
        xcheck(word ? json_string(choice)
                    : json_pack("{s:s, s:{s:s}}", "type", "function", "function", "name", choice)));
    if (!ask->parallel_tools)
        json_object_set_new(body, "parallel_tool_calls", json_false());
}

json_t *openai_body(const struct provider_config *config, const struct provider_ask *ask)
{
    json_t *body = xcheck(
        json_pack("{s:s, s:o}", "model", ask->model, "messages", messages_out(ask->messages)));
    if (ask->stream)
        json_object_update_new(
            body, json_pack("{s:b, s:{s:b}}", "stream", 1, "stream_options", "include_usage", 1));
    json_help_copy_number(body, ask->params, "temperature", "temperature");
    json_help_copy_number(body, ask->params, "top_p", "top_p");
    json_help_copy_number(body, ask->params, "max_tokens",
                          openai_is_reasoning(ask->model) ? "max_completion_tokens" : "max_tokens");
    if (json_is_true(json_object_get(ask->params, "logprobs")))
        json_object_set_new(body, "logprobs", json_true());
    if (provider_schema(config, ask))
        json_object_set_new(body, "response_format", response_format(ask));
    add_tools(body, ask);
    provider_merge_options(body, ask->params);
    return body;
}

void openai_add_headers(const struct provider_config *config, const struct provider_ask *ask,
                        struct provider_request *ret)
{
    provider_add_json_headers(ret, ask->stream);
    if (config->key) {
        _cleanup_free_ char *value = xasprintf("Bearer %s", config->key);
        provider_add_header(ret, "Authorization", value);
        explicit_bzero(value, strlen(value));
    }
    provider_add_configured_headers(ret, config);
}

/* Azure has the deployment in the path, the version behind it, and the key in a header of its own.
 */
static void build_azure(const struct provider_config *config, const struct provider_ask *ask,
                        const char *version, struct provider_request *ret)
{
    _cleanup_free_ char *path =
        xasprintf("/openai/deployments/%s/chat/completions?api-version=%s", ask->model, version);
    struct provider_config without_key = *config;
    without_key.key = NULL;
    provider_set_url(ret, config, "", path);
    openai_add_headers(&without_key, ask, ret);
    if (config->key)
        provider_add_header(ret, "api-key", config->key);
}

static void build_vectors(const struct provider_config *config, const struct provider_ask *ask,
                          bool azure, struct provider_request *ret)
{
    struct provider_config headers = *config;
    headers.key = azure ? NULL : config->key;
    embeddings_build(config, ask, ret);
    openai_add_headers(&headers, ask, ret);
    if (azure && config->key)
        provider_add_header(ret, "api-key", config->key);
}

static int build(const struct provider_config *config, const struct provider_ask *ask,
                 struct provider_request *ret, struct error *err)
{
    (void)err;
    const char *version = json_string_value(json_object_get(config->doc, "api_version"));
    if (ask->embed) {
        build_vectors(config, ask, version != NULL, ret);
        return 0;
    }
    if (version) {
        build_azure(config, ask, version, ret);
    } else {
        provider_set_url(ret, config, "https://api.openai.com/v1", "/chat/completions");
        openai_add_headers(config, ask, ret);
    }
    provider_set_body(ret, openai_body(config, ask));
    return 0;
}

const struct provider provider_openai = {
    .type = "openai",
    .embeds = true,
    .needs_key = true,
    .build = build,
    .event = openai_event,
    .whole = openai_whole,
    .error = openai_error,
};
