/* The end of a run, from its leader's exit to the DOWN: the rest of it is killed and proven gone,
 * what it still had to say is read, the record is closed, everybody is told. */
#ifndef DAEMON_RUN_ENDING_H
#define DAEMON_RUN_ENDING_H

#include "runs.h"

/* The actions of life.c. True: it is clean, and ending_finish may follow; false: the timer is set
 * for another look. */
bool ending_begin(struct run *run);
bool ending_go_on(struct run *run);
/* Record, id and slot free, DOWN, replies, in one step. Frees the run. */
void ending_finish(struct run *run);

#endif
