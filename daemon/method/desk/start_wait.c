#include "start_wait.h"

#include <errno.h>
#include <stdlib.h>

#include "common/container.h"
#include "daemon/run/life.h"
#include "daemon/run/watch.h"
#include "daemon/watch/monitor.h"
#include "daemon/watch/subscribe.h"
#include "proto/json/json_make.h"
#include "serve/pending.h"
#include "told.h"

int start_watched(struct call *call, struct start_order *order, struct run_watch *w,
                  const struct run_watch_ops *ops, struct pending **waiters)
{
    struct run *run;
    struct reason cause = {0};
    int r = life_start(call_desk(call)->runs, order, &run, &cause);
    if (r == 0 && call_wait(call, waiters)) {
        run_watch_hang(run_watches(run), w, ops);
        return 0;
    }
    ops->drop(w);
    if (r == 0) {
        life_stop(run, STOPPED_BY_NONE, SHUTDOWN_DEFAULT);
        return -ENOMEM;
    }
    if (r > 0)
        r = call_error_data(call, RPC_START_FAILED, told_cause(&cause));
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
    const struct run_view seen = run_view(run);
    json_t *result = json_pack("{s:s, s:i, s:s, s:O?}", "run_id", seen.run_id, "pid", (int)seen.pid,
                               "council_id", seen.council_id, "warnings", wait->wishes.warnings);
    bool ok = result && (!wait->wishes.again || json_put(result, "already", json_true()));
    if (!ok || add_watchers(wait, run, pending_conn(p), result))
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
    subscription_settle_deltas(run); /* who asked for them may have left */
    run_watch_take(run_watches(run), w);
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

static struct start_wait *new_wait(const struct call *call, const struct start_wishes *wishes)
{
    struct start_wait *wait = calloc(1, sizeof(*wait));
    if (!wait)
        return NULL;
    wait->wishes = *wishes;
    wait->watchers = call_desk(call)->watchers;
    json_incref(wishes->warnings);
    return wait;
}

int start_wait(struct call *call, struct start_order *order, const struct start_wishes *wishes)
{
    struct start_wait *wait = new_wait(call, wishes);
    return wait ? start_watched(call, order, &wait->watch, &START, &wait->waiters) : -ENOMEM;
}

int start_wait_again(struct call *call, struct run *run, const struct start_wishes *wishes)
{
    struct start_wait *wait = new_wait(call, wishes);
    if (!wait)
        return -ENOMEM;
    if (!call_wait(call, &wait->waiters)) {
        drop_start(&wait->watch);
        return -ENOMEM;
    }
    run_watch_hang(run_watches(run), &wait->watch, &START);
    return 0;
}
