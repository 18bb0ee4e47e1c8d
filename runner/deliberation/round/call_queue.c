#include "call_queue.h"

#include <utlist.h>

#include "answers.h"
#include "round_type.h"
#include "runner/deliberation/call/attempt.h"
#include "runner/deliberation/call/call.h"
#include "runner/deliberation/call/stored.h"
#include "runner/deliberation/state/answerer.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"

/* A speaker reads what was said before it in this round. Others who are asked (judges, samples)
 * have their question already. */
static void take_turn(struct round *r, struct seat_call *c)
{
    struct seat_call *earlier;
    if (c->kind != CALL_KIND_MEMBER)
        return;
    DL_FOREACH (r->calls, earlier)
        if (earlier->state == CALL_DONE && call_ok(earlier) && earlier->reading.answer)
            round_set_answer(r, earlier);
    call_unprepare(c);
    r->type->prepare(r, c);
}

/* The next call to leave the queue: in document order, but answers that are reused in the order in
 * which they came, so that warnings and an early stop find what they found before. */
static struct seat_call *next_queued(const struct round *r)
{
    struct seat_call *c, *best = NULL;
    DL_FOREACH (r->calls, c)
        if (c->state == CALL_QUEUED &&
            (!best || stored_answered_seq(c) < stored_answered_seq(best)))
            best = c;
    return best;
}

static struct seat_call *next_speaker(const struct round *r)
{
    struct seat_call *c;
    DL_FOREACH (r->calls, c)
        if (c->state == CALL_QUEUED)
            return c;
    return NULL;
}

static int count_active(const struct round *r)
{
    struct seat_call *c;
    int active = 0;
    DL_FOREACH (r->calls, c)
        active += c->state != CALL_QUEUED && c->state != CALL_DONE;
    return active;
}

bool queue_begin(struct round *r)
{
    struct seat_call *c;
    bool moved = false;
    while (count_active(r) < (r->sequential ? 1 : r->max_parallel)) {
        c = r->sequential ? next_speaker(r) : next_queued(r);
        if (!c)
            break;
        if (r->sequential)
            take_turn(r, c);
        call_begin(c);
        moved = true;
    }
    DL_FOREACH (r->calls, c) {
        attempt_retry_money(c);
    }
    return moved;
}

int queue_pending(const struct round *r)
{
    int n = 0;
    struct seat_call *c;
    DL_FOREACH (r->calls, c) {
        n += c->state != CALL_DONE;
    }
    return n;
}

bool queue_step(struct round *r)
{
    bool moved = false;
    struct seat_call *c;
    DL_FOREACH (r->calls, c)
        if (c->state == CALL_ELSEWHERE && c->seat->answerer->step)
            moved |= c->seat->answerer->step(c);
    return moved;
}
