/* terminate_all: one request waits for the end of many runs, and is answered when the last of them
 * is gone.
 *
 *     b = batch_new(); call_wait(call, batch_waiters(b));
 *     batch_add(b, run) for each run, before any of them is touched
 *     ... the runs are stopped ...
 *     batch_seal(b);               answers at once when there are none; it is its own from here on
 */
#ifndef DAEMON_METHOD_DESK_BATCH_H
#define DAEMON_METHOD_DESK_BATCH_H

struct batch;
struct pending;
struct run;

struct batch *batch_new(void); /* NULL: no memory; freed when it has answered */
struct pending **batch_waiters(struct batch *b);
int batch_add(struct batch *b, struct run *run); /* 0 or -ENOMEM */
void batch_seal(struct batch *b);

#endif
