#include "view_events.h"

#include "common/clock.h"
#include "common/xalloc.h"
#include "js.h"
#include "result.h"
#include "tally.h"
#include "text.h"

enum { LINE_BYTES = 64 * 1024 * 1024, EXCERPT_COLUMNS = 60, STREAM_LINE_BYTES = 2000 };

/* ---- words ---- */

/* `a, b, c` out of an array of strings, or of objects by one member of theirs. */
static void add_names(struct buf *to, const json_t *list, const char *key)
{
    size_t i;
    json_t *item;
    json_array_foreach (list, i, item) {
        text_add(to, i ? ", " : "");
        text_add_json(to, key ? json_object_get(item, key) : item);
    }
    if (json_array_size(list) == 0)
        text_add(to, "nobody");
}

/* A member's name with the path of its sub-council: `legal: ann`. */
static void add_member(struct buf *to, const json_t *event)
{
    const json_t *path = js_get(event, "path");
    if (json_string_length(path) > 0) {
        text_add_json(to, path);
        text_add(to, " ");
    }
    const json_t *member = js_get(event, "member_id");
    const char *call_id = js_str(event, "call_id");
    if (member)
        text_add_json(to, member);
    else if (call_id)
        text_escape(to, call_id, strlen(call_id), TEXT_LINE);
}

/* The same for events that only have a call_id: the call knows its member. */
static void add_caller(struct view *v, struct buf *to, const json_t *event)
{
    const char *call_id = js_str(event, "call_id");
    const struct call_state *call = call_id ? calls_find(&v->calls, call_id) : NULL;
    if (call)
        text_add(to, call->member);
    else
        add_member(to, event);
}

static void add_round_name(struct view *v, struct buf *to, const json_t *event)
{
    text_addf(to, "round %lld", js_int(event, "index", 0) + 1);
    if (v->rounds)
        text_addf(to, " of %lld", (long long)v->rounds);
    text_add(to, ": ");
    text_add_json(to, json_object_get(event, "name"));
    if (js_int(event, "iteration", 0) > 0)
        text_addf(to, ", iteration %lld", js_int(event, "iteration", 0) + 1);
}

static void add_error(struct buf *to, const json_t *error)
{
    text_add_json(to, json_object_get(error, "code"));
    text_add(to, ": ");
    text_add_json(to, json_object_get(error, "message"));
}

/* ---- the run ---- */

static void take_run_started(struct view *v, const json_t *event)
{
    struct buf *out = screen_out(v->screen);
    v->rounds = (int64_t)json_array_size(json_object_get(event, "rounds"));
    text_add(out, "run ");
    text_add(out, screen_style(v->screen, STYLE_BOLD));
    text_add_json(out, json_object_get(event, "run_id"));
    text_add(out, screen_style(v->screen, STYLE_PLAIN));
    text_add(out, ", council ");
    text_add_json(out, json_object_get(event, "council_id"));
    text_add(out, ", members ");
    add_names(out, json_object_get(event, "members"), "id");
    text_add(out, "\n");
}

static void take_run_resumed(struct view *v, const json_t *event)
{
    struct buf *out = screen_out(v->screen);
    text_add(out, "resumed from ");
    text_add_json(out, json_object_get(event, "from_run_id"));
    text_addf(out, ", %lld answers are used again\n", js_int(event, "reusable_calls", 0));
}

static void take_council_selected(struct view *v, const json_t *event)
{
    struct buf *out = screen_out(v->screen);
    v->rounds = (int64_t)json_array_size(json_object_get(event, "rounds"));
    text_add(out, "council ");
    text_add_json(out, json_object_get(event, "council_id"));
    text_add(out, " chosen by ");
    text_add_json(out, json_object_get(event, "strategy"));
    text_add(out, ": ");
    text_add_json(out, json_object_get(event, "reason"));
    text_add(out, "\n");
}

static void take_end(struct view *v, const json_t *event)
{
    const json_t *result = js_get(event, "result");
    free(v->round);
    v->round = NULL;
    if (!v->quiet)
        text_add(screen_out(v->screen), "\n");
    if (result)
        result_add(v->screen, result);
}

static void take_cancel_requested(struct view *v, const json_t *event)
{
    struct buf *out = screen_out(v->screen);
    text_add(out, "cancel requested (");
    text_add_json(out, json_object_get(event, "mode"));
    text_add(out, ") by ");
    text_add_json(out, json_object_get(event, "reason"));
    text_add(out, "\n");
}

static void take_warning(struct view *v, const json_t *event)
{
    struct buf *out = screen_out(v->screen);
    text_addf(out, "  %swarning%s: ", screen_style(v->screen, STYLE_YELLOW),
              screen_style(v->screen, STYLE_PLAIN));
    if (js_get(event, "member_id")) {
        add_member(out, event);
        text_add(out, ": ");
    }
    add_error(out, event);
    text_add(out, "\n");
}

