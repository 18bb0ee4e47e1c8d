/* Starting a run without following it. */
#ifndef CTL_START_H
#define CTL_START_H

#include "ctl.h"

/* Starts the run that the command line describes, prints its run_id (with --json the reply) and
 * gives the exit status. */
int start_detached(const struct ctl *ctl);
/* The warnings of a start, on stderr. */
void start_warnings(const json_t *warnings);

#endif
