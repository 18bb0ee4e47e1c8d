#include "openai_reply.h"

#include <errno.h>
#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "embeddings.h"
#include "error_body.h"
#include "foreign_json.h"
#include "openai_message.h"
#include "openai_plain.h"

static void read_usage(struct reply *reply, json_t *usage)
{
    if (!json_is_object(usage))
        return;
    json_t *input = json_object_get(usage, "prompt_tokens_details");
    json_t *output = json_object_get(usage, "completion_tokens_details");
    /* DeepSeek has its own name for what the cache gave. */
    int64_t cached =
        reply_tokens(usage, "prompt_cache_hit_tokens", reply_tokens(usage, "cached_tokens", -1));
    int64_t in = reply_tokens(usage, "prompt_tokens", -1),
            out = reply_tokens(usage, "completion_tokens", -1);
    /* Where thoughts are in the total alone (xAI), they are paid for all the same. */
    int64_t rest = in < 0 ? -1 : reply_tokens(usage, "total_tokens", -1) - in;
    reply_set_usage(reply, in, out >= 0 && rest > out ? rest : out,
                    reply_tokens(input, "cached_tokens", cached),
                    reply_tokens(output, "reasoning_tokens", -1));
    json_t *cost = json_object_get(usage, "cost");
    if (json_is_number(cost) && json_number_value(cost) >= 0)
        reply->cost = json_number_value(cost);
}

/* vLLM sends the error itself, without anything around it. */
static bool has_fault(json_t *doc)
{
    json_t *error = json_object_get(doc, "error");
    return (error && !json_is_null(error)) || j_has(doc, "object", "error");
}

static int read_finish(struct reply *reply, json_t *choice)
{
    const char *reason = j_str(choice, "finish_reason", NULL);
    if (!reason || !*reason)
        return 0;
    if (!strcmp(reason, "content_filter"))
        return reply_fail(reply, "permanent", "content_filtered",
                          "the provider's content filter stopped the answer");
    if (!strcmp(reason, "error"))
        return reply_fail(reply, "transient", "server_error", "the provider gave up");
    if (!strcmp(reason, "length"))
        reply->finish_reason = "length";
    else if (!strcmp(reason, "tool_calls") || !strcmp(reason, "function_call"))
        reply->finish_reason = "tool_calls";
    else
        reply->finish_reason = "stop";
    return 0;
}

/* A string, or a list of parts {type: "text", text}. */
static int add_text(struct reply *reply, json_t *text,
                    int (*add)(struct reply *, const char *, size_t))
{
    if (json_is_string(text))
        return add(reply, json_string_value(text), json_string_length(text));
    size_t i;
    json_t *part;
    json_array_foreach (text, i, part) {
        json_t *piece = json_object_get(part, "text");
        int r = json_is_string(piece)
                    ? add(reply, json_string_value(piece), json_string_length(piece))
                    : 0;
        if (r < 0)
            return r;
    }
    return 0;
}

static void set_once(char **to, json_t *text)
{
    const char *value = json_string_value(text);
    if (!*to && value && *value)
        *to = reply_word(value);
}

static int read_tool_call(struct reply *reply, json_t *call, size_t place)
{
    int64_t index = j_int(call, "index", (int64_t)place);
    struct reply_tool *tool = reply_tool(reply, index < 0 ? SIZE_MAX : (size_t)index);
    if (!tool)
        return -EPROTO;
    json_t *function = json_object_get(call, "function");
    set_once(&tool->id, json_object_get(call, "id"));
    set_once(&tool->name, json_object_get(function, "name"));
    json_t *args = json_object_get(function, "arguments");
    if (json_is_object(args)) {
        char *text = j_dump(args);
        int r = reply_add_args(reply, tool, text, strlen(text));
        free(text);
        return r;
    }
    return json_is_string(args)
               ? reply_add_args(reply, tool, json_string_value(args), json_string_length(args))
               : 0;
}

