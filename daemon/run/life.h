/* The life of a run: which module's turn it is. The table of machine.c says what each event gives
 * in each state; the actions stand here, one for each of its answers. All that happens to a run
 * comes in by these functions or from its runner and its timers, which are tied to it here. */
#ifndef DAEMON_RUN_LIFE_H
#define DAEMON_RUN_LIFE_H

#include "machine.h"
#include "run_view.h"
#include "runs.h"
#include "start.h"

/* 0 with *ret: it is on its way, hang a watch on it now, for nothing is told before the next turn
 * of the loop. 1 with *ret_cause (the caller releases it): it cannot be started. -ENOMEM. */
int life_start(struct runs *t, struct start_order *order, struct run **ret,
               struct reason *ret_cause);

/* Asks for the end of a run. shutdown: SHUTDOWN_DEFAULT for the run's own. The first request of all
 * decides; what it gave is returned (RUN_DO_STOP, _ABORT, _JOIN_FIRST: this was the first; _JOIN;
 * _REFUSE). */
enum run_action life_stop(struct run *run, enum stopped_by by, int64_t shutdown);
/* Passes a cancel on. False: there is no such run, as far as clients can see. */
bool life_cancel(struct run *run, bool now);

/* The one place where a run changes its state: moves it, logs that, does what is to be done. What a
 * caller has to know about the move is returned. May free the run (RUN_DO_CLEAN, _CLEAN_ON). */
enum run_action run_event(struct run *run, enum run_event event);

#endif
