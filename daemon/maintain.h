/* What the daemon does on its own: reading its signals, reloading, retention, the watchdog. */
#ifndef DAEMON_MAINTAIN_H
#define DAEMON_MAINTAIN_H

#include "common/error.h"

struct server;

/* Blocks the handled signals and opens the descriptor that reports them. 0 or -errno. */
int maintain_signals(struct server *s, struct error *err);
int maintain_timers(struct server *s); /* 0 or -ENOMEM */
/* Reads all signals that are there; the loop calls it first in every turn. */
void maintain_read_signals(void *server);
/* The number of runs has changed: the service manager hears of it within a second. */
void maintain_status(struct server *s);
/* A record was added, or an hour is over. */
void maintain_retention(struct server *s);

#endif
