/* What the lines of a runner that is ready mean for its run: events go to those who watch, what it
 * tells of itself is kept, its result is written. */
#ifndef DAEMON_RUN_LINKLINE_H
#define DAEMON_RUN_LINKLINE_H

#include <stdbool.h>

#include "proto/link.h"

struct run;

/* False: the line has no place here (a second ready, an event before it), so it is junk. */
bool linkline_take(struct run *run, struct link_up *up);
/* What `ready` says of the sandbox. */
void linkline_note_sandbox(struct run *run, const struct link_up *up);
/* The runner said that it cannot start, or (up NULL) said nonsense instead: run->cause, unless
 * there is one. */
/* What `ready` says of the sandbox. */
void linkline_note_sandbox(struct run *run, const struct link_up *up);
void linkline_note_cause(struct run *run, struct link_up *up);

#endif
