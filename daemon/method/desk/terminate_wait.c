#include "terminate_wait.h"

#include <errno.h>

#include "common/container.h"
#include "crowd.h"
#include "daemon/run/life.h"
#include "daemon/watch/farewell.h"
#include "serve/pending.h"
#include "told.h"

static void tell_terminators(struct run_watch *w, struct run *run)
{
    struct crowd *crowd = CONTAINER_OF(w, struct crowd, watch);
    json_t *nothing = json_object();
    if (crowd->winner) {
        pending_follow(crowd->winner, farewell_of(pending_conn(crowd->winner), run));
        pending_reply(crowd->winner, nothing);
    }
    while (crowd->waiters) {
        pending_follow(crowd->waiters, farewell_of(pending_conn(crowd->waiters), run));
        pending_error(crowd->waiters, RPC_NOT_FOUND, NULL);
    }
    json_decref(nothing);
    crowd_drop(w);
}

static void tell_terminators_unkillable(struct run_watch *w, struct run *run)
{
    struct crowd *crowd = CONTAINER_OF(w, struct crowd, watch);
    told_unkillable(run, &crowd->winner);
    told_unkillable(run, &crowd->waiters);
}

static const struct run_watch_ops TERMINATE = {.rank = RANK_TERMINATE,
                                               .unkillable = tell_terminators_unkillable,
                                               .ended = tell_terminators,
                                               .refused = tell_terminators,
                                               .drop = crowd_drop};

int terminate_wait(struct call *call, struct run *run, int64_t shutdown)
{
    struct crowd *crowd = crowd_of(run, &TERMINATE);
    struct pending *waiting = crowd ? call_wait(call, &crowd->waiters) : NULL;
    if (!waiting)
        return -ENOMEM;
    enum run_action action = life_stop(run, STOPPED_BY_CLIENT, shutdown);
    if (action == RUN_DO_STOP || action == RUN_DO_ABORT || action == RUN_DO_JOIN_FIRST)
        pending_move(waiting, &crowd->winner);
    return 0;
}
