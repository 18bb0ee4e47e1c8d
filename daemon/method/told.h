/* What is told to those who asked for the start or the end of a run. */
#ifndef DAEMON_METHOD_TOLD_H
#define DAEMON_METHOD_TOLD_H

#include "daemon/run/runs.h"
#include "daemon/run/start.h"
#include "desk.h"

/* What run.start wants besides the run itself. */
struct start_wishes {
    bool monitor;
    int subscribe; /* enum subscribe */
    json_t *warnings;
};

/* Starts the run and turns the call into a waiting one, or answers start_failed at once. 0 or
 * -errno for internal_error. */
int told_start(struct call *call, struct start_order *order, const struct start_wishes *wishes);
/* The same for who hangs a watch of its own: w with ops, whose request waits in *waiters. w is
 * dropped when nothing comes of it. */
int told_begin(struct call *call, struct start_order *order, struct run_watch *w,
               const struct run_watch_ops *ops, struct pending **waiters);

/* run.terminate: asks for the end and turns the call into a waiting one. 0 or -ENOMEM. */
int told_terminate(struct call *call, struct run *run, int64_t shutdown);

/* start_failed with the run's cause; and the error for requests that wait for a run that outlives
 * SIGKILL. */
void told_refused(const struct run *run, struct pending **waiters);
void told_unkillable(const struct run *run, struct pending **waiters);
json_t *told_identity(const struct run *run); /* {run_id, pid} */

#endif
