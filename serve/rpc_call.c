#include "rpc_call.h"
#include "proto/rpc_out.h"

#include <errno.h>
#include <stdio.h>

static void answer(struct call *call, struct buf *out, int built, enum receipt_kind kind,
                   enum rpc_reason reason)
{
    struct rpc_asker to = {.conn = call->conn, .id = call->request->id};
    call->answered = true;
    rpc_answer(&to, out, built);
    receipt_tell(&call->receipt, built < 0 ? RECEIPT_ERROR : kind,
                 built < 0 ? RPC_INTERNAL_ERROR : reason);
}

static void answer_error(struct call *call, struct buf *out, int built, enum rpc_reason reason)
{
    answer(call, out, built, RECEIPT_ERROR, reason);
}

static void answer_done(struct call *call, struct buf *out, int built)
{
    answer(call, out, built, RECEIPT_DONE, RPC_REASON_COUNT);
}

int call_reply(struct call *call, json_t *result)
{
    struct buf out = BUF_INIT(REPLY_MAX);
    int r = result ? rpc_reply(&out, call->request->id, result) : -ENOMEM;
    json_decref(result);
    answer_done(call, &out, r);
    return 0;
}

int call_reply_raw(struct call *call, struct json_span result)
{
    struct buf out = BUF_INIT(REPLY_MAX);
    answer_done(call, &out, rpc_reply_raw(&out, call->request->id, result));
    return 0;
}

int call_error(struct call *call, enum rpc_reason reason, json_t *data)
{
    return call_error_saying(call, reason, NULL, data);
}

int call_error_saying(struct call *call, enum rpc_reason reason, const char *message, json_t *data)
{
    struct buf out = BUF_INIT(REPLY_MAX);
    answer_error(call, &out, rpc_error(&out, call->request->id, reason, message, data), reason);
    json_decref(data);
    return 0;
}

int call_error_data(struct call *call, enum rpc_reason reason, json_t *data)
{
    return call_error(call, data ? reason : RPC_INTERNAL_ERROR, data);
}

int call_fault(struct call *call, const struct rpc_fault *fault)
{
    struct buf out = BUF_INIT(REPLY_MAX);
    answer_error(call, &out, rpc_fault_reply(&out, call->request->id, fault), fault->reason);
    return 0;
}

int call_bad_field(struct call *call, enum rpc_reason reason, const char *field,
                   const char *message)
{
    struct rpc_fault fault = {.id = call->request->id, .reason = reason};
    snprintf(fault.field, sizeof(fault.field), "%s", field);
    snprintf(fault.message, sizeof(fault.message), "%s", message ? message : "");
    return call_fault(call, &fault);
}

int call_no_method(struct call *call)
{
    struct buf out = BUF_INIT(REPLY_MAX);
    answer_error(call, &out, rpc_method_not_found(&out, call->request), RPC_METHOD_NOT_FOUND);
    return 0;
}

struct pending *call_wait(struct call *call, struct pending **list)
{
    struct pending *p = pending_new(call->conn, call->request->id, list);
    call->answered = p != NULL;
    if (p) {
        pending_set_receipt(p, call->receipt);
        call->receipt = NULL;
    }
    return p;
}

void call_finish(struct call *call, int r)
{
    if (r < 0 && !call->answered)
        call_error(call, RPC_INTERNAL_ERROR, NULL);
}
