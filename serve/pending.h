/* A call that waits for its answer. It stands in two lists: its connection's parts, with which it
 * goes when the client goes (nothing else is cancelled then), and that of what it waits for, which
 * is its owner's: a pointer that is NULL at first, and again when nobody waits any more.
 *
 *     struct pending *waiters = NULL;
 *     call_wait(call, &waiters);            or pending_new
 *     ...
 *     while (waiters)
 *         pending_reply(waiters, result);   answers and frees it */
#ifndef SERVE_PENDING_H
#define SERVE_PENDING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "part.h"
#include "proto/rpc.h"
#include "timer.h"

struct conn;
struct out_place;

struct pending {
    struct conn_part part;
    struct conn *conn;
    struct pending **list; /* what it waits for */
    struct pending *prev, *next;
    struct out_place *behind; /* lines that have to go before the answer; NULL: none */
    bool last;                /* so has everything that has a place on the connection */
    struct timer timer;       /* the owner's, released with it; zeroed at first */
    size_t id_len;
    char id[]; /* as sent */
};

/* Puts a request into both lists. NULL: no memory. */
struct pending *pending_new(struct conn *conn, struct json_span id, struct pending **list);
/* Forgets it without an answer. NULL is fine. */
void pending_free(struct pending *p);
/* It waits for something else from now on. */
void pending_move(struct pending *p, struct pending **list);

/* Answer (see rpc_answer.h) and free. A NULL result is internal_error. */
void pending_reply(struct pending *p, const json_t *result);
void pending_reply_raw(struct pending *p, struct json_span result);
void pending_error(struct pending *p, enum rpc_reason reason, const json_t *data);
/* The same to a whole list. */
void pendings_error(struct pending **list, enum rpc_reason reason, const json_t *data);

#endif
