#include "openai_responses_reply.h"

#include <errno.h>
#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "error_body.h"
#include "foreign_json.h"

static void read_usage(struct reply *reply, json_t *usage)
{
    if (!json_is_object(usage))
        return;
    reply_set_usage(
        reply, reply_tokens(usage, "input_tokens", -1), reply_tokens(usage, "output_tokens", -1),
        reply_tokens(json_object_get(usage, "input_tokens_details"), "cached_tokens", -1),
        reply_tokens(json_object_get(usage, "output_tokens_details"), "reasoning_tokens", -1));
}

static int read_message(struct reply *reply, json_t *item, bool streamed)
{
    json_t *part, *text;
    size_t i;
    int r = 0;
    json_array_foreach (json_object_get(item, "content"), i, part) {
        reply_add_logprobs(reply, json_object_get(part, "logprobs"));
        if (streamed)
            continue;
        if ((text = json_object_get(part, "text")) && r == 0)
            r = reply_add_content(reply, json_string_value(text), json_string_length(text));
        if ((text = json_object_get(part, "refusal")) && r == 0)
            r = reply_add_refusal(reply, json_string_value(text), json_string_length(text));
    }
    return r;
}

static int read_call(struct reply *reply, json_t *item)
{
    struct reply_tool *tool = reply_tool(reply, reply->tool_count);
    if (!tool)
        return -EPROTO;
    tool->id = reply_word(j_str(item, "call_id", ""));
    tool->name = reply_word(j_str(item, "name", ""));
    const char *args = j_str(item, "arguments", "");
    return reply_keep_args(reply, tool, args, strlen(args));
}

static int read_status(struct reply *reply, json_t *doc)
{
    json_t *status = json_object_get(doc, "status");
    const char *why = j_str(json_object_get(doc, "incomplete_details"), "reason", "");
    if (j_is(status, "failed") || j_is(status, "cancelled"))
        return error_body_fail(reply, json_object_get(doc, "error"));
    if (!strcmp(why, "content_filter"))
        return reply_fail(reply, "permanent", "content_filtered",
                          "the provider's content filter stopped the answer");
    if (j_is(status, "incomplete"))
        reply->finish_reason = "length";
    else
        reply->finish_reason = reply->tool_count ? "tool_calls" : "stop";
    return 0;
}

static int too_long(struct reply *reply)
{
    return reply_fail(reply, "permanent", "response_too_large",
                      "the message is too long to be given back");
}

/* The whole response; what the stream has already told is not told again. */
static int read_response(struct reply *reply, json_t *doc)
{
    json_t *output = json_object_get(doc, "output"), *item;
    bool streamed = reply->content.len || reply->refusal.len;
    /* Some servers end a stream without telling once more what it was. */
    if (!json_array_size(output) && reply->own_cut && !streamed)
        return too_long(reply);
    if (!json_array_size(output) && reply->blocks)
        output = reply->blocks;
    size_t i;
    int r = 0;
    reply_set_model(reply, j_str(doc, "model", ""));
    read_usage(reply, json_object_get(doc, "usage"));
    json_array_foreach (output, i, item) {
        json_t *type = json_object_get(item, "type");
        if (r == 0 && j_is(type, "message"))
            r = read_message(reply, item, streamed);
        else if (r == 0 && j_is(type, "function_call"))
            r = read_call(reply, item);
    }
    reply->ended = true;
    if (reply->tool_count && !reply->assistant)
        reply->assistant = json_incref(output);
    return r < 0 ? r : read_status(reply, doc);
}

/* A call that cannot be kept cannot be given back either. */
static int keep_item(struct reply *reply, json_t *item)
{
    if (!json_is_object(item))
        return 0;
    if (reply_keeps(reply, json_dumpb(item, NULL, 0, JSON_COMPACT)))
        j_add(reply_blocks(reply), json_incref(item));
    else if (j_has(item, "type", "function_call"))
        return too_long(reply);
    return 0;
}

static int read_event(struct reply *reply, json_t *doc)
{
    const char *type = j_str(doc, "type", "");
    json_t *delta = json_object_get(doc, "delta");
    const char *text = json_string_value(delta);
    size_t len = json_string_length(delta);
    if (!strcmp(type, "response.output_text.delta"))
        return reply_add_content(reply, text, len);
    if (!strcmp(type, "response.refusal.delta"))
        return reply_add_refusal(reply, text, len);
    if (!strcmp(type, "response.reasoning_summary_text.delta") ||
        !strcmp(type, "response.reasoning_text.delta"))
        return reply_add_reasoning(reply, text, len);
    if (!strcmp(type, "response.function_call_arguments.delta") && reply->sink && len)
        reply->sink(reply->context, DELTA_TOOL, text, len);
    if (!strcmp(type, "response.output_item.done"))
        return keep_item(reply, json_object_get(doc, "item"));
    if (!strcmp(type, "error"))
        return error_body_fail(reply, doc);
    if (!strcmp(type, "response.completed") || !strcmp(type, "response.incomplete") ||
        !strcmp(type, "response.failed"))
        return read_response(reply, json_object_get(doc, "response"));
    return 0;
}

int openai_responses_event(struct reply *reply, const char *type, const char *data, size_t len)
{
    (void)type;
    if (len == 6 && !memcmp(data, "[DONE]", 6))
        return 0;
    json_t *doc = foreign_json(data, len);
    int r = json_is_object(doc) ? read_event(reply, doc)
                                : reply_bad(reply, "an event of the stream is not a JSON object");
    json_decref(doc);
    return r;
}

int openai_responses_whole(struct reply *reply, const char *body, size_t len)
{
    json_t *doc = foreign_json(body, len);
    json_t *error = json_object_get(doc, "error");
    int r;
    if (error && !json_is_null(error) && !json_object_get(doc, "output"))
        r = error_body_fail(reply, doc);
    else if (!json_is_array(json_object_get(doc, "output")))
        r = reply_bad(reply, "the reply has no output");
    else
        r = read_response(reply, doc);
    json_decref(doc);
    return r;
}
