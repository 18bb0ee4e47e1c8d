/* The course of a round: its stages, its calls, its end. */
#include "round.h"

#include <math.h>
#include <stdlib.h>
#include <utlist.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/kinds.h"
#include "proto/council/tables/words.h"

#include "call_queue.h"
#include "calls_end.h"
#include "quorum.h"
#include "round_close.h"
#include "round_open.h"
#include "round_type.h"
#include "runner/deliberation/call/call.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/engine_timer.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/words/need.h"
#include "stage.h"
#include "watching.h"

struct round *round_new(struct council *c, const struct round_plan *plan)
{
    struct round *r = xcalloc(1, sizeof *r);
    r->council = c;
    r->type = plan->type;
    r->stages = plan->stages;
    r->doc = plan->doc;
    r->opts = j_get(plan->doc, "opts");
    r->index = plan->index;
    r->iteration = plan->iteration;
    r->name = plan->name;
    r->key = xasprintf("%sr%di%d", c->path, plan->index, plan->iteration);
    r->asked = j_array();
    r->unavailable = j_array();
    r->skipped = j_array();
    r->status = "completed";
    r->agreement = NAN;
    r->converged = -1;
    r->pretend = -1;
    r->started_ms = c->e->now;
    r->max_parallel = (int)need_int(plan->doc, "max_parallel");
    if (r->max_parallel > c->e->max_parallel)
        r->max_parallel = c->e->max_parallel;
    return r;
}

void round_free(struct round *r)
{
    struct seat_call *c, *next;
    if (!r)
        return;
    engine_timer_clear(r->council->e, &r->timer);
    DL_FOREACH_SAFE (r->calls, c, next) {
        DL_DELETE(r->calls, c);
        call_free(c);
    }
    json_decref(r->asked);
    json_decref(r->unavailable);
    json_decref(r->skipped);
    json_decref(r->routed);
    json_decref(r->aggregate);
    json_decref(r->remaining);
    json_decref(r->matches);
    json_decref(r->weights);
    json_decref(r->early_stop);
    if (r->type->release)
        r->type->release(r);
    free(r->key);
    free(r);
}

/* ---- stages ---- */

static void next_stage(struct round *r)
{
    r->stage++;
    r->step = 0;
}

/* True when it is known who is asked. */
static bool decide(struct round *r)
{
    for (; r->stages[r->stage]; next_stage(r))
        if (r->stages[r->stage]->before && r->stages[r->stage]->before(r) == MORE_CALLS)
            return false;
    r->stage = r->step = 0;
    return true;
}

/* True when nothing is left to be asked. */
static bool finish(struct round *r)
{
    for (; r->stages[r->stage]; next_stage(r))
        if (r->stages[r->stage]->after && r->stages[r->stage]->after(r) == MORE_CALLS)
            return false;
    return true;
}

/* ---- the course ---- */

static void on_deadline(void *arg)
{
    struct round *r = arg;
    round_end_calls(r, "timeout", r->end_reason);
}

static bool needs_answers(const struct round *r)
{
    return r->type->needs_answers || (r->type->over_answers && r->type->over_answers(r));
}

/* A council that only votes over options has no answers, but ballots and reasons for its chair to
 * weigh; choosing one of no answers is beyond any chair. */
static bool chair_needs_answers(const struct round *r)
{
    return r->type->kind->asks == ASKS_CHAIR &&
           (!r->council->any_ok || !r->council->last_aggregate ||
            need_word(r->opts, "mode", CHAIR_MODE_NAMES) == CHAIR_MODE_SELECT);
}
void round_start(struct round *r)
{
    struct council *c = r->council;
    int answers = council_candidates(c, NULL);
    if (answers == 0 &&
        (needs_answers(r) || chair_needs_answers(r) || r->type->kind->asks == ASKS_JUDGES)) {
        council_fail(c, "failed", "no_answers", "no member has an answer");
        round_skip(r, "no_answers");
        return;
    }
    if (r->type->kind->asks == ASKS_CHAIR) {
        r->phase = ROUND_CALLS;
        round_ask_chair(r);
        return;
    }
    if (answers == 1 && needs_answers(r)) {
        round_skip(r, "not_enough_answers");
        return;
    }
    round_set_end(r);
    if (r->type->kind->asks == ASKS_JUDGES) {
        r->phase = ROUND_CALLS;
        r->type->open(r);
        round_tell_started(r);
        engine_timer_set(c->e, &r->timer, r->end_ms, on_deadline, r);
        return;
    }
    engine_timer_set(c->e, &r->timer, r->end_ms, on_deadline, r);
    if (decide(r))
        round_ask_members(r);
}

/* The type's own word on what its calls have come to. */
static enum conclusion conclude(struct round *r)
{
    return r->type->conclude ? r->type->conclude(r) : CONCLUDED;
}

const struct round_stage conclude_stage = {.after = conclude};

bool round_step(struct round *r)
{
    bool moved = false;
    if (r->phase == ROUND_CLOSED)
        return false;
    if (!council_cancelled(r->council) && !r->stopping)
        moved = queue_begin(r);
    moved |= queue_step(r);
    if (r->phase == ROUND_CALLS) {
        watch_fail_fast(r);
        watch_quorum(r);
    }
    if (r->phase == ROUND_CALLS && r->type->watch && quorum_ok(r) >= r->need)
        r->type->watch(r);
    if (queue_pending(r) > 0)
        return moved;
    if (r->phase == ROUND_BEFORE) {
        r->stopping = false;
        if (decide(r))
            round_ask_members(r);
    } else if (finish(r)) {
        round_close(r);
    }
    return true;
}
