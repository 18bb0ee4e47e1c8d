#include "told.h"

#include <errno.h>
#include <stdlib.h>

#include "common/container.h"
#include "crowd.h"
#include "daemon/run/life.h"
#include "daemon/watch/farewell.h"
#include "daemon/watch/monitor.h"
#include "daemon/watch/subscribe.h"
#include "desk.h"
#include "proto/json/json_make.h"

/* ---- what is said ---- */

json_t *told_identity(const struct run *run)
{
    return json_pack("{s:s, s:i}", "run_id", run->run_id, "pid", (int)run->pid);
}

void told_unkillable(const struct run *run, struct pending **waiters)
{
    json_t *data = told_identity(run);
    pendings_error(waiters, RPC_UNKILLABLE, data);
    json_decref(data);
}

static json_t *cause_json(const struct reason *cause)
{
    json_t *json = reason_to_json(cause);
    return json ? json_pack("{s:o}", "cause", json) : NULL;
}

void told_refused(const struct run *run, struct pending **waiters)
{
    json_t *data = cause_json(&run->cause);
    pendings_error(waiters, RPC_START_FAILED, data);
    json_decref(data);
}

/* ---- the start ---- */

int told_begin(struct call *call, struct start_order *order, struct run_watch *w,
               const struct run_watch_ops *ops, struct pending **waiters)
{
    struct run *run;
    struct reason cause = {0};
    int r = life_start(call_desk(call)->runs, order, &run, &cause);
    if (r == 0 && call_wait(call, waiters)) {
        run_watch_hang(&run->watches, w, ops);
        return 0;
    }
    ops->drop(w);
    if (r == 0) {
        life_stop(run, STOPPED_BY_NONE, SHUTDOWN_DEFAULT);
        return -ENOMEM;
    }
    if (r > 0)
        r = call_error(call, RPC_START_FAILED, cause_json(&cause));
    reason_release(&cause);
    return r;
}

/* Who waits for the ready of a run. */
struct start_wait {
    struct run_watch watch;
    struct pending *waiters; /* the one that asked, unless it is gone */
    struct start_wishes wishes;
    struct watchers *watchers;
};

static void drop_start(struct run_watch *w)
{
    struct start_wait *wait = CONTAINER_OF(w, struct start_wait, watch);
    json_decref(wait->wishes.warnings);
    free(wait);
}

static int add_watchers(const struct start_wait *wait, struct run *run, struct conn *c,
                        json_t *result)
{
    const struct start_wishes *wishes = &wait->wishes;
    const char *ref = wishes->monitor ? monitor_new(wait->watchers, c, run) : "";
    if (!ref || (*ref && !json_put(result, "ref", json_string(ref))))
        return -ENOMEM;
    ref = wishes->subscribe != SUBSCRIBE_NONE
              ? subscription_new_live(wait->watchers, c, run, wishes->subscribe == SUBSCRIBE_DELTAS)
              : "";
    if (!ref || (*ref && !json_put(result, "subscription", json_string(ref))))
        return -ENOMEM;
    return 0;
}

static void answer_success(const struct start_wait *wait, struct run *run, struct pending *p)
{
    json_t *result = json_pack("{s:s, s:i, s:s, s:O?}", "run_id", run->run_id, "pid", (int)run->pid,
                               "council_id", run->council_id, "warnings", wait->wishes.warnings);
    if (!result || add_watchers(wait, run, pending_conn(p), result))
        pending_error(p, RPC_INTERNAL_ERROR, NULL);
    else
        pending_reply(p, result);
    json_decref(result);
}

static void tell_ready(struct run_watch *w, struct run *run)
{
    struct start_wait *wait = CONTAINER_OF(w, struct start_wait, watch);
    if (wait->waiters)
        answer_success(wait, run, wait->waiters);
    run_watch_take(&run->watches, w);
    drop_start(w);
}

static void tell_start_unkillable(struct run_watch *w, struct run *run)
{
    struct start_wait *wait = CONTAINER_OF(w, struct start_wait, watch);
    told_unkillable(run, &wait->waiters);
}

static void tell_refused(struct run_watch *w, struct run *run)
{
    struct start_wait *wait = CONTAINER_OF(w, struct start_wait, watch);
    told_refused(run, &wait->waiters);
    drop_start(w);
}

static const struct run_watch_ops START = {.rank = RANK_START,
                                           .ready = tell_ready,
                                           .unkillable = tell_start_unkillable,
                                           .refused = tell_refused,
                                           .drop = drop_start};

int told_start(struct call *call, struct start_order *order, const struct start_wishes *wishes)
{
    struct start_wait *wait = calloc(1, sizeof(*wait));
    if (!wait)
        return -ENOMEM;
    wait->wishes = *wishes;
    wait->watchers = call_desk(call)->watchers;
    json_incref(wishes->warnings);
    return told_begin(call, order, &wait->watch, &START, &wait->waiters);
}

/* ---- run.terminate ---- */

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

int told_terminate(struct call *call, struct run *run, int64_t shutdown)
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
