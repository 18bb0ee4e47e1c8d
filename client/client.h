/* The control socket from the other side: one connection to councild, for programs with a loop of
 * their own. Nothing here waits, prints or ends the process; client_wait.h has what a program does
 * that has nothing else to do meanwhile.
 *
 *     client_connect(socket, tenant, &fd, &err)   connect.h: one attempt
 *     client_new(fd, &limits, &c, &err)
 *     client_on_notification(c, function, arg)
 *     id = client_send(c, "run.info", params, &err)
 *     client_fd(c) and client_wants_write(c)      what to watch; then
 *     client_step(c, &err)                        hands out what has come
 *     client_reply(c, id, &result, &fault)        1 once the answer is there
 *     client_free(c)
 *
 * Replies are told apart by their id, so any number of calls may be under way. Notifications go to
 * the callback from inside client_step, in the order in which they came; the callback may send, it
 * may not step or free. To follow a run is to call run.subscribe and take its notifications.
 *
 * When the connection is lost the library itself makes a run.down with the reason `noconnection`
 * for each monitor that is still open, as the protocol asks of clients.
 *
 * What is queued is bounded in both ways: the bytes that wait to be written, the calls under way
 * (whose replies may be waiting to be fetched), and the line that is coming in.
 *
 * Errors: 0 or more on success, else a negative errno with *err filled in (err may be NULL).
 *
 *     -ENOMEM       memory is out
 *     -EBUSY        limits.calls are under way; fetch or forget some
 *     -EAGAIN       limits.queue bytes wait to be written; step first
 *     -EMSGSIZE     client_send: a request longer than limits.queue;
 *                   client_step: a line longer than limits.line
 *     -EPROTO       the daemon sent a line that is not JSON
 *     -ECONNRESET   the connection is lost
 *
 * A request that was refused has left nothing behind, the connection is as before. After an error
 * of client_step it is of no use any more: the next step loses it (the DOWNs are made,
 * -ECONNRESET), and there is nothing left to do but to fetch replies that came before, and
 * client_free. */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

struct client;

/* 0 in a member: the default, which is more than any daemon may be set to send. */
struct client_limits {
    size_t line;  /* bytes of one line that comes in; 256 MiB */
    size_t queue; /* bytes that wait to be written; 256 MiB */
    size_t calls; /* calls under way, replies not fetched included; 4096 */
};

/* One notification, valid during the callback. */
struct client_note {
    const char *method;
    json_t *params;    /* NULL: none came */
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

/* Takes a connected stream socket over; it is closed by client_free. On failure it stays the
 * caller's. limits may be NULL. */
int client_new(int fd, const struct client_limits *limits, struct client **ret, struct error *err);
void client_free(struct client *c);

/* function may be NULL: nobody listens. */
void client_on_notification(struct client *c, client_note_fn function, void *arg);

/* For poll: readable means client_step, and so does writable while client_wants_write. */
int client_fd(const struct client *c);
bool client_wants_write(const struct client *c);

/* Sends a request; params (may be NULL) is taken over, also on failure. Returns the id. What cannot
 * be written at once is queued. */
int64_t client_send(struct client *c, const char *method, json_t *params, struct error *err);
/* Like client_send, but the reply will be dropped. 0. */
int client_post(struct client *c, const char *method, json_t *params, struct error *err);
/* Drops the reply to a call, whether it is there or still to come. */
void client_forget(struct client *c, int64_t id);

/* Writes and reads what can be without waiting, and hands out all lines that are whole. 1:
 * something came, 0: nothing. */
int client_step(struct client *c, struct error *err);

/* 1: the reply is there, the call is over: *ret_result (may be NULL when there is a fault) and
 * *ret_fault are the caller's to release; 0: not here yet. */
int client_reply(struct client *c, int64_t id, json_t **ret_result, struct client_fault *ret_fault);

#endif
