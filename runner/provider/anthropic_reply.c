#include "anthropic_reply.h"

#include <errno.h>
#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "error_body.h"
#include "foreign_json.h"

/* input_tokens leaves out what the cache took or gave; councild counts the whole input. A later
 * report (message_delta) has the output and may lack the rest, which then stays. */
static void read_usage(struct reply *reply, json_t *usage)
{
    if (!json_is_object(usage))
        return;
    int64_t input = reply_tokens(usage, "input_tokens", -1);
    int64_t made = reply_tokens(usage, "cache_creation_input_tokens", 0);
    int64_t cached = reply_tokens(usage, "cache_read_input_tokens", -1);
    if (input >= 0)
        input += made + (cached > 0 ? cached : 0);
    else
        input = reply_tokens(reply->usage, "input_tokens", -1);
    if (cached < 0)
        cached = reply_tokens(reply->usage, "cached_input_tokens", -1);
    int64_t output = reply_tokens(usage, "output_tokens", -1);
    if (output < 0)
        output = reply_tokens(reply->usage, "output_tokens", -1);
    int64_t thought =
        reply_tokens(json_object_get(usage, "output_tokens_details"), "thinking_tokens",
                     reply_tokens(reply->usage, "reasoning_tokens", -1));
    reply_set_usage(reply, input, output, cached, thought);
}

static int read_stop(struct reply *reply, json_t *reason)
{
    const char *word = json_string_value(reason);
    if (!word)
        return 0;
    if (!strcmp(word, "max_tokens"))
        reply->finish_reason = "length";
    else if (!strcmp(word, "model_context_window_exceeded"))
        return reply_fail(reply, "permanent", "context_length", "the context window is full");
    else if (!strcmp(word, "refusal"))
        reply->finish_reason = "refusal";
    else if (!strcmp(word, "pause_turn"))
        reply->paused = true;
    else if (!strcmp(word, "tool_use") && reply->tool_count)
        reply->finish_reason = "tool_calls";
    else
        reply->finish_reason = "stop";
    return 0;
}

/* ---- one block of the message, whole ---- */

static int read_tool_use(struct reply *reply, json_t *block)
{
    json_t *input = json_object_get(block, "input");
    if (j_has(block, "name", ANTHROPIC_FORM_TOOL)) {
        json_decref(reply->structured);
        reply->structured = json_incref(input);
        return 0;
    }
    struct reply_tool *tool = reply_tool(reply, reply->tool_count);
    if (!tool)
        return -EPROTO;
    tool->id = reply_word(j_str(block, "id", ""));
    tool->name = reply_word(j_str(block, "name", ""));
    char *args = json_is_object(input) ? j_dump(input) : xstrdup("{}");
    int r = reply_keep_args(reply, tool, args, strlen(args));
    free(args);
    return r;
}

static int read_block(struct reply *reply, json_t *block)
{
    json_t *type = json_object_get(block, "type");
    json_t *text = json_object_get(block, j_is(type, "thinking") ? "thinking" : "text");
    if (j_is(type, "text"))
        return reply_add_content(reply, json_string_value(text), json_string_length(text));
    if (j_is(type, "thinking"))
        return reply_add_reasoning(reply, json_string_value(text), json_string_length(text));
    if (j_is(type, "tool_use"))
        return read_tool_use(reply, block);
    return 0;
}

static json_t *without_form(json_t *blocks)
{
    json_t *list = j_array(), *block;
    size_t i;
    json_array_foreach (blocks, i, block)
        if (!j_has(block, "name", ANTHROPIC_FORM_TOOL))
            j_add(list, json_incref(block));
    return list;
}

/* With a form the words around it are no part of the answer. One that came together with calls of
 * tools came too early: it is forgotten, since nobody will answer that call. */
static void settle(struct reply *reply)
{
    if (reply->tool_count) {
        json_decref(reply->structured);
        reply->structured = NULL;
        if (!reply->assistant)
            reply->assistant =
                j_pack("{s:s, s:o}", "role", "assistant", "content", without_form(reply->blocks));
    }
    if (!reply->structured)
        return;
    char *text = j_dump(reply->structured);
    buf_clear(&reply->content);
    if (xresult(buf_add_str(&reply->content, text)) < 0)
        buf_clear(&reply->content);
    free(text);
}

/* ---- the stream: blocks come one after the other ---- */

static int block_start(struct reply *reply, json_t *doc)
{
    json_t *block = json_object_get(doc, "content_block");
    if (!json_is_object(block))
        return reply_bad(reply, "a block of the stream is not an object");
    buf_clear(&reply->piece);
    /* Beyond what can be kept only the last one is, to take what comes for it. */
    if (!reply_keeps(reply, json_dumpb(block, NULL, 0, JSON_COMPACT)))
        json_array_clear(reply_blocks(reply));
    j_add(reply_blocks(reply), j_copy(block));
    return 0;
}

static int add_piece(struct reply *reply, json_t *block, json_t *text)
{
    size_t len = json_string_length(text);
    if (!reply_keeps(reply, len) && !j_has(block, "type", "tool_use"))
        return 0;
    int r = xresult(buf_add(&reply->piece, json_string_value(text), len));
    return r < 0 ? reply_fail(reply, "permanent", "response_too_large", "a block is too long") : 0;
}

