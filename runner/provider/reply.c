#include "reply.h"

#include <errno.h>
#include <string.h>

#include "common/jx.h"
#include "common/utf8.h"
#include "common/xalloc.h"

/* ---- faults ---- */

void reply_fault_init(struct reply_fault *f)
{
    *f = (struct reply_fault){.kind = "", .code = "", .retry_after_ms = -1};
}

/* A cut within a key would leave a part of it that nobody recognises. */
static size_t whole_words(const struct buf *text)
{
    size_t len = text->len < FAULT_RAW_MAX ? text->len : FAULT_RAW_MAX;
    while (len && (unsigned char)text->at[len - 1] > ' ')
        len--;
    return len;
}

void reply_fault_set(struct reply_fault *f, const char *kind, const char *code, const char *message)
{
    f->kind = kind;
    f->code = code;
    if (!message)
        return;
    struct buf clean = BUF_INIT(4 * FAULT_RAW_MAX);
    size_t len = strnlen(message, FAULT_RAW_MAX);
    xresult(utf8_sanitize(&clean, message, len));
    if (clean.len) {
        size_t keep = message[len] || clean.len > FAULT_RAW_MAX ? whole_words(&clean) : clean.len;
        memcpy(f->message, clean.at, keep);
        f->message[keep] = '\0';
    }
    buf_release(&clean);
}

/* ---- the parts of a reply ---- */

void reply_init(struct reply *r, reply_sink sink, void *context)
{
    *r = (struct reply){.sink = sink, .context = context, .cost = -1, .most = REPLY_KEPT_MAX};
    buf_init(&r->content, REPLY_KEPT_MAX);
    buf_init(&r->reasoning, REPLY_KEPT_MAX);
    buf_init(&r->refusal, REPLY_KEPT_MAX);
    buf_init(&r->piece, REPLY_KEPT_MAX);
    reply_fault_init(&r->fault);
}

void reply_bound(struct reply *r, size_t most)
{
    if (most && most < r->most)
        r->most = most;
}

void reply_release(struct reply *r)
{
    buf_release(&r->content);
    buf_release(&r->reasoning);
    buf_release(&r->refusal);
    for (size_t i = 0; i < r->tool_count; i++) {
        free(r->tools[i].id);
        free(r->tools[i].name);
        buf_release(&r->tools[i].args);
    }
    free(r->tools);
    free(r->model_served);
    json_decref(r->assistant);
    json_decref(r->structured);
    json_decref(r->usage);
    json_decref(r->spent);
    json_decref(r->blocks);
    buf_release(&r->piece);
}

int reply_fail(struct reply *r, const char *kind, const char *code, const char *message)
{
    reply_fault_set(&r->fault, kind, code, message);
    return -EPROTO;
}

int reply_bad(struct reply *r, const char *why)
{
    return reply_fail(r, "transient", "bad_response", why);
}

static int too_large(struct reply *r, const char *what)
{
    return reply_fail(r, "permanent", "response_too_large", what);
}

/* Bytes of the text between the quotes of a JSON string. */
static size_t written_length(const char *text, size_t len)
{
    size_t n = len;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\')
            n++;
        else if (c < 0x20)
            n += strchr("\b\f\n\r\t", c) && c ? 1 : 5;
    }
    return n;
}

static int tell(struct reply *r, enum delta kind, const char *text, size_t len)
{
    if (r->sink && len)
        r->sink(r->context, kind, text, len);
    return 0;
}

static int add(struct reply *r, struct buf *to, size_t *written, const char *text, size_t len)
{
    *written += written_length(text, len);
    int err = *written > r->most ? -EMSGSIZE : xresult(buf_add(to, text, len));
    return err < 0 ? too_large(r, "the answer is too long") : 0;
}

int reply_add_reasoning(struct reply *r, const char *text, size_t len)
{
    if (r->reasoning.len + len > r->most) {
        r->own_cut = true;
        buf_release(&r->reasoning);
    } else if (!r->own_cut) {
        xresult(buf_add(&r->reasoning, text, len));
    }
    return tell(r, DELTA_REASONING, text, len);
}

