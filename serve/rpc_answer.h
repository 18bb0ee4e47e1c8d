/* Queueing the answer to a request. A client must not wait for ever: an answer that cannot be built
 * becomes internal_error, and when not even that can be queued for want of memory, the connection
 * is given up. */
#ifndef SERVE_RPC_ANSWER_H
#define SERVE_RPC_ANSWER_H

#include <stdbool.h>

#include "common/buf.h"
#include "proto/json/json_scan.h"
#include "proto/rpc_reasons.h"

enum { REPLY_MAX = 64 * 1024 * 1024 }; /* bytes of an answer */

struct conn;
struct out_place;

/* Whose answer it is, and what it has to follow. */
struct rpc_asker {
    struct conn *conn;
    struct json_span id;     /* as sent; at == NULL: null */
    struct out_place *place; /* what is put there goes first; NULL: none */
    bool last;               /* it follows everything that has a place now */
};

/* Sends what stands in `out`, and releases it; built is what building it gave, < 0 for a failure.
 */
void rpc_answer(const struct rpc_asker *to, struct buf *out, int built);
/* A plain error; data (may be NULL) is borrowed. */
void rpc_answer_error(const struct rpc_asker *to, enum rpc_reason reason, const json_t *data);

#endif
