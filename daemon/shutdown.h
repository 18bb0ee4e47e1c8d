/* The end of the daemon: orderly or immediate. */
#ifndef DAEMON_SHUTDOWN_H
#define DAEMON_SHUTDOWN_H

#include "daemon/core/core.h"

struct server;

int shutdown_init(struct server *s); /* 0 or -ENOMEM */
void shutdown_release(struct server *s);
/* Raises the level; a level that is already reached changes nothing. */
void shutdown_begin(struct server *s, enum stop_level level);
/* A run is gone or outlives its SIGKILL, or something was flushed: perhaps it was the last. */
void shutdown_advance(struct server *s);

#endif
