/* Ending a run that lives: the stop sequence (TERM, CONT, later KILL), the deadline, and what is
 * told when even SIGKILL does not help. One sequence per run. To ask for one: life_stop. */
#ifndef DAEMON_RUN_STOP_H
#define DAEMON_RUN_STOP_H

#include "runs.h"

/* The actions of life.c. */
void stop_begin(struct run *run);
void stop_climb(struct run *run);
/* False: the deadline was told just now, the run has a moment to obey. True: that moment is over,
 * it is to be stopped. */
bool stop_deadline(struct run *run);

/* SIGKILL to the whole run now, whatever its S is; does nothing when it was sent before. */
void stop_at_once(struct run *run);
/* The daemon stops: `infinity` ends at stop_limit, also in a sequence that has begun. */
void stop_limit(struct run *run);

#endif