/* A message, whole or a piece of one: both have the same members. */
static int read_message(struct reply *reply, json_t *message)
{
    json_t *thoughts = json_object_get(message, "reasoning_content");
    /* Some servers give the same under both names. */
    if (!json_string_length(thoughts) && !json_array_size(thoughts))
        thoughts = json_object_get(message, "reasoning");
    int r = add_text(reply, thoughts, reply_add_reasoning);
    if (r == 0)
        r = add_text(reply, json_object_get(message, "content"), reply_add_content);
    if (r == 0)
        r = add_text(reply, json_object_get(message, "refusal"), reply_add_refusal);
    size_t i;
    json_t *call;
    json_array_foreach (json_object_get(message, "tool_calls"), i, call)
        if (r == 0)
            r = read_tool_call(reply, call, i);
    return r;
}

static int read_choice(struct reply *reply, json_t *choice)
{
    if (has_fault(choice))
        return error_body_fail(reply, json_object_get(choice, "error"));
    json_t *message = json_object_get(choice, "delta");
    if (message)
        openai_message_keep(reply, message);
    int r = read_message(reply, message ? message : json_object_get(choice, "message"));
    if (r < 0)
        return r;
    reply_add_logprobs(reply, json_object_get(json_object_get(choice, "logprobs"), "content"));
    return read_finish(reply, choice);
}

/* The answer to a call names it by its id: servers that give none get one made up. True when there
 * was such a call. */
static bool name_calls(struct reply *reply)
{
    bool any = false;
    for (size_t i = 0; i < reply->tool_count; i++) {
        if (reply->tools[i].id)
            continue;
        reply->tools[i].id = xasprintf("call_%zu", i);
        any = true;
    }
    return any;
}

static void settle(struct reply *reply)
{
    if (reply->finish_reason && name_calls(reply)) {
        json_decref(reply->assistant);
        reply->assistant = NULL;
    }
    /* Some servers say "stop" although they want tools. */
    if (reply->finish_reason && reply->tool_count && !strcmp(reply->finish_reason, "stop"))
        reply->finish_reason = "tool_calls";
    if (reply->finish_reason && reply->tool_count && !reply->assistant)
        openai_message_make(reply);
}

int openai_event(struct reply *reply, const char *type, const char *data, size_t len)
{
    if (len == 6 && !memcmp(data, "[DONE]", 6)) {
        reply->ended = true;
        /* Some servers have no other word for an end. */
        if (!reply->finish_reason && (reply->content.len || reply->tool_count))
            reply->finish_reason = "stop";
        settle(reply);
        return 0;
    }
    int r = strcmp(type, "error") ? openai_plain(reply, data, len) : 0;
    if (r < 0)
        return r;
    if (r > 0) {
        settle(reply);
        return 0;
    }
    json_t *doc = foreign_json(data, len);
    if (!json_is_object(doc)) {
        json_decref(doc);
        return reply_bad(reply, "an event of the stream is not a JSON object");
    }
    if (has_fault(doc) || !strcmp(type, "error"))
        r = error_body_fail(reply, doc);
    reply_set_model(reply, j_str(doc, "model", NULL));
    read_usage(reply, json_object_get(doc, "usage"));
    json_t *choice = reply_first(json_object_get(doc, "choices"));
    if (r == 0 && choice)
        r = read_choice(reply, choice);
    json_decref(doc);
    if (r == 0)
        settle(reply);
    return r;
}

static int read_whole(struct reply *reply, json_t *doc)
{
    if (!json_is_object(doc))
        return reply_bad(reply, "the reply is not a JSON object");
    if (has_fault(doc))
        return error_body_fail(reply, doc);
    json_t *choice = reply_first(json_object_get(doc, "choices"));
    if (!json_is_object(json_object_get(choice, "message")))
        return reply_bad(reply, "the reply has no message");
    reply_set_model(reply, j_str(doc, "model", NULL));
    read_usage(reply, json_object_get(doc, "usage"));
    int r = read_choice(reply, choice);
    if (r < 0)
        return r;
    /* Whole as it is, finish reason or not. */
    if (!reply->finish_reason)
        reply->finish_reason = "stop";
    reply->assistant = json_incref(json_object_get(choice, "message"));
    settle(reply);
    return 0;
}

int openai_whole(struct reply *reply, const char *body, size_t len)
{
    json_t *doc = foreign_json(body, len);
    int r = embeddings_is(doc) ? embeddings_read(reply, doc) : read_whole(reply, doc);
    json_decref(doc);
    reply->ended = true;
    return r;
}
