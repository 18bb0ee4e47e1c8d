/* The mock provider: no network, no key, no money. Answers come from the seed, the call and the
 * words of the prompt, so equal runs give equal results; or from a script.
 *
 * provider_options:
 *   delay_ms        before the first piece of the answer
 *   token_delay_ms  between the pieces of a streamed answer
 *   script          {call_id or "*": [{text, error, delay_ms, usage}, ...]}: the n-th attempt of a
 *                   call takes the n-th entry, further ones the last. A call without an entry is
 *                   the permanent error missing_member_id. text: a string, or any JSON to be sent
 *                   as text. error: a code of the table of error classes, an HTTP status, or
 *                   {kind, code, message, retry_after_ms}. A text with an error breaks off after
 *                   the text.
 *
 * Its wire format is one JSON object for each piece: {"text"}, {"reasoning"}, {"error": {...}},
 * and at last {"finish", "model", "usage"}. */
#include <string.h>

#include "common/cleanup.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "mock_fill.h"
#include "mock_prompt.h"
#include "mock_reply.h"
#include "mock_text.h"
#include "provider.h"

enum { VECTOR_SIZE = 64, PIECE = 24, TEXT_MAX = 256 * 1024 };

/* ---- pieces ---- */

static void add_part(struct provider_request *r, int64_t at_ms, json_t *piece)
{
    xcheck(piece);
    r->parts = xrealloc(r->parts, (r->part_count + 1) * sizeof(*r->parts));
    struct provider_part *part = &r->parts[r->part_count++];
    part->at_ms = at_ms;
    part->data = j_dump(piece);
    part->len = strlen(part->data);
    json_decref(piece);
}

/* The length of the next piece of a text: whole words, about PIECE bytes. */
static size_t piece_length(const char *text, size_t left)
{
    if (left <= PIECE)
        return left;
    size_t len = PIECE;
    while (len < left && text[len] != ' ' && len < 4 * (size_t)PIECE)
        len++;
    while (len < left && ((unsigned char)text[len] & 0xc0) == 0x80)
        len++;
    return len;
}

static int64_t add_text(struct provider_request *r, const char *text, size_t len, int64_t at_ms,
                        int64_t gap_ms)
{
    while (len) {
        size_t n = piece_length(text, len);
        add_part(r, at_ms, json_pack("{s:s%}", "text", text, n));
        text += n;
        len -= n;
        if (len)
            at_ms += gap_ms;
    }
    return at_ms;
}

/* ---- usage ---- */

static size_t message_bytes(json_t *messages)
{
    size_t bytes = 0, i;
    json_t *message;
    json_array_foreach (messages, i, message) {
        json_t *content = json_object_get(message, "content");
        bytes += json_is_string(content) ? json_string_length(content) : 0;
    }
    return bytes;
}

static json_t *usage_of(const struct provider_ask *ask, size_t bytes_out)
{
    return j_pack("{s:I, s:I, s:i, s:i}", "input_tokens",
                  (json_int_t)(message_bytes(ask->messages) / 4 + 1), "output_tokens",
                  (json_int_t)(bytes_out / 4 + 1), "cached_input_tokens", 0, "reasoning_tokens", 0);
}

/* ---- the answer ---- */

static void write_answer(struct buf *to, const struct provider_ask *ask)
{
    struct mock_prompt prompt;
    struct mock_random random;
    mock_prompt_read(&prompt, ask);
    mock_random_init(&random, ask->seed, ask->call_id, "text");
    if (ask->schema) {
        json_t *value = mock_fill(ask->schema, &prompt, ask->call_id);
        _cleanup_free_ char *text =
            xcheck(json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(6)));
        if (xresult(buf_add_str(to, text)) < 0)
            buf_add_str(to, "{}");
        json_decref(value);
    } else {
        if (ask->kind == CALL_KIND_CHAIR)
            mock_write_synthesis(to, &prompt, &random);
        else if (prompt.label_count)
            mock_write_review(to, &prompt, &random);
        else
            mock_write_answer(to, &prompt, &random);
        mock_write_tail(to, &prompt, &random);
    }
    mock_prompt_release(&prompt);
}

static void add_finish(struct provider_request *r, const struct provider_ask *ask, int64_t at_ms,
                       json_t *usage)
{
    add_part(r, at_ms,
             json_pack("{s:s, s:s, s:O}", "finish", "stop", "model", ask->model, "usage", usage));
}

