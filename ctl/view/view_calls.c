#include "view_calls.h"

#include <inttypes.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "story/safe_text.h"
#include "view_words.h"

enum { LINE_BYTES = 64 * 1024 * 1024, EXCERPT_COLUMNS = 60, STREAM_LINE_BYTES = 2000 };

/* Who is meant by an event that only has a call_id: the call knows its member. */
static void add_caller(struct view *v, struct buf *to, const json_t *event)
{
    const char *call_id = j_str(event, "call_id", NULL);
    const struct call_shown *call = call_id ? calls_find(&v->calls, call_id) : NULL;
    if (call)
        text_add(to, call->member);
    else
        view_add_member(to, event);
}

void view_take_member_started(struct view *v, const json_t *event)
{
    const char *call_id = j_str(event, "call_id", NULL);
    if (!call_id)
        return;
    struct buf member = BUF_INIT(LINE_BYTES), model = BUF_INIT(LINE_BYTES);
    view_add_member(&member, event);
    text_add_json(&model, json_object_get(event, "provider"));
    text_add(&model, "/");
    text_add_json(&model, json_object_get(event, "model"));
    calls_begin(&v->calls, call_id, xcheck(buf_str(&member)), xcheck(buf_str(&model)));
    buf_release(&member);
    buf_release(&model);
}

void view_take_attempt_failed(struct view *v, const json_t *event)
{
    struct buf *out = screen_out(v->screen);
    const char *call_id = j_str(event, "call_id", NULL);
    struct call_shown *call = call_id ? calls_find(&v->calls, call_id) : NULL;
    text_add(out, "  ");
    add_caller(v, out, event);
    text_addf(out, ": attempt %" PRId64 " failed, ", j_int(event, "attempt", 0));
    view_add_error(out, json_object_get(event, "error"));
    text_add(out, "; next: ");
    text_add_json(out, json_object_get(event, "next"));
    int64_t wait = j_int(event, "wait_ms", 0);
    if (wait > 0) {
        text_add(out, " in ");
        text_add_duration(out, wait);
    }
    text_add(out, "\n");
    if (call && call->text.len) {
        buf_clear(&call->text);
        text_addf(out, "  %s: what it had said so far is void\n", call->member);
    }
}

void view_take_tool_request(struct view *v, const json_t *event)
{
    struct buf *out = screen_out(v->screen);
    text_add(out, "  ");
    add_caller(v, out, event);
    text_add(out, " uses the tool ");
    text_add_json(out, json_object_get(j_get(event, "tool_call"), "name"));
    text_add(out, "\n");
}

void view_take_tool_result(struct view *v, const json_t *event)
{
    if (json_is_true(json_object_get(event, "ok")))
        return;
    struct buf *out = screen_out(v->screen);
    text_add(out, "  ");
    add_caller(v, out, event);
    text_add(out, ": the tool ");
    text_add_json(out, json_object_get(event, "name"));
    text_add(out, " failed: ");
    text_add_json(out, json_object_get(event, "error"));
    text_add(out, "\n");
}

void view_take_reask(struct view *v, const json_t *event)
{
    struct buf *out = screen_out(v->screen);
    text_add(out, "  ");
    add_caller(v, out, event);
    text_add(out, " is asked again: ");
    text_add_json(out, json_object_get(event, "errors"));
    text_add(out, "\n");
}

/* The ballot if there is one, else the beginning of the answer. */
static void add_excerpt(struct buf *to, const json_t *result)
{
    struct buf text = BUF_INIT(LINE_BYTES);
    const json_t *ballot = j_get(result, "ballot");
    const json_t *ordering = json_is_array(ballot) ? ballot : j_get(ballot, "ordering");
    if (json_array_size(ordering)) {
        view_add_names(&text, ordering, NULL);
        text_addf(to, ": ranks %s", buf_str(&text));
    } else if (ballot) {
        text_add_json(&text, j_get(ballot, "choice") ? j_get(ballot, "choice") : ballot);
        text_addf(to, ": votes %s", buf_str(&text));
    } else if (j_get(result, "content")) {
        text_add_json(&text, json_object_get(result, "content"));
        size_t fit = text_fit(text.at, text.len, EXCERPT_COLUMNS);
        text_addf(to, ": %.*s%s", (int)fit, text.at, fit < text.len ? "..." : "");
    }
    buf_release(&text);
}

