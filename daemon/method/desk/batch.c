#include "batch.h"

#include <errno.h>
#include <stdlib.h>

#include "common/container.h"
#include "daemon/run/runs.h"
#include "daemon/run/watch.h"
#include "serve/pending.h"
#include "told.h"

struct batch {
    struct pending *waiters; /* one, or none when its client has gone */
    int64_t count;           /* size of the snapshot */
    int64_t left;
    bool sealed;
};

/* Its place in the batch; hangs on the run. */
struct batch_seat {
    struct run_watch watch;
    struct batch *batch;
};

struct batch *batch_new(void)
{
    return calloc(1, sizeof(struct batch));
}

struct pending **batch_waiters(struct batch *b)
{
    return &b->waiters;
}

static void finish_if_done(struct batch *b)
{
    if (b->left || !b->sealed)
        return;
    json_t *result = json_pack("{s:I}", "count", (json_int_t)b->count);
    while (b->waiters) {
        pending_follow_all(b->waiters);
        pending_reply(b->waiters, result);
    }
    json_decref(result);
    free(b);
}

/* ---- one of its runs ---- */

static void drop(struct run_watch *w)
{
    struct batch_seat *seat = CONTAINER_OF(w, struct batch_seat, watch);
    seat->batch->left--;
    finish_if_done(seat->batch);
    free(seat);
}

static void tell_gone(struct run_watch *w, struct run *run)
{
    (void)run;
    drop(w);
}

static void tell_unkillable(struct run_watch *w, struct run *run)
{
    struct batch_seat *seat = CONTAINER_OF(w, struct batch_seat, watch);
    told_unkillable(run, batch_waiters(seat->batch));
}

static const struct run_watch_ops BATCH = {.rank = RANK_BATCH,
                                           .unkillable = tell_unkillable,
                                           .ended = tell_gone,
                                           .refused = tell_gone,
                                           .drop = drop};

int batch_add(struct batch *b, struct run *run)
{
    struct batch_seat *seat = calloc(1, sizeof(*seat));
    if (!seat)
        return -ENOMEM;
    seat->batch = b;
    run_watch_hang(run_watches(run), &seat->watch, &BATCH);
    b->count++;
    b->left++;
    return 0;
}

void batch_seal(struct batch *b)
{
    b->sealed = true;
    finish_if_done(b);
}
