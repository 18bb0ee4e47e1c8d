#include "by_model.h"

#include <string.h>

#include "attempt.h"
#include "call.h"
#include "complete_answer.h"
#include "failure.h"
#include "runner/deliberation/state/answerer.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/state/state.h"
#include "stored.h"
#include "tool_loop.h"

static void begin(struct seat_call *c)
{
    c->answered = answer_take;
    c->e->n_calls++;
    stored_find(c);
    attempt_next(c);
}

static void stop(struct seat_call *c, const char *status, const char *reason)
{
    bool timeout = strcmp(status, "timeout") == 0;
    if (c->state == CALL_RUNNING && json_is_null(json_object_get(c->current, "ended_ms")))
        failure_abort(c, timeout ? "deadline" : "cancelled", timeout ? reason : "cancelled");
    if (c->state == CALL_TOOLS)
        tool_loop_stop(c);
}

static void drain(struct seat_call *c)
{
    if (c->state != CALL_RUNNING)
        call_end(c, "cancelled", "run_cancelled");
}

static void release(struct seat_call *c)
{
    tool_loop_free(c->tools);
}

const struct answerer answered_by_model = {
    .begin = begin,
    .stop = stop,
    .drain = drain,
    .release = release,
};
