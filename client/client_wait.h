/* Waiting for a daemon, for programs that have nothing else to do: councilctl, say. A program with
 * a loop of its own stays with client.h. Errors as there, and
 *
 *     -ETIMEDOUT    client_call: no reply in time
 *     -EREMOTEIO    client_call: the daemon refused
 *
 * Times are milliseconds; -1 is for ever. */
#ifndef CLIENT_CLIENT_WAIT_H
#define CLIENT_CLIENT_WAIT_H

#include "client.h"

/* client_connect and client_new in one; a daemon whose backlog is full is asked again for some
 * seconds. -ENOENT or -ECONNREFUSED: there is no daemon. */
int client_open(const char *socket, const char *tenant, struct client **ret, struct error *err);

/* Waits until there is something to do, and does a step. 1: something came, 0: the time is over, or
 * a signal came, or something could be written. */
int client_wait(struct client *c, int timeout_ms, struct error *err);

/* Sends and waits for the reply; notifications that come before it go to the callback. 0:
 * *ret_result (caller drops it; NULL if the daemon gave none); -EREMOTEIO: *ret_fault. When the
 * time is over the reply will be dropped. params is taken over. */
int client_call(struct client *c, const char *method, json_t *params, int timeout_ms,
                json_t **ret_result, struct client_fault *ret_fault, struct error *err);

/* Waits until the daemon closes the connection: 0. */
int client_wait_end(struct client *c, struct error *err);

#endif
