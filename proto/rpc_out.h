/* JSON-RPC 2.0: what the server sends, one line each, with its line break. 0, -ENOMEM or -EMSGSIZE;
 * on failure `to` is as before. An id with at == NULL is sent as null. Trees are borrowed. */
#ifndef PROTO_RPC_OUT_H
#define PROTO_RPC_OUT_H

#include <jansson.h>

#include "common/buf.h"
#include "proto/json/json_scan.h"
#include "rpc.h"
#include "rpc_reasons.h"

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
