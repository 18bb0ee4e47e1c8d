/* The daemon's own signals: read from a descriptor, first thing in every turn of the loop. */
#ifndef DAEMON_SIGNALS_H
#define DAEMON_SIGNALS_H

#include "common/error.h"

struct server;

/* Blocks the handled signals and opens the descriptor that reports them. 0 or -errno. */
int signals_open(struct server *s, struct error *err);
/* Reads all signals that are there; a hook of the loop. */
void signals_read(void *server);

#endif
