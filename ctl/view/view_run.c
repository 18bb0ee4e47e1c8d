#include "view_run.h"

#include <inttypes.h>

#include "common/clock.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "result_view.h"
#include "story/safe_text.h"
#include "story/tally.h"
#include "view_words.h"

enum { LINE_BYTES = 64 * 1024 * 1024 };

static void add_round_name(struct view *v, struct buf *to, const json_t *event)
{
    text_addf(to, "round %" PRId64, j_int(event, "index", 0) + 1);
    if (v->rounds)
        text_addf(to, " of %" PRId64, v->rounds);
    text_add(to, ": ");
    const json_t *name = json_object_get(event, "name"), *type = j_get(event, "round_type");
    text_add_json(to, name);
    if (type && !json_equal(type, name)) {
        text_add(to, " (");
        text_add_json(to, type);
        text_add(to, ")");
    }
    if (j_int(event, "iteration", 0) > 0)
        text_addf(to, ", iteration %" PRId64, j_int(event, "iteration", 0) + 1);
}

/* ---- the run ---- */

/* The chair stands among the members, but has no label. */
static void add_seats(struct buf *to, const json_t *seats)
{
    const char *between = ", members ";
    size_t i;
    json_t *seat;
    json_array_foreach (seats, i, seat) {
        bool chair = json_is_null(json_object_get(seat, "label"));
        text_add(to, chair ? ", chaired by " : between);
        text_add_json(to, json_object_get(seat, "id"));
        between = ", ";
    }
}

void view_take_run_started(struct view *v, const json_t *event)
{
    struct buf *out = screen_out(v->screen);
    v->rounds = (int64_t)json_array_size(json_object_get(event, "rounds"));
    text_add(out, "run ");
    text_add(out, screen_style(v->screen, STYLE_BOLD));
    text_add_json(out, json_object_get(event, "run_id"));
    text_add(out, screen_style(v->screen, STYLE_PLAIN));
    text_add(out, ", council ");
    text_add_json(out, json_object_get(event, "council_id"));
    add_seats(out, json_object_get(event, "members"));
    text_add(out, "\n");
}

void view_take_run_resumed(struct view *v, const json_t *event)
{
    struct buf *out = screen_out(v->screen);
    text_add(out, "resumed from ");
    text_add_json(out, json_object_get(event, "from_run_id"));
    text_addf(out, ", %" PRId64 " answers are used again\n", j_int(event, "reusable_calls", 0));
}

void view_take_council_selected(struct view *v, const json_t *event)
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

void view_take_end(struct view *v, const json_t *event)
{
    const json_t *result = j_get(event, "result");
    free(v->round);
    v->round = NULL;
    if (!v->quiet)
        text_add(screen_out(v->screen), "\n");
    if (result)
        result_add(v->screen, result);
}

void view_take_cancel_requested(struct view *v, const json_t *event)
{
    struct buf *out = screen_out(v->screen);
    text_add(out, "cancel requested (");
    text_add_json(out, json_object_get(event, "mode"));
    text_add(out, ") by ");
    text_add_json(out, json_object_get(event, "reason"));
    text_add(out, "\n");
}

void view_take_warning(struct view *v, const json_t *event)
{
    struct buf *out = screen_out(v->screen);
    text_addf(out, "  %swarning%s: ", screen_style(v->screen, STYLE_YELLOW),
              screen_style(v->screen, STYLE_PLAIN));
    if (j_get(event, "member_id")) {
        view_add_member(out, event);
        text_add(out, ": ");
    }
    view_add_error(out, event);
    text_add(out, "\n");
}

/* ---- rounds ---- */

void view_take_round_started(struct view *v, const json_t *event)
{
    struct buf name = BUF_INIT(LINE_BYTES);
    add_round_name(v, &name, event);
    struct buf *out = screen_out(v->screen);
    text_addf(out, "\n%s%s%s", screen_style(v->screen, STYLE_BOLD), buf_str(&name),
              screen_style(v->screen, STYLE_PLAIN));
    const json_t *asked = j_get(event, "asked"), *quorum = j_get(event, "quorum");
    if (json_array_size(asked)) {
        text_add(out, ", asking ");
        view_add_names(out, asked, json_is_object(json_array_get(asked, 0)) ? "id" : NULL);
    }
    if (quorum)
        text_addf(out, ", quorum %" PRId64 " of %" PRId64, j_int(quorum, "need", 0),
                  j_int(quorum, "of", 0));
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

void view_take_round_completed(struct view *v, const json_t *event)
{
    struct buf *out = screen_out(v->screen);
    text_add(out, "  round ");
    text_add_json(out, json_object_get(event, "status"));
    add_counts(out, j_get(event, "counts"));
    const json_t *quorum = j_get(event, "quorum");
    if (quorum && !json_is_true(json_object_get(quorum, "met")))
        text_addf(out, "; quorum lost: %" PRId64 " of the %" PRId64 " needed",
                  j_int(quorum, "ok", 0), j_int(quorum, "need", 0));
    text_add(out, "\n");
    if (j_get(event, "aggregate"))
        tally_add(out, json_object_get(event, "aggregate"));
    free(v->round);
    v->round = NULL;
}

void view_take_early_stop(struct view *v, const json_t *event)
{
    struct buf *out = screen_out(v->screen);
    text_add(out, "  ");
    text_add_json(out, json_object_get(event, "leader"));
    text_addf(out,
              " cannot be caught any more: %" PRId64 " ballots cast, %" PRId64 " outstanding\n",
              j_int(event, "cast", 0), j_int(event, "outstanding", 0));
}

/* ---- sub-councils ---- */

void view_take_sub_run(struct view *v, const json_t *event)
{
    struct buf *out = screen_out(v->screen);
    text_add(out, "  sub-council ");
    text_add_json(out, json_object_get(event, "sub_path"));
    text_add(out, " ");
    text_add_json(out, json_object_get(event, "council_id"));
    if (j_get(event, "outcome")) {
        text_add(out, ": ");
        text_add_json(out, json_object_get(event, "outcome"));
    }
    text_add(out, "\n");
}
