/* Ollama's own /api/chat: one JSON object per line while it streams. */
#include <errno.h>
#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "error_body.h"
#include "foreign_json.h"
#include "messages.h"
#include "openai_parts.h"

/* ---- the request ---- */

static json_t *assistant_out(json_t *message)
{
    json_t *own = message_own(message, &provider_ollama), *call;
    if (own)
        return json_incref(own);
    json_t *calls = j_array();
    size_t i;
    json_array_foreach (json_object_get(message, "tool_calls"), i, call)
        j_add(calls, j_pack("{s:{s:O, s:o}}", "function", "name", json_object_get(call, "name"),
                            "arguments", message_args(call)));
    json_t *out =
        j_pack("{s:s, s:O?}", "role", "assistant", "content", json_object_get(message, "content"));
    if (json_array_size(calls))
        j_keep(out, "tool_calls", calls);
    json_decref(calls);
    return out;
}

static json_t *messages_out(json_t *messages)
{
    json_t *list = j_array(), *message;
    size_t i;
    json_array_foreach (messages, i, message) {
        json_t *role = json_object_get(message, "role");
        if (j_is(role, "assistant")) {
            j_add(list, assistant_out(message));
            continue;
        }
        json_t *out =
            j_pack("{s:O?, s:O?}", "role", role, "content", json_object_get(message, "content"));
        if (j_is(role, "tool"))
            j_keep(out, "tool_name", json_object_get(message, "name"));
        j_add(list, out);
    }
    return list;
}

static json_t *options_out(const struct provider_ask *ask)
{
    json_t *options = j_object();
    provider_copy_number(options, ask->params, "temperature", "temperature");
    provider_copy_number(options, ask->params, "top_p", "top_p");
    provider_copy_number(options, ask->params, "max_tokens", "num_predict");
    return options;
}

static json_t *make_body(const struct provider_config *config, const struct provider_ask *ask)
{
    json_t *body =
        j_pack("{s:s, s:o, s:b, s:o}", "model", ask->model, "messages", messages_out(ask->messages),
               "stream", ask->stream, "options", options_out(ask));
    if (provider_schema(config, ask) && !json_array_size(ask->tools))
        j_keep(body, "format", ask->schema);
    const char *choice = ask->tool_choice ? ask->tool_choice : "auto";
    if (json_array_size(ask->tools) && strcmp(choice, "none"))
        j_set(body, "tools", openai_tools(ask->tools));
    provider_merge_options(body, ask->params);
    return body;
}

static int build(const struct provider_config *config, const struct provider_ask *ask,
                 struct provider_request *ret, struct error *err)
{
    (void)err;
    provider_set_url(ret, config, provider_ollama.base_url, "/api/chat");
    provider_add_header(ret, "Content-Type", "application/json");
    provider_sign_bearer(ret, config);
    provider_add_configured_headers(ret, config);
    provider_set_body(ret, make_body(config, ask));
    return 0;
}

/* ---- the reply ---- */

static int read_calls(struct reply *reply, json_t *calls)
{
    json_t *call;
    size_t i;
    json_array_foreach (calls, i, call) {
        if (reply_keeps(reply, json_dumpb(call, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY)))
            j_add(reply_blocks(reply), json_incref(call));
        json_t *function = json_object_get(call, "function");
        struct reply_tool *tool = reply_tool(reply, reply->tool_count);
        if (!tool)
            return -EPROTO;
        tool->name = reply_word(j_str(function, "name", ""));
        int r = reply_add_args_tree(reply, tool, json_object_get(function, "arguments"));
        if (r < 0)
            return r;
    }
    return 0;
}

static int read_message(struct reply *reply, json_t *message)
{
    json_t *thinking = json_object_get(message, "thinking");
    json_t *content = json_object_get(message, "content");
    int r = reply_add_reasoning(reply, json_string_value(thinking), json_string_length(thinking));
    if (r == 0)
        r = reply_add_content(reply, json_string_value(content), json_string_length(content));
    return r < 0 ? r : read_calls(reply, json_object_get(message, "tool_calls"));
}

/* Its thoughts go back with its calls. */
static void make_assistant(struct reply *reply)
{
    json_decref(reply->assistant);
    reply->assistant =
        j_pack("{s:s, s:o, s:O}", "role", "assistant", "content",
               j_text(reply->content.at, reply->content.len), "tool_calls", reply_blocks(reply));
    if (reply->reasoning.len)
        j_set(reply->assistant, "thinking", j_text(reply->reasoning.at, reply->reasoning.len));
}

static void read_end(struct reply *reply, json_t *doc)
{
    int64_t input = reply_tokens(doc, "prompt_eval_count", -1);
    int64_t output = reply_tokens(doc, "eval_count", -1);
    if (input >= 0 || output >= 0)
        reply_set_usage(reply, input, output, -1, -1);
    if (j_has(doc, "done_reason", "length"))
        reply->finish_reason = "length";
    else
        reply->finish_reason = reply->tool_count ? "tool_calls" : "stop";
    if (reply->tool_count)
        make_assistant(reply);
    reply->ended = true;
}

static int event(struct reply *reply, const char *type, const char *data, size_t len)
{
    (void)type;
    json_t *doc = foreign_json(data, len);
    int r = 0;
    if (!json_is_object(doc)) {
        r = reply_bad(reply, "a line of the stream is not a JSON object");
    } else if (json_object_get(doc, "error")) {
        r = error_body_fail(reply, doc);
    } else {
        reply_set_model(reply, j_str(doc, "model", ""));
        r = read_message(reply, json_object_get(doc, "message"));
        if (r == 0 && json_is_true(json_object_get(doc, "done")))
            read_end(reply, doc);
    }
    json_decref(doc);
    return r;
}

static int whole(struct reply *reply, const char *body, size_t len)
{
    int r = event(reply, "", body, len);
    if (r == 0 && !reply->finish_reason)
        return reply_bad(reply, "the reply is not done");
    return r;
}

const struct provider provider_ollama = {
    .id = FORMAT_OLLAMA,
    .lines = true,
    .base_url = "http://localhost:11434",
    .models = {.path = "/api/tags", .items = "models", .id = "name"},
    .sign = provider_sign_bearer,
    .build = build,
    .event = event,
    .whole = whole,
    .error = error_body_parse,
};
