/* The end of the daemon: after its last run, orderly, or immediate. Begun here; it goes on by
 * itself, whenever core_nudge says that something it waits for may be over, until it stops the
 * loop. */
#ifndef DAEMON_SHUTDOWN_H
#define DAEMON_SHUTDOWN_H

#include "daemon/core/core.h"

struct server;

int shutdown_init(struct server *s); /* 0 or -ENOMEM */
void shutdown_release(struct server *s);
/* Raises the level; a level that is already reached changes nothing. */
void shutdown_begin(struct server *s, enum stop_level level);

#endif
