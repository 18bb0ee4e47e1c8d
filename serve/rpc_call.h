/* A call: a request on its way through its handler, and the answer that the handler gives.
 *
 * A handler answers with one of the call_ functions, or turns the call into a pending one with
 * call_wait and answers later, or returns a negative number, which call_finish answers with
 * internal_error. Who has the lines of a connection makes the call:
 *
 *     struct call call = {.context = ..., .conn = c, .request = &request, .params = ...};
 *     call_finish(&call, handler(&call)); */
#ifndef SERVE_RPC_CALL_H
#define SERVE_RPC_CALL_H

#include <jansson.h>
#include <stdbool.h>

#include "pending.h"
#include "proto/rpc.h"
#include "receipt.h"
#include "rpc_answer.h"

struct call {
    void *context; /* the owner's */
    struct conn *conn;
    const struct rpc_request *request;
    const void *params; /* unpacked, of the method's own type */
    struct rpc_fault
        *fault; /* what was wrong with them, for a handler that wants to say it itself */
    bool answered;
    struct receipt *receipt; /* told how it is answered; NULL: nobody wants to know */
};

/* 0, or a negative number for internal_error if nothing was answered yet. */
typedef int handler(struct call *call);

/* What they return is 0, for the handler to return. */

/* Steals the result; NULL counts as no memory. */
int call_reply(struct call *call, json_t *result);
int call_reply_raw(struct call *call, struct json_span result);
/* Steals data (NULL: none). */
int call_error(struct call *call, enum rpc_reason reason, json_t *data);
/* With a message for people instead of the usual one, if it is not NULL. */
int call_error_saying(struct call *call, enum rpc_reason reason, const char *message, json_t *data);
/* For a reason that is nothing without its data: NULL counts as no memory, which is an internal
 * error. */
int call_error_data(struct call *call, enum rpc_reason reason, json_t *data);
int call_fault(struct call *call, const struct rpc_fault *fault);
/* The error `reason`, one that is about a field. message may be NULL. */
int call_bad_field(struct call *call, enum rpc_reason reason, const char *field,
                   const char *message);
int call_no_method(struct call *call);
/* NULL: no memory. */
struct pending *call_wait(struct call *call, struct pending **list);

/* What the handler returned. */
void call_finish(struct call *call, int r);

#endif