/* ---- rounds ---- */

static void take_round_started(struct view *v, const json_t *event)
{
    struct buf name = BUF_INIT(LINE_BYTES);
    add_round_name(v, &name, event);
    struct buf *out = screen_out(v->screen);
    text_addf(out, "\n%s%s%s", screen_style(v->screen, STYLE_BOLD), buf_str(&name),
              screen_style(v->screen, STYLE_PLAIN));
    const json_t *asked = js_get(event, "asked"), *quorum = js_get(event, "quorum");
    if (json_array_size(asked)) {
        text_add(out, ", asking ");
        add_names(out, asked, json_is_object(json_array_get(asked, 0)) ? "id" : NULL);
    }
    if (quorum)
        text_addf(out, ", quorum %lld of %lld", js_int(quorum, "need", 0), js_int(quorum, "of", 0));
    text_add(out, "\n");
    free(v->round);
    v->round = xcheck(buf_take(&name));
    v->begun = clock_mono_ms();
    v->asked = (int64_t)json_array_size(asked);
    v->settled = 0;
}

/* `3 ok, 1 error`, without the statuses that nobody has. */
static void add_counts(struct buf *to, const json_t *counts)
{
    const char *status, *between = ": ";
    json_t *n;
    json_object_foreach ((json_t *)counts, status, n) {
        if (json_integer_value(n) == 0)
            continue;
        text_addf(to, "%s%lld ", between, (long long)json_integer_value(n));
        text_escape(to, status, strlen(status), TEXT_LINE);
        between = ", ";
    }
}

static void take_round_completed(struct view *v, const json_t *event)
{
    struct buf *out = screen_out(v->screen);
    text_add(out, "  round ");
    text_add_json(out, json_object_get(event, "status"));
    add_counts(out, js_get(event, "counts"));
    const json_t *quorum = js_get(event, "quorum");
    if (quorum && !json_is_true(json_object_get(quorum, "met")))
        text_addf(out, "; quorum lost: %lld of the %lld needed", js_int(quorum, "ok", 0),
                  js_int(quorum, "need", 0));
    text_add(out, "\n");
    if (js_get(event, "aggregate"))
        tally_add(out, json_object_get(event, "aggregate"));
    free(v->round);
    v->round = NULL;
}

static void take_early_stop(struct view *v, const json_t *event)
{
    struct buf *out = screen_out(v->screen);
    text_add(out, "  ");
    text_add_json(out, json_object_get(event, "leader"));
    text_addf(out, " cannot be caught any more: %lld ballots cast, %lld outstanding\n",
              js_int(event, "cast", 0), js_int(event, "outstanding", 0));
}

/* ---- calls ---- */

static void take_member_started(struct view *v, const json_t *event)
{
    const char *call_id = js_str(event, "call_id");
    if (!call_id)
        return;
    struct buf member = BUF_INIT(LINE_BYTES), model = BUF_INIT(LINE_BYTES);
    add_member(&member, event);
    text_add_json(&model, json_object_get(event, "provider"));
    text_add(&model, "/");
    text_add_json(&model, json_object_get(event, "model"));
    calls_begin(&v->calls, call_id, xcheck(buf_str(&member)), xcheck(buf_str(&model)));
    buf_release(&member);
    buf_release(&model);
}

static void take_attempt_failed(struct view *v, const json_t *event)
{
    struct buf *out = screen_out(v->screen);
    const char *call_id = js_str(event, "call_id");
    struct call_state *call = call_id ? calls_find(&v->calls, call_id) : NULL;
    text_add(out, "  ");
    add_caller(v, out, event);
    text_addf(out, ": attempt %lld failed, ", js_int(event, "attempt", 0));
    add_error(out, json_object_get(event, "error"));
    text_add(out, "; next: ");
    text_add_json(out, json_object_get(event, "next"));
    long long wait = js_int(event, "wait_ms", 0);
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

static void take_tool_request(struct view *v, const json_t *event)
{
    struct buf *out = screen_out(v->screen);
    text_add(out, "  ");
    add_caller(v, out, event);
    text_add(out, " uses the tool ");
    text_add_json(out, json_object_get(js_get(event, "tool_call"), "name"));
    text_add(out, "\n");
}

static void take_tool_result(struct view *v, const json_t *event)
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

static void take_reask(struct view *v, const json_t *event)
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
    const json_t *ballot = js_get(result, "ballot");
    const json_t *ordering = json_is_array(ballot) ? ballot : js_get(ballot, "ordering");
    if (json_array_size(ordering)) {
        add_names(&text, ordering, NULL);
        text_addf(to, ": ranks %s", buf_str(&text));
    } else if (ballot) {
        text_add_json(&text, js_get(ballot, "choice") ? js_get(ballot, "choice") : ballot);
        text_addf(to, ": votes %s", buf_str(&text));
    } else if (js_get(result, "content")) {
        text_add_json(&text, json_object_get(result, "content"));
        size_t fit = text_fit(text.at, text.len, EXCERPT_COLUMNS);
        text_addf(to, ": %.*s%s", (int)fit, text.at, fit < text.len ? "..." : "");
    }
    buf_release(&text);
}