static int block_delta(struct reply *reply, json_t *doc)
{
    json_t *delta = json_object_get(doc, "delta"), *type = json_object_get(delta, "type");
    json_t *block = json_array_get(reply->blocks, json_array_size(reply->blocks) - 1), *text;
    if (!block)
        return reply_bad(reply, "a piece of a block that did not begin");
    if (j_is(type, "text_delta") && (text = json_object_get(delta, "text"))) {
        int r = reply_add_content(reply, json_string_value(text), json_string_length(text));
        return r < 0 ? r : add_piece(reply, block, text);
    }
    if (j_is(type, "thinking_delta") && (text = json_object_get(delta, "thinking"))) {
        int r = reply_add_reasoning(reply, json_string_value(text), json_string_length(text));
        return r < 0 ? r : add_piece(reply, block, text);
    }
    if (j_is(type, "input_json_delta") && (text = json_object_get(delta, "partial_json"))) {
        if (reply->sink)
            reply->sink(reply->context, DELTA_TOOL, json_string_value(text),
                        json_string_length(text));
        return add_piece(reply, block, text);
    }
    if (j_is(type, "signature_delta"))
        j_keep(block, "signature", json_object_get(delta, "signature"));
    return 0;
}

static int block_stop(struct reply *reply)
{
    json_t *block = json_array_get(reply->blocks, json_array_size(reply->blocks) - 1);
    json_t *type = json_object_get(block, "type");
    const char *at = reply->piece.len ? reply->piece.at : "";
    if (j_is(type, "text"))
        j_set(block, "text", j_text(at, reply->piece.len));
    else if (j_is(type, "thinking"))
        j_set(block, "thinking", j_text(at, reply->piece.len));
    bool at_the_provider = j_is(type, "server_tool_use") || j_is(type, "mcp_tool_use");
    if (!j_is(type, "tool_use") && !at_the_provider)
        return 0;
    json_t *input = reply->piece.len ? foreign_json(at, reply->piece.len) : json_object();
    if (!json_is_object(input)) {
        /* Cut off by max_tokens, most likely: the model is told that its arguments do not parse. */
        json_decref(input);
        input = j_object();
        j_set(input, "unreadable", j_text(at, reply->piece.len));
    }
    j_set(block, "input", input);
    return at_the_provider ? 0 : read_tool_use(reply, block);
}

static int read_event(struct reply *reply, json_t *doc)
{
    const char *type = j_str(doc, "type", "");
    json_t *message = json_object_get(doc, "message"), *delta = json_object_get(doc, "delta");
    if (!strcmp(type, "error"))
        return error_body_fail(reply, doc);
    if (!strcmp(type, "content_block_start"))
        return block_start(reply, doc);
    if (!strcmp(type, "content_block_delta"))
        return block_delta(reply, doc);
    if (!strcmp(type, "content_block_stop"))
        return block_stop(reply);
    if (!strcmp(type, "message_start")) {
        reply_set_model(reply, j_str(message, "model", ""));
        read_usage(reply, json_object_get(message, "usage"));
    } else if (!strcmp(type, "message_delta")) {
        read_usage(reply, json_object_get(doc, "usage"));
        return read_stop(reply, json_object_get(delta, "stop_reason"));
    } else if (!strcmp(type, "message_stop")) {
        reply->ended = !reply->paused;
        if (!reply->paused)
            settle(reply);
    }
    return 0;
}

int anthropic_event(struct reply *reply, const char *type, const char *data, size_t len)
{
    (void)type;
    json_t *doc = foreign_json(data, len);
    if (!json_is_object(doc)) {
        json_decref(doc);
        return reply_bad(reply, "an event of the stream is not a JSON object");
    }
    int r = read_event(reply, doc);
    json_decref(doc);
    return r;
}

/* ---- a reply in one piece ---- */

static int read_whole(struct reply *reply, json_t *doc)
{
    if (!json_is_object(doc))
        return reply_bad(reply, "the reply is not a JSON object");
    if (json_object_get(doc, "error"))
        return error_body_fail(reply, doc);
    json_t *blocks = json_object_get(doc, "content"), *block;
    if (!json_is_array(blocks))
        return reply_bad(reply, "the reply has no content");
    reply_set_model(reply, j_str(doc, "model", ""));
    read_usage(reply, json_object_get(doc, "usage"));
    int r = 0;
    size_t i;
    json_array_foreach (blocks, i, block)
        if (r == 0)
            r = read_block(reply, block);
    if (r == 0)
        r = read_stop(reply, json_object_get(doc, "stop_reason"));
    if (r < 0)
        return r;
    json_array_extend(reply_blocks(reply), blocks);
    if (reply->paused)
        return 0;
    if (!reply->finish_reason)
        reply->finish_reason = reply->tool_count ? "tool_calls" : "stop";
    settle(reply);
    return 0;
}

int anthropic_whole(struct reply *reply, const char *body, size_t len)
{
    json_t *doc = foreign_json(body, len);
    int r = read_whole(reply, doc);
    json_decref(doc);
    reply->ended = !reply->paused;
    return r;
}
