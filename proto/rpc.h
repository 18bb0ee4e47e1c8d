/* JSON-RPC 2.0, one object per line: taking requests apart and putting answers together. No I/O.
 *
 *     switch (rpc_parse(line, len, &request, &fault)) {
 *     case 0:         execute it; if !rpc_is_notification(&request) answer it; rpc_request_release
 *     case -EBADMSG:  rpc_fault_reply(out, fault.id, &fault); the connection stays
 *     case -ENOMEM:   answer internal_error with fault.id
 *     }
 *
 * A message without an id is never executed and never answered, unless it is no valid request at
 * all: then, as JSON-RPC has it, the answer has the id null. */
#ifndef PROTO_RPC_H
#define PROTO_RPC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "proto/json/json_scan.h"

enum {
    RPC_METHOD_MAX = 128,              /* bytes; no method has a longer name */
    RPC_VALUES_MAX = 1000,             /* values of a request, council and input not counted */
    RPC_COUNCIL_VALUES_MAX = 20000,    /* more are `invalid_council`, `document_too_large` */
    RPC_INPUT_BYTES_MAX = 1024 * 1024, /* of `input`, as sent */
    RPC_FIELD_MAX = 160                /* bytes of a fault's field name */
};

/* What went wrong; data.reason of the error, in this order in the table of the docs. */
enum rpc_reason {
    RPC_PARSE_ERROR,
    RPC_INVALID_REQUEST,
    RPC_METHOD_NOT_FOUND,
    RPC_INVALID_PARAMETER,
    RPC_INVALID_OPTION,
    RPC_INVALID_COUNCIL,
    RPC_MAX_CHILDREN,
    RPC_ALREADY_STARTED,
    RPC_SHUTTING_DOWN,
    RPC_START_FAILED,
    RPC_NOT_FOUND,
    RPC_BAD_REF,
    RPC_UNKILLABLE,
    RPC_TIMEOUT,
    RPC_REQUEST_TOO_LARGE,
    RPC_TOO_MANY_CONNECTIONS,
    RPC_INTERNAL_ERROR,
    RPC_REASON_COUNT
};

const char *rpc_reason_name(enum rpc_reason reason);
int rpc_reason_code(enum rpc_reason reason);
const char *rpc_reason_message(enum rpc_reason reason); /* error.message where none is given */
const char *rpc_reason_doc(enum rpc_reason reason);     /* when it happens, one line */
const char *rpc_reason_members(
    enum rpc_reason reason); /* what else is in data: "run_id, pid"; "" */

/* ---- requests ---- */

struct rpc_request {
    struct json_span id;             /* as sent, replies repeat it; at == NULL: a notification */
    char method[RPC_METHOD_MAX + 1]; /* decoded; empty if it is longer than RPC_METHOD_MAX */
    size_t method_len;               /* compare with this: a name may hold a NUL */
    struct json_span method_asked;   /* as sent, between its quotes */
    struct json_list params;         /* members of params, council and input among them */
    size_t council_values;           /* 0: there is no council */
    size_t input_values;
    struct json_scan scan; /* owns the lists */
};

struct rpc_fault {
    struct json_span id; /* at == NULL: null */
    enum rpc_reason reason;
    char field[RPC_FIELD_MAX]; /* data.field; "" for none. A bare name, or a pointer from params */
    char message[200];         /* for people */
};

/* 0, -EBADMSG or -ENOMEM as above. Spans point into the line. */
int rpc_parse(const char *line, size_t len, struct rpc_request *ret, struct rpc_fault *fault);
void rpc_request_release(struct rpc_request *request);
bool rpc_is_notification(const struct rpc_request *request);

/* ---- what the server sends: one line each, with its line break. 0, -ENOMEM or -EMSGSIZE; on
 * failure `to` is as before. An id with at == NULL is sent as null. Trees are borrowed. ---- */

int rpc_reply(struct buf *to, struct json_span id, const json_t *result);
/* The result is JSON already. */
int rpc_reply_raw(struct buf *to, struct json_span id, struct json_span result);
/* data is {reason, and the members of `data`} (an object, or NULL). message NULL: the table's. */
int rpc_error(struct buf *to, struct json_span id, enum rpc_reason reason, const char *message,
              const json_t *data);
/* The error that a fault describes. */
int rpc_fault_reply(struct buf *to, struct json_span id, const struct rpc_fault *fault);
/* method_not_found, with the name as asked for. */
int rpc_method_not_found(struct buf *to, const struct rpc_request *request);

int rpc_notify(struct buf *to, const char *method, const json_t *params);

#endif
