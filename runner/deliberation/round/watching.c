#include "watching.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/xalloc.h"
#include "proto/council/tables/kinds.h"
#include "proto/council/tables/words.h"

#include "call_queue.h"
#include "calls_end.h"
#include "quorum.h"
#include "round_type.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/words/need.h"

static bool failed_seat(const struct seat_call *c)
{
    static const char *const failures[] = {"error", "timeout", "invalid_output", "budget"};
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++)
        if (c->state == CALL_DONE && strcmp(c->status, failures[i]) == 0)
            return true;
    return false;
}

void watch_fail_fast(struct round *r)
{
    struct seat_call *c;
    if (r->stopping ||
        need_word(r->doc, "failure_mode", FAILURE_MODE_NAMES) != FAILURE_MODE_FAIL_FAST)
        return;
    DL_FOREACH (r->calls, c) {
        if (!failed_seat(c) || c->kind != CALL_KIND_MEMBER)
            continue;
        char *message = xasprintf("member %s failed: %s", c->seat->id, c->reason);
        council_fail(r->council, "failed", "member_failed", message);
        free(message);
        round_end_calls(r, "cancelled", "fail_fast");
        return;
    }
}

/* A run that is being drained lets those finish that are under way: they are paid for. */
void watch_quorum(struct round *r)
{
    if (r->stopping || council_cancelled(r->council) || r->type->kind->asks != ASKS_MEMBERS ||
        !quorum_loss_refuses(r))
        return;
    int pending = queue_pending(r);
    if (pending > 0 && quorum_ok(r) + pending < r->need)
        round_end_calls(r, "cancelled", "quorum_unreachable");
}
