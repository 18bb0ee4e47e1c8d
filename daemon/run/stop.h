/* Ending a run that lives: the stop sequence (TERM, CONT, later KILL), the deadline, and what is
 * told when even SIGKILL does not help. One sequence per run. */
#ifndef DAEMON_RUN_STOP_H
#define DAEMON_RUN_STOP_H

#include "proto/methods.h"
#include "runs.h"

struct pending;
struct server;

/* Asks for the end of a run. shutdown: SHUTDOWN_DEFAULT for the run's own. The first request of all
 * decides; what it gave is returned (RUN_DO_STOP, _ABORT, _JOIN_FIRST: this was the first; _JOIN;
 * _REFUSE). */
enum run_action stop_request(struct run *run, enum stopped_by by, int64_t shutdown);

/* For run_event. */
void stop_begin(struct run *run);
void stop_climb(struct run *run);
void stop_deadline(struct run *run);

/* The error for requests that wait for a run that outlives SIGKILL. */
void stop_tell_unkillable(const struct run *run, struct pending **waiters);

/* SIGKILL to the whole run now, whatever its S is. */
void stop_kill(struct run *run);
/* The daemon stops: `infinity` ends at stop_limit, also in a sequence that has begun. */
void stop_limit(struct run *run);

/* terminate_all: the waiting request in `waiters` becomes a batch that is answered when the last of
 * `count` runs is gone. */
struct batch;
struct batch *batch_new(void); /* NULL: no memory; freed when it has answered */
struct pending **batch_waiters(struct batch *b);
int batch_add(struct batch *b, struct run *run); /* 0 or -ENOMEM */
/* All runs are in it: answers at once when there are none. */
void batch_seal(struct batch *b);
/* The run is gone: every batch that waits for it. */
void batches_leave(struct run *run);

#endif
