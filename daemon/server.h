/* The daemon as one object. main makes it, the loop drives it.
 *
 *     server_new(config, origin, &server, &err)    takes the place, serves, READY=1 too
 *     server_run(server)                           until it has stopped: the exit status
 *     server_free(server)
 *
 * Its stop is an ordered enum that only rises (stop levels), advanced in one place (shutdown.c). */
#ifndef DAEMON_SERVER_H
#define DAEMON_SERVER_H

#include "common/error.h"

struct config;
struct process_origin;
struct server;

/* Takes the configuration, also on failure. 0 with *ret, or -errno. */
int server_new(struct config *config, const struct process_origin *origin, struct server **ret,
               struct error *err);
int server_run(struct server *s);
void server_free(struct server *s);

#endif
