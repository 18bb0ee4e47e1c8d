/* What the service manager is told from time to time: that the daemon lives, and how many runs it
 * has. */
#ifndef DAEMON_CORE_STATUS_H
#define DAEMON_CORE_STATUS_H

#include "core.h"

/* Feeds the watchdog from now on, if there is one. 0 or -ENOMEM; core_release ends it. */
int status_init(struct core *c);
/* So many runs are there now: the service manager hears of it within a second. */
void status_runs(struct core *c, size_t count);
/* It hears at once how it stands. */
void status_tell(struct core *c);

#endif
