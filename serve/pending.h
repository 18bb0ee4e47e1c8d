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
#include <stdint.h>

#include "proto/json/json_scan.h"
#include "proto/rpc_reasons.h"

struct conn;
struct loop;
struct out_place;
struct pending;
struct receipt;

/* Puts a request into both lists. NULL: no memory. */
struct pending *pending_new(struct conn *conn, struct json_span id, struct pending **list);
/* Takes it: it is told of the answer, or that there is nobody to answer. May be NULL. */
void pending_set_receipt(struct pending *p, struct receipt *receipt);
/* Forgets it without an answer. NULL is fine. */
void pending_free(struct pending *p);
/* It waits for something else from now on. */
void pending_move(struct pending *p, struct pending **list);
struct conn *pending_conn(const struct pending *p);

/* The answer has to follow what is put into this place of its connection (NULL: into none), which
 * has to be there still when the answer is given. */
void pending_follow(struct pending *p, struct out_place *place);
/* The answer has to follow what is in all places that are reserved when it is given. */
void pending_follow_all(struct pending *p);
/* Not answered after so many ms it gets the error `timeout`. Once. 0 or -ENOMEM. */
int pending_set_limit(struct pending *p, struct loop *loop, int64_t ms);

/* Answer (see rpc_answer.h) and free. A NULL result is internal_error. */
void pending_reply(struct pending *p, const json_t *result);
void pending_reply_raw(struct pending *p, struct json_span result);
void pending_error(struct pending *p, enum rpc_reason reason, const json_t *data);
/* The same to a whole list. */
void pendings_error(struct pending **list, enum rpc_reason reason, const json_t *data);

#endif