static void add_expense(struct buf *to, const json_t *result)
{
    const json_t *usage = j_get(result, "usage");
    text_add(to, " (");
    text_add_duration(to, j_int(result, "latency_ms", 0));
    if (usage) {
        text_add(to, ", tokens ");
        text_add_count(to, json_object_get(usage, "input_tokens"));
        text_add(to, " in, ");
        text_add_count(to, json_object_get(usage, "output_tokens"));
        text_add(to, " out");
    }
    text_add(to, ")");
}

static void end_stream(struct view *v, const char *call_id);

void view_take_member_completed(struct view *v, const json_t *event)
{
    const json_t *result = json_object_get(event, "result");
    const char *call_id = j_str(event, "call_id", NULL);
    if (!call_id)
        call_id = j_str(result, "call_id", NULL);
    if (call_id)
        end_stream(v, call_id);
    bool ok = j_has(result, "status", "ok");
    struct buf *out = screen_out(v->screen);
    text_addf(out, "  %s", screen_style(v->screen, ok ? STYLE_GREEN : STYLE_RED));
    view_add_member(out, event);
    text_addf(out, "%s ", screen_style(v->screen, STYLE_PLAIN));
    text_add_json(out, json_object_get(result, "status"));
    if (j_get(result, "reason")) {
        text_add(out, ", ");
        text_add_json(out, json_object_get(result, "reason"));
    }
    add_expense(out, result);
    const json_t *error = j_get(result, "error");
    if (ok) {
        add_excerpt(out, result);
    } else if (error && json_equal(j_get(error, "code"), j_get(result, "reason"))) {
        text_add(out, ": ");
        text_add_json(out, json_object_get(error, "message"));
    } else if (error) {
        text_add(out, ": ");
        view_add_error(out, error);
    }
    text_add(out, "\n");
    if (call_id)
        calls_end(&v->calls, call_id);
    v->settled++;
}

/* ---- what members say while they say it ---- */

static void print_streamed(struct view *v, struct call_shown *call, size_t len)
{
    struct buf *out = screen_out(v->screen);
    text_addf(out, "  %s%s |%s ", screen_style(v->screen, STYLE_DIM), call->member,
              screen_style(v->screen, STYLE_PLAIN));
    text_escape(out, call->text.at, len, TEXT_LINE);
    text_add(out, "\n");
}

static void end_stream(struct view *v, const char *call_id)
{
    struct call_shown *call = calls_find(&v->calls, call_id);
    if (call && v->stream && call->text.len)
        print_streamed(v, call, call->text.len);
    if (call)
        buf_clear(&call->text);
}

/* Whole lines are printed; a very long one is broken at a blank. */
static void print_whole_lines(struct view *v, struct call_shown *call)
{
    for (;;) {
        const char *feed = call->text.len ? memchr(call->text.at, '\n', call->text.len) : NULL;
        if (!feed && call->text.len > STREAM_LINE_BYTES)
            feed = memrchr(call->text.at, ' ', call->text.len);
        if (!feed)
            return;
        size_t len = (size_t)(feed - call->text.at);
        if (v->stream)
            print_streamed(v, call, len);
        buf_consume(&call->text, len + 1);
    }
}

void view_take_token(struct view *v, const json_t *event)
{
    const char *call_id = j_str(event, "call_id", NULL);
    struct call_shown *call = call_id ? calls_find(&v->calls, call_id) : NULL;
    const json_t *text = json_object_get(event, "text");
    if (!call)
        return;
    if (call->attempt != j_int(event, "attempt", 0)) {
        call->attempt = j_int(event, "attempt", 0);
        buf_clear(&call->text);
    }
    call->thinking = false;
    if (json_is_string(text) &&
        buf_add(&call->text, json_string_value(text), json_string_length(text)) < 0)
        buf_clear(&call->text);
    print_whole_lines(v, call);
}

void view_take_reasoning(struct view *v, const json_t *event)
{
    const char *call_id = j_str(event, "call_id", NULL);
    struct call_shown *call = call_id ? calls_find(&v->calls, call_id) : NULL;
    if (call)
        call->thinking = true;
}