static int take_piece(void *context, bool thought, const char *text, size_t len)
{
    struct reply *r = context;
    if (thought)
        return reply_add_reasoning(r, text, len);
    int err = add(r, &r->content, &r->written, text, len);
    return err < 0 ? err : tell(r, DELTA_CONTENT, text, len);
}

int reply_add_content(struct reply *r, const char *text, size_t len)
{
    return len ? think_tag_feed(&r->think, text, len, take_piece, r) : 0;
}

int reply_add_refusal(struct reply *r, const char *text, size_t len)
{
    int err = add(r, &r->refusal, &r->written, text, len);
    return err < 0 ? err : tell(r, DELTA_CONTENT, text, len);
}

bool reply_keeps(struct reply *r, size_t len)
{
    r->own_written += len;
    r->own_cut |= r->own_written > r->most;
    return !r->own_cut;
}

json_t *reply_blocks(struct reply *r)
{
    if (!r->blocks)
        r->blocks = j_array();
    return r->blocks;
}

char *reply_word(const char *text)
{
    if (!text)
        return NULL;
    return xstrndup(text, utf8_cut(text, strnlen(text, REPLY_WORD_MAX)));
}

/* An answer that only begins with the word for thoughts. */
static int end_thoughts(struct reply *r)
{
    if (r->structured)
        return 0;
    bool open = r->think.state == THINK_INSIDE;
    int err = think_tag_end(&r->think, take_piece, r);
    if (err < 0 || !open || r->content.len || strcmp(r->finish_reason, "stop") != 0)
        return err;
    return add(r, &r->content, &r->written, r->reasoning.at, r->reasoning.len);
}

/* They were shown as they came, for nothing told what they were. */
static void take_thoughts_off(struct reply *r)
{
    size_t thoughts, end = 0;
    if (!r->structured && !r->think.closed)
        end = think_tag_lone_end(r->content.at, r->content.len, &thoughts);
    if (!end)
        return;
    if (r->reasoning.len + thoughts <= r->most)
        xresult(buf_add(&r->reasoning, r->content.at, thoughts));
    buf_consume(&r->content, end);
}

int reply_finish(struct reply *r)
{
    if (end_thoughts(r) < 0)
        return -EPROTO;
    take_thoughts_off(r);
    if (r->tool_count && r->own_cut)
        return too_large(r, "the message is too long to be given back");
    char *own = r->assistant ? j_dump(r->assistant) : NULL;
    size_t len = own ? strlen(own) : 0;
    free(own);
    return len > r->most || written_length(r->content.at, r->content.len) > r->most
               ? too_large(r, "the answer is too long")
               : 0;
}

struct reply_tool *reply_tool(struct reply *r, size_t index)
{
    if (index >= REPLY_TOOLS_MAX) {
        reply_bad(r, "too many tool calls in one message");
        return NULL;
    }
    if (index >= r->tool_count) {
        r->tools = xrealloc(r->tools, (index + 1) * sizeof(*r->tools));
        for (size_t i = r->tool_count; i <= index; i++) {
            r->tools[i] = (struct reply_tool){0};
            buf_init(&r->tools[i].args, REPLY_KEPT_MAX);
        }
        r->tool_count = index + 1;
    }
    return &r->tools[index];
}

int reply_keep_args(struct reply *r, struct reply_tool *tool, const char *text, size_t len)
{
    return add(r, &tool->args, &r->args_written, text, len);
}

int reply_add_args(struct reply *r, struct reply_tool *tool, const char *text, size_t len)
{
    int err = reply_keep_args(r, tool, text, len);
    return err < 0 ? err : tell(r, DELTA_TOOL, text, len);
}

int reply_add_args_tree(struct reply *r, struct reply_tool *tool, json_t *args)
{
    char *text = args ? j_dump(args) : xstrdup("{}");
    int err = reply_add_args(r, tool, text, strlen(text));
    free(text);
    return err;
}

json_t *reply_first(json_t *answers)
{
    json_t *one;
    size_t i;
    json_array_foreach (answers, i, one)
        if (j_int(one, "index", 0) == 0)
            return one;
    return NULL;
}

