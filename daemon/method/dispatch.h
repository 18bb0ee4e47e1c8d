/* From a line to its handler, and from the handler to the answer.
 *
 * A handler gets its params unpacked. It answers with one of the call_ functions, or turns the call
 * into a pending one with call_wait and answers later, or returns a negative number, which dispatch
 * answers with internal_error. */
#ifndef DAEMON_METHOD_DISPATCH_H
#define DAEMON_METHOD_DISPATCH_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "proto/methods.h"
#include "proto/rpc.h"
#include "serve/pending.h"

enum { REPLY_MAX = 64 * 1024 * 1024 };

struct conn;
struct server;

struct call {
    struct server *server;
    struct conn *conn;
    const struct rpc_request *request;
    const void *params;      /* the struct of proto/methods.h */
    struct rpc_fault *fault; /* run.start only: what was wrong with its params, or NULL */
    bool answered;
};

/* 0, or a negative number for internal_error if nothing was answered yet. */
typedef int handler(struct call *call);

void dispatch_line(struct conn *c, const char *line, size_t len);
void dispatch_torn(struct conn *c);      /* bytes without a newline at the end */
void dispatch_too_large(struct conn *c); /* a line over the limit */

/* Steals the result; NULL counts as no memory. */
int call_reply(struct call *call, json_t *result);
int call_reply_raw(struct call *call, struct json_span result);
/* Steals data (NULL: none). */
int call_error(struct call *call, enum rpc_reason reason, json_t *data);
int call_fault(struct call *call, const struct rpc_fault *fault);
/* invalid_parameter or invalid_option with the field. */
int call_bad_field(struct call *call, enum rpc_reason reason, const char *field,
                   const char *message);
/* NULL: no memory. */
struct pending *call_wait(struct call *call, struct pending **list);

#endif
