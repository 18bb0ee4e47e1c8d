/* SIGHUP: configuration, catalogue, prices and keys anew, all of it or nothing. */
#ifndef DAEMON_RELOAD_H
#define DAEMON_RELOAD_H

struct server;

void reload(struct server *s);

#endif