void reply_add_logprobs(struct reply *r, json_t *tokens)
{
    size_t i;
    json_t *token;
    json_array_foreach (tokens, i, token) {
        json_t *value = json_object_get(token, "logprob");
        if (json_is_number(value)) {
            r->logprob_sum += json_number_value(value);
            r->logprob_count++;
        }
    }
}

enum { TOKENS_MAX = 1000000000 };

int64_t reply_tokens(const json_t *usage, const char *key, int64_t absent)
{
    json_t *told = json_object_get(usage, key);
    double n = json_is_number(told) ? json_number_value(told) : -1;
    if (n < 0)
        return absent;
    return n < TOKENS_MAX ? (int64_t)n : TOKENS_MAX;
}

static json_t *count_or_null(int64_t n)
{
    if (n < 0)
        return json_null();
    return j_integer(n < TOKENS_MAX ? n : TOKENS_MAX);
}

void reply_set_usage(struct reply *r, int64_t input, int64_t output, int64_t cached,
                     int64_t reasoning)
{
    json_decref(r->usage);
    r->usage = j_pack("{s:o, s:o, s:o, s:o}", "input_tokens", count_or_null(input), "output_tokens",
                      count_or_null(output), "cached_input_tokens", count_or_null(cached),
                      "reasoning_tokens", count_or_null(reasoning));
}

/* A count that one of the two lacks is that of the other. */
static json_t *sum_of(json_t *a, json_t *b)
{
    if (!a || !b)
        return json_incref(a ? a : b);
    json_t *sum = j_object(), *value;
    const char *name;
    json_object_foreach (a, name, value) {
        json_t *other = json_object_get(b, name);
        if (json_is_integer(value) && json_is_integer(other))
            j_set(sum, name, j_integer(json_integer_value(value) + json_integer_value(other)));
        else
            j_keep(sum, name, json_is_integer(other) ? other : value);
    }
    return sum;
}

void reply_spend(struct reply *r)
{
    json_t *all = sum_of(r->spent, r->usage);
    json_decref(r->spent);
    json_decref(r->usage);
    r->spent = all;
    r->usage = NULL;
}

void reply_set_model(struct reply *r, const char *model)
{
    if (!model || !*model || r->model_served)
        return;
    r->model_served = reply_word(model);
}

/* ---- the fact ---- */

static json_t *text_value(const struct buf *b)
{
    return j_text(b->at, b->len);
}

static json_t *tool_calls(const struct reply *r)
{
    json_t *list = j_array();
    for (size_t i = 0; i < r->tool_count; i++) {
        const struct reply_tool *t = &r->tools[i];
        if (!t->name)
            continue;
        char made_up[32];
        snprintf(made_up, sizeof(made_up), "call_%zu", i);
        j_add(list, j_pack("{s:s, s:s, s:o}", "id", t->id ? t->id : made_up, "name", t->name,
                           "args_raw", text_value(&t->args)));
    }
    return list;
}

static json_t *assistant(const struct reply *r, const char *wire)
{
    if (!r->assistant)
        return json_null();
    return j_pack("{s:s, s:O}", "wire", wire, "message", r->assistant);
}

json_t *reply_fact(const struct reply *r, const char *wire)
{
    bool refused = r->refusal.len > 0;
    json_t *fact = j_pack("{s:s?, s:s, s:o, s:o, s:o?}", "model_served", r->model_served,
                          "finish_reason", refused ? "refusal" : r->finish_reason, "content",
                          text_value(refused ? &r->refusal : &r->content), "assistant",
                          assistant(r, wire), "usage", sum_of(r->spent, r->usage));
    if (r->cost >= 0)
        j_set(fact, "cost", j_real(r->cost));
    else
        j_set(fact, "cost", json_null());
    if (r->structured)
        j_keep(fact, "structured", r->structured);
    json_t *calls = tool_calls(r);
    if (json_array_size(calls))
        j_keep(fact, "tool_calls", calls);
    json_decref(calls);
    if (r->logprob_count)
        j_set(fact, "logprob", j_real(r->logprob_sum / (double)r->logprob_count));
    return fact;
}