static void build_generated(struct provider_request *r, const struct provider_ask *ask,
                            json_t *options)
{
    struct buf text = BUF_INIT(TEXT_MAX);
    write_answer(&text, ask);
    int64_t at_ms = mock_option_ms(options, "delay_ms", 0);
    at_ms = add_text(r, text.at, text.len, at_ms, mock_option_ms(options, "token_delay_ms", 0));
    json_t *usage = usage_of(ask, text.len);
    add_finish(r, ask, at_ms, usage);
    json_decref(usage);
    buf_release(&text);
}

/* ---- the script ---- */

/* The entry for this attempt; NULL: there is none. */
static json_t *script_entry(json_t *script, const struct provider_ask *ask)
{
    json_t *list = json_object_get(script, ask->call_id);
    if (!list)
        list = json_object_get(script, "*");
    size_t count = json_array_size(list);
    size_t n = ask->attempt > 0 ? (size_t)ask->attempt - 1 : 0;
    return count ? json_array_get(list, n < count ? n : count - 1) : NULL;
}

static void build_scripted(struct provider_request *r, const struct provider_ask *ask,
                           json_t *options, json_t *entry)
{
    json_t *text = json_object_get(entry, "text");
    json_t *error = json_object_get(entry, "error");
    int64_t at_ms = mock_option_ms(entry, "delay_ms", mock_option_ms(options, "delay_ms", 0));
    size_t len = 0;
    if (text && !json_is_null(text)) {
        _cleanup_free_ char *whole =
            json_is_string(text) ? xstrdup(json_string_value(text)) : j_dump(text);
        len = strlen(whole);
        at_ms = add_text(r, whole, len, at_ms, mock_option_ms(options, "token_delay_ms", 0));
    }
    if (error && !json_is_null(error)) {
        add_part(r, at_ms, json_pack("{s:O}", "error", error));
        return;
    }
    json_t *usage = json_object_get(entry, "usage");
    usage = usage ? json_incref(usage) : usage_of(ask, len);
    add_finish(r, ask, at_ms, usage);
    json_decref(usage);
}

/* Words fall into one of a few directions each, so that texts with common words are near. */
static json_t *vector_of(const char *text)
{
    double at[VECTOR_SIZE] = {0};
    uint32_t hash = 2166136261u;
    json_t *vector = j_array();
    for (;; text++) {
        unsigned char c = (unsigned char)*text;
        bool letter = (c | 32) >= 'a' && (c | 32) <= 'z';
        if (letter || c >= 0x80) {
            hash = (hash ^ (letter ? c | 32u : c)) * 16777619u;
        } else {
            if (hash != 2166136261u)
                at[hash % VECTOR_SIZE] += 1;
            hash = 2166136261u;
        }
        if (!c)
            break;
    }
    for (size_t i = 0; i < VECTOR_SIZE; i++)
        j_add(vector, j_real(at[i]));
    return vector;
}

static void build_vectors(struct provider_request *r, const struct provider_ask *ask)
{
    size_t i;
    json_t *text, *vectors = j_array(), *usage = usage_of(ask, 0);
    json_array_foreach (ask->embed, i, text)
        j_add(vectors, vector_of(json_string_value(text)));
    add_part(r, 0,
             json_pack("{s:s, s:s, s:o, s:o}", "finish", "stop", "model", ask->model, "usage",
                       usage, "vectors", vectors));
}

static int build(const struct provider_config *config, const struct provider_ask *ask,
                 struct provider_request *ret, struct error *err)
{
    (void)config;
    (void)err;
    json_t *options = json_object_get(ask->params, "provider_options");
    json_t *script = json_object_get(options, "script");
    json_t *entry = script ? script_entry(script, ask) : NULL;
    if (ask->embed)
        build_vectors(ret, ask);
    else if (entry)
        build_scripted(ret, ask, options, entry);
    else if (script)
        add_part(ret, 0,
                 json_pack("{s:{s:s, s:s, s:s}}", "error", "kind", "permanent", "code",
                           "missing_member_id", "message",
                           "the script has no entry for this call"));
    else
        build_generated(ret, ask, options);
    return 0;
}

const struct provider provider_mock = {
    .id = FORMAT_MOCK,
    .embeds = true,
    .models = {.fixed = "mock"},
    .build = build,
    .event = mock_event,
    .whole = mock_whole,
    .error = mock_error,
};
