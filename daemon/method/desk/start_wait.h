/* Starting a run for a request that waits until it is ready. */
#ifndef DAEMON_METHOD_DESK_START_WAIT_H
#define DAEMON_METHOD_DESK_START_WAIT_H

#include "daemon/run/runs.h"
#include "daemon/run/start.h"
#include "daemon/run/watch.h"
#include "desk.h"

/* What run.start wants besides the run itself. */
struct start_wishes {
    bool monitor;
    int subscribe; /* enum subscribe */
    json_t *warnings;
    bool again; /* it was asked for before */
};

/* Starts the run and turns the call into a waiting one, or answers start_failed at once. 0 or
 * -errno for internal_error. */
int start_wait(struct call *call, struct start_order *order, const struct start_wishes *wishes);
/* Waits for a run that is starting already. 0 or -ENOMEM. */
int start_wait_again(struct call *call, struct run *run, const struct start_wishes *wishes);
/* The same as start_wait for who hangs a watch of its own: w with ops, whose request waits in
 * *waiters. w is dropped when nothing comes of it. */
int start_watched(struct call *call, struct start_order *order, struct run_watch *w,
                  const struct run_watch_ops *ops, struct pending **waiters);

#endif
