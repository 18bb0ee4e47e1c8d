/* The client library: one connection to councild.
 *
 *     client_open(socket, tenant, &c, &err)       -ENOENT or -ECONNREFUSED: there is no daemon
 *     client_on_notification(c, function, arg)
 *     client_call(c, "run.info", params, ...)     sends, waits for the reply
 *     client_step(c, 1000)                        waits for whatever comes and hands it out
 *     client_free(c)
 *
 * Replies are told apart by their id, so calls may overlap: client_send gives the id, client_reply
 * asks for the answer to it. Notifications that arrive while something else is waited for go to the
 * callback at once. When the connection is lost the library itself makes a run.down with the reason
 * `noconnection` for each monitor that is still open, as the protocol asks of clients.
 *
 * Functions return 0 or more on success, else a negative errno with *err filled in; after
 * -ECONNRESET the connection is of no use any more. Memory that runs out ends the process. */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

struct client;

/* One notification, valid during the callback. */
struct client_note {
    const char *method;
    json_t *params;
    const char *event; /* of a run.event: the event's own bytes as they came, else NULL */
    size_t event_len;
};
typedef void (*client_note_fn)(void *arg, const struct client_note *note);

/* What the daemon answered instead of a result. */
struct client_fault {
    json_t *error;      /* {code, message, data}; NULL: no fault */
    const char *reason; /* data.reason, or "" */
};
void client_fault_release(struct client_fault *fault);

/* Connects. socket: the path, or NULL for the tenant's usual places: $XDG_RUNTIME_DIR/councild/
 * TENANT/sock and /run/councild/TENANT/sock, for root in the opposite order. tenant may be NULL
 * (`default`). A daemon whose backlog is full is asked again for some seconds. */
int client_open(const char *socket, const char *tenant, struct client **ret, struct error *err);
/* Takes a connected stream socket over; it is closed by client_free. */
struct client *client_new(int fd);
void client_free(struct client *c);

void client_on_notification(struct client *c, client_note_fn function, void *arg);
int client_fd(const struct client *c); /* for poll: readable means client_step(c, 0) */

/* Sends a request; params (may be NULL) is taken over. Returns the id, or negative. */
int64_t client_send(struct client *c, const char *method, json_t *params, struct error *err);
/* Like client_send, but the reply will be dropped. */
int client_post(struct client *c, const char *method, json_t *params, struct error *err);
/* 1: *ret_result or *ret_fault holds the reply, which the caller releases; 0: not here yet. */
int client_reply(struct client *c, int64_t id, json_t **ret_result, struct client_fault *ret_fault);
/* Waits timeout_ms at most (-1: for ever) for something to read and hands out all that is whole.
 * 1: something came, 0: time over, or a signal. */
int client_step(struct client *c, int timeout_ms, struct error *err);

/* Sends and waits. 0: *ret_result (caller drops it); -EREMOTEIO: *ret_fault. */
int client_call(struct client *c, const char *method, json_t *params, json_t **ret_result,
                struct client_fault *ret_fault, struct error *err);
/* Waits until the daemon closes the connection: 0. */
int client_wait_end(struct client *c, struct error *err);

#endif
