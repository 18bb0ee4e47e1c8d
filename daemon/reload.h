/* SIGHUP and supervisor.reload: configuration, catalogue, prices and keys anew, all of it or
 * nothing. */
#ifndef DAEMON_RELOAD_H
#define DAEMON_RELOAD_H

#include "common/error.h"

struct server;

/* 0, or -errno and everything as it was; the service manager is told in either case. */
int reload(struct server *s, struct error *err);
/* The same for a desk. */
int reload_root(void *server, struct error *err);

#endif
