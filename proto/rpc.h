/* JSON-RPC 2.0, one object per line: taking requests apart. Answers are put together by rpc_out.h.
 * No I/O.
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

#include <stdbool.h>
#include <stddef.h>

#include "proto/json/json_scan.h"
#include "rpc_reasons.h"

enum {
    RPC_METHOD_MAX = 128,              /* bytes; no method has a longer name */
    RPC_VALUES_MAX = 1000,             /* values of a request, council and input not counted */
    RPC_COUNCIL_VALUES_MAX = 20000,    /* more are `invalid_council`, `document_too_large` */
    RPC_INPUT_BYTES_MAX = 1024 * 1024, /* of `input`, as sent */
    RPC_FIELD_MAX = 160                /* bytes of a fault's field name */
};

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

#endif
