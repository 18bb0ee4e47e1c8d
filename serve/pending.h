/* A request that waits for its answer. It stands in two lists: its connection's, with which it goes
 * when the client goes (nothing else is cancelled then), and that of what it waits for. */
#ifndef SERVE_PENDING_H
#define SERVE_PENDING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "proto/rpc.h"
#include "timer.h"

struct conn;
struct farewell;

struct pending {
    struct conn *conn;
    struct pending **list; /* what it waits for */
    struct pending *prev, *next;
    struct pending *conn_prev, *conn_next;
    bool first;              /* of those who asked for this end: gets the success */
    struct farewell *behind; /* DOWNs that have to go first; NULL: none */
    struct timer timer;      /* run.await with a time limit */
    size_t id_len;
    char id[]; /* as sent */
};

/* Puts a request into both lists. NULL: no memory. */
struct pending *pending_new(struct conn *conn, struct json_span id, struct pending **list);
/* Forgets it without an answer. NULL is fine. */
void pending_free(struct pending *p);
/* It waits for something else from now on. */
void pending_move(struct pending *p, struct pending **list);
/* Everything that waits on a connection. */
void pendings_drop(struct conn *c);

/* Answer and free. Behind a farewell of the connection (subscribe.h), so that no DOWN comes after
 * it. When memory runs out even for an internal_error the connection is given up: a client must
 * not wait for ever. */
void pending_reply(struct pending *p, const json_t *result);
void pending_reply_raw(struct pending *p, struct json_span result);
void pending_error(struct pending *p, enum rpc_reason reason, const json_t *data);
/* The same to a whole list. */
void pendings_error(struct pending **list, enum rpc_reason reason, const json_t *data);

#endif
