#include "calls_end.h"

#include <utlist.h>

#include "runner/deliberation/call/call.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat_call.h"

void round_drain(struct round *r, bool now)
{
    struct seat_call *c;
    if (!r || r->phase == ROUND_CLOSED)
        return;
    DL_FOREACH (r->calls, c) {
        if (now)
            call_end(c, "cancelled", "run_cancelled");
        else
            call_drain(c);
    }
}

void round_end_calls(struct round *r, const char *status, const char *reason)
{
    struct seat_call *c;
    r->stopping = true;
    DL_FOREACH (r->calls, c) {
        call_end(c, status, reason);
    }
}
