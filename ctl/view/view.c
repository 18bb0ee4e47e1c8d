#include "view.h"

#include <inttypes.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "story/safe_text.h"
#include "view_calls.h"
#include "view_run.h"

/* What each type of event does; types that do not stand here are passed over. */
struct told_event {
    const char *type;
    void (*take)(struct view *v, const json_t *event);
    bool always; /* also when the view is quiet */
};

static const struct told_event VIEW_EVENTS[] = {
    {"run_started", view_take_run_started, false},
    {"run_resumed", view_take_run_resumed, false},
    {"council_selected", view_take_council_selected, false},
    {"round_started", view_take_round_started, false},
    {"member_started", view_take_member_started, false},
    {"attempt_failed", view_take_attempt_failed, false},
    {"tool_call_request", view_take_tool_request, false},
    {"tool_call_result", view_take_tool_result, false},
    {"member_reask", view_take_reask, false},
    {"member_completed", view_take_member_completed, false},
    {"early_stop", view_take_early_stop, false},
    {"round_completed", view_take_round_completed, false},
    {"sub_run_started", view_take_sub_run, false},
    {"sub_run_completed", view_take_sub_run, false},
    {"sub_run_failed", view_take_sub_run, false},
    {"warning", view_take_warning, false},
    {"cancel_requested", view_take_cancel_requested, false},
    {"run_completed", view_take_end, true},
    {"run_failed", view_take_end, true},
    {"member_token", view_take_token, false},
    {"member_reasoning", view_take_reasoning, false},
};

struct view *view_new(struct screen *screen, bool stream, bool quiet)
{
    struct view *v = xcalloc(1, sizeof *v);
    *v = (struct view){.screen = screen, .stream = stream, .quiet = quiet};
    return v;
}

void view_free(struct view *v)
{
    if (!v)
        return;
    calls_release(&v->calls);
    free(v->round);
    json_decref(v->end);
    free(v);
}

void view_event(struct view *v, const json_t *event)
{
    const char *type = j_str(event, "type", NULL);
    if (!type)
        return;
    if (!strcmp(type, "run_completed") || !strcmp(type, "run_failed")) {
        json_decref(v->end);
        v->end = json_incref((json_t *)event);
        calls_release(&v->calls);
    }
    for (size_t i = 0; i < ARRAY_LEN(VIEW_EVENTS); i++) {
        const struct told_event *row = &VIEW_EVENTS[i];
        if (!strcmp(type, row->type) && (!v->quiet || row->always))
            row->take(v, event);
    }
}

void view_gap(struct view *v, int64_t dropped)
{
    text_addf(screen_out(v->screen), "(%" PRId64 " events were dropped: this reader is too slow)\n",
              dropped);
}

/* One row: who, for how long, and the end of what has been heard. */
static void add_row(struct view *v, struct buf *rows, const struct call_shown *call)
{
    static const char *const frames[] = {"|", "/", "-", "\\"};
    int64_t age = clock_mono_ms() - call->since;
    text_addf(rows, "%s%s%s %s  %s%s%s  ", screen_style(v->screen, STYLE_CYAN),
              frames[age / 150 % 4], screen_style(v->screen, STYLE_PLAIN), call->member,
              screen_style(v->screen, STYLE_DIM), call->model,
              screen_style(v->screen, STYLE_PLAIN));
    text_add_duration(rows, age);
    if (call->thinking)
        text_add(rows, "  (thinking)");
    struct buf tail = BUF_INIT(64 * 1024 * 1024);
    text_escape(&tail, call->text.at, call->text.len, TEXT_LINE);
    size_t used = strlen(call->member) + strlen(call->model) + 20,
           width = screen_columns(v->screen);
    if (tail.len && used + 10 < width) {
        size_t from = text_tail(tail.at, tail.len, width - used);
        text_addf(rows, "  %s%.*s", from ? "..." : "", (int)(tail.len - from), tail.at + from);
    }
    text_add(rows, "\n");
    buf_release(&tail);
}

void view_show(struct view *v)
{
    if (screen_is_live(v->screen) && v->round && !v->quiet) {
        struct buf *rows = screen_rows(v->screen);
        text_addf(rows, "%s%s%s", screen_style(v->screen, STYLE_BOLD), v->round,
                  screen_style(v->screen, STYLE_PLAIN));
        if (v->asked > 1)
            text_addf(rows, ", %" PRId64 " of %" PRId64 " have answered", v->settled, v->asked);
        text_add(rows, ", ");
        text_add_duration(rows, clock_mono_ms() - v->begun);
        text_add(rows, "\n");
        for (const struct call_shown *call = v->calls.first; call; call = call->next)
            add_row(v, rows, call);
    }
    screen_show(v->screen);
}

const json_t *view_end(const struct view *v)
{
    return v->end;
}
