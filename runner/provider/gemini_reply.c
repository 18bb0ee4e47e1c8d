#include "gemini_reply.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "error_body.h"
#include "foreign_json.h"
#include "proto/council/tables/words.h"

static void read_usage(struct reply *reply, json_t *usage)
{
    if (!json_is_object(usage))
        return;
    int64_t written = reply_tokens(usage, "candidatesTokenCount", -1);
    int64_t thought = reply_tokens(usage, "thoughtsTokenCount", -1);
    /* Thinking is paid for like output and is not part of candidatesTokenCount. */
    int64_t output = written < 0 ? thought : written + (thought > 0 ? thought : 0);
    reply_set_usage(reply, reply_tokens(usage, "promptTokenCount", -1), output,
                    reply_tokens(usage, "cachedContentTokenCount", -1), thought);
}

static int fail_finish(struct reply *reply, const char *word)
{
    _cleanup_free_ char *why = xasprintf("the provider ended the answer: %s", word);
    return reply_bad(reply, why);
}

static int read_finish(struct reply *reply, json_t *reason)
{
    static const char *const FILTERED[] = {
        "SAFETY",   "RECITATION",  "BLOCKLIST",    "PROHIBITED_CONTENT",       "SPII",
        "LANGUAGE", "MODEL_ARMOR", "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION",
        NULL};
    static const char *const MALFORMED[] = {"MALFORMED_FUNCTION_CALL",   "MALFORMED_RESPONSE",
                                            "UNEXPECTED_TOOL_CALL",      "TOO_MANY_TOOL_CALLS",
                                            "MISSING_THOUGHT_SIGNATURE", NULL};
    const char *word = json_string_value(reason);
    if (!word || !strcmp(word, "FINISH_REASON_UNSPECIFIED"))
        return 0;
    if (word_index(FILTERED, word) >= 0)
        return reply_fail(reply, "permanent", "content_filtered",
                          "the provider's content filter stopped the answer");
    bool empty = !reply->content.len && !reply->tool_count;
    /* Of a word that is new, nothing is known but what came before it. */
    if (word_index(MALFORMED, word) >= 0 ||
        (empty && strcmp(word, "STOP") && strcmp(word, "MAX_TOKENS")))
        return fail_finish(reply, word);
    if (!strcmp(word, "MAX_TOKENS"))
        reply->finish_reason = "length";
    else
        reply->finish_reason = reply->tool_count ? "tool_calls" : "stop";
    return 0;
}

static int read_call(struct reply *reply, json_t *call)
{
    struct reply_tool *tool = reply_tool(reply, reply->tool_count);
    if (!tool)
        return -EPROTO;
    const char *id = j_str(call, "id", "");
    if (*id)
        tool->id = reply_word(id);
    tool->name = reply_word(j_str(call, "name", ""));
    return reply_add_args_tree(reply, tool, json_object_get(call, "args"));
}

static int read_part(struct reply *reply, json_t *part)
{
    json_t *text = json_object_get(part, "text"), *call = json_object_get(part, "functionCall");
    if (json_is_object(call))
        return read_call(reply, call);
    if (!json_is_string(text))
        return 0;
    int (*add)(struct reply *, const char *, size_t) =
        json_is_true(json_object_get(part, "thought")) ? reply_add_reasoning : reply_add_content;
    return add(reply, json_string_value(text), json_string_length(text));
}

static void read_logprobs(struct reply *reply, json_t *candidate)
{
    json_t *average = json_object_get(candidate, "avgLogprobs");
    if (!json_is_number(average))
        return;
    reply->logprob_sum = json_number_value(average);
    reply->logprob_count = 1;
}

/* Parts carry signatures that the next turn has to give back, so they are kept as they came. */
static void keep_parts(struct reply *reply, json_t *parts)
{
    size_t len = json_dumpb(parts, NULL, 0, JSON_COMPACT);
    if (reply_keeps(reply, len))
        json_array_extend(reply_blocks(reply), parts);
    else
        json_array_clear(reply_blocks(reply));
    if (!reply->tool_count)
        return;
    json_decref(reply->assistant);
    reply->assistant = j_pack("{s:s, s:O}", "role", "model", "parts", reply->blocks);
}

static int read_candidate(struct reply *reply, json_t *candidate)
{
    json_t *parts = json_object_get(json_object_get(candidate, "content"), "parts"), *part;
    size_t i;
    int r = 0;
    json_array_foreach (parts, i, part)
        if (r == 0)
            r = read_part(reply, part);
    if (r < 0)
        return r;
    if (json_is_array(parts))
        keep_parts(reply, parts);
    read_logprobs(reply, candidate);
    return read_finish(reply, json_object_get(candidate, "finishReason"));
}

static int read_document(struct reply *reply, json_t *doc)
{
    if (!json_is_object(doc))
        return reply_bad(reply, "the reply is not a JSON object");
    if (json_object_get(doc, "error"))
        return error_body_fail(reply, doc);
    reply_set_model(reply, j_str(doc, "modelVersion", ""));
    read_usage(reply, json_object_get(doc, "usageMetadata"));
    if (json_object_get(json_object_get(doc, "promptFeedback"), "blockReason"))
        return reply_fail(reply, "permanent", "content_filtered",
                          "the provider blocked the prompt");
    json_t *candidate = reply_first(json_object_get(doc, "candidates"));
    return candidate ? read_candidate(reply, candidate) : 0;
}

/* The stream has no last word: it ends with the connection, after a finish reason. */
int gemini_event(struct reply *reply, const char *type, const char *data, size_t len)
{
    (void)type;
    json_t *doc = foreign_json(data, len);
    int r = read_document(reply, doc);
    json_decref(doc);
    return r;
}

int gemini_whole(struct reply *reply, const char *body, size_t len)
{
    int r = gemini_event(reply, "", body, len);
    reply->ended = true;
    if (r == 0 && !reply->finish_reason && !reply->blocks)
        return reply_bad(reply, "the reply has no candidate");
    if (r == 0 && !reply->finish_reason)
        reply->finish_reason = reply->tool_count ? "tool_calls" : "stop";
    return r;
}
