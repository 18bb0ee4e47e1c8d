/* What one line of a runner means for its run. */
#ifndef DAEMON_RUN_LINKLINE_H
#define DAEMON_RUN_LINKLINE_H

#include <stdbool.h>

#include "proto/link.h"

struct run;

/* False: the line has no place here (a second ready, an event before it), so it is junk. */
bool linkline_take(struct run *run, struct link_up *up);
/* A line that is none. Before ready it makes the start fail. */
void linkline_nonsense(struct run *run);

#endif
