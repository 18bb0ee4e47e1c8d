/* The end of a run, from its leader's exit to the DOWN (supervision.md 5.2). */
#ifndef DAEMON_RUN_ENDING_H
#define DAEMON_RUN_ENDING_H

#include <jansson.h>

#include "runs.h"

/* For run_event. ending_finish frees the run. */
void ending_begin(struct run *run);
void ending_go_on(struct run *run);
void ending_finish(struct run *run);

const char *stopped_by_name(enum stopped_by by); /* NULL for none */

#endif