static void add_expense(struct buf *to, const json_t *result)
{
    const json_t *usage = js_get(result, "usage");
    text_add(to, " (");
    text_add_duration(to, js_int(result, "latency_ms", 0));
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

static void take_member_completed(struct view *v, const json_t *event)
{
    const json_t *result = json_object_get(event, "result");
    const char *call_id = js_str(event, "call_id");
    if (!call_id)
        call_id = js_str(result, "call_id");
    if (call_id)
        end_stream(v, call_id);
    bool ok = js_is(result, "status", "ok");
    struct buf *out = screen_out(v->screen);
    text_addf(out, "  %s", screen_style(v->screen, ok ? STYLE_GREEN : STYLE_RED));
    add_member(out, event);
    text_addf(out, "%s ", screen_style(v->screen, STYLE_PLAIN));
    text_add_json(out, json_object_get(result, "status"));
    if (js_get(result, "reason")) {
        text_add(out, ", ");
        text_add_json(out, json_object_get(result, "reason"));
    }
    add_expense(out, result);
    if (ok)
        add_excerpt(out, result);
    else if (js_get(result, "error")) {
        text_add(out, ": ");
        add_error(out, json_object_get(result, "error"));
    }
    text_add(out, "\n");
    if (call_id)
        calls_end(&v->calls, call_id);
    v->settled++;
}

/* ---- what members say while they say it ---- */

static void print_streamed(struct view *v, struct call_state *call, size_t len)
{
    struct buf *out = screen_out(v->screen);
    text_addf(out, "  %s%s |%s ", screen_style(v->screen, STYLE_DIM), call->member,
              screen_style(v->screen, STYLE_PLAIN));
    text_escape(out, call->text.at, len, TEXT_LINE);
    text_add(out, "\n");
}

static void end_stream(struct view *v, const char *call_id)
{
    struct call_state *call = calls_find(&v->calls, call_id);
    if (call && v->stream && call->text.len)
        print_streamed(v, call, call->text.len);
    if (call)
        buf_clear(&call->text);
}

/* Whole lines are printed; a very long one is broken at a blank. */
static void print_whole_lines(struct view *v, struct call_state *call)
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

static void take_token(struct view *v, const json_t *event)
{
    const char *call_id = js_str(event, "call_id");
    struct call_state *call = call_id ? calls_find(&v->calls, call_id) : NULL;
    const json_t *text = json_object_get(event, "text");
    if (!call)
        return;
    if (call->attempt != js_int(event, "attempt", 0)) {
        call->attempt = js_int(event, "attempt", 0);
        buf_clear(&call->text);
    }
    call->thinking = false;
    if (json_is_string(text) &&
        buf_add(&call->text, json_string_value(text), json_string_length(text)) < 0)
        buf_clear(&call->text);
    print_whole_lines(v, call);
}

static void take_reasoning(struct view *v, const json_t *event)
{
    const char *call_id = js_str(event, "call_id");
    struct call_state *call = call_id ? calls_find(&v->calls, call_id) : NULL;
    if (call)
        call->thinking = true;
}

/* ---- sub-councils ---- */

static void take_sub_run(struct view *v, const json_t *event)
{
    struct buf *out = screen_out(v->screen);
    text_add(out, "  sub-council ");
    text_add_json(out, json_object_get(event, "sub_path"));
    text_add(out, " ");
    text_add_json(out, json_object_get(event, "council_id"));
    if (js_get(event, "outcome")) {
        text_add(out, ": ");
        text_add_json(out, json_object_get(event, "outcome"));
    }
    text_add(out, "\n");
}

const struct view_event_row VIEW_EVENTS[] = {
    {"run_started", take_run_started, false},
    {"run_resumed", take_run_resumed, false},
    {"council_selected", take_council_selected, false},
    {"round_started", take_round_started, false},
    {"member_started", take_member_started, false},
    {"attempt_failed", take_attempt_failed, false},
    {"tool_call_request", take_tool_request, false},
    {"tool_call_result", take_tool_result, false},
    {"member_reask", take_reask, false},
    {"member_completed", take_member_completed, false},
    {"early_stop", take_early_stop, false},
    {"round_completed", take_round_completed, false},
    {"sub_run_started", take_sub_run, false},
    {"sub_run_completed", take_sub_run, false},
    {"sub_run_failed", take_sub_run, false},
    {"warning", take_warning, false},
    {"cancel_requested", take_cancel_requested, false},
    {"run_completed", take_end, true},
    {"run_failed", take_end, true},
    {"member_token", take_token, false},
    {"member_reasoning", take_reasoning, false},
    {0},
};
