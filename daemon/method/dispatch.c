#include "dispatch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "daemon/server.h"
#include "method.h"
#include "serve/conn.h"

static handler *const HANDLERS[] = {
    [METHOD_SUPERVISOR_INFO] = method_supervisor_info,
    [METHOD_SUPERVISOR_WHICH_CHILDREN] = method_which_children,
    [METHOD_SUPERVISOR_COUNT_CHILDREN] = method_count_children,
    [METHOD_SUPERVISOR_TERMINATE_ALL] = method_terminate_all,
    [METHOD_SUPERVISOR_STOP] = method_supervisor_stop,
    [METHOD_RUN_START] = method_run_start,
    [METHOD_RUN_INFO] = method_run_info,
    [METHOD_RUN_AWAIT] = method_run_await,
    [METHOD_RUN_MONITOR] = method_run_monitor,
    [METHOD_RUN_DEMONITOR] = method_run_demonitor,
    [METHOD_RUN_SUBSCRIBE] = method_run_subscribe,
    [METHOD_RUN_UNSUBSCRIBE] = method_run_unsubscribe,
    [METHOD_RUN_CANCEL] = method_run_cancel,
    [METHOD_RUN_TERMINATE] = method_run_terminate,
    [METHOD_RUN_LIST] = method_run_list,
    [METHOD_RUN_PRUNE] = method_run_prune,
    [METHOD_COUNCIL_VALIDATE] = method_council_validate,
    [METHOD_COUNCIL_LIST] = method_council_list,
    [METHOD_COUNCIL_GET] = method_council_get,
    [METHOD_PROVIDER_LIST] = method_provider_list,
    [METHOD_PROVIDER_CHECK] = method_provider_check,
    [METHOD_PROVIDER_MODELS] = method_provider_models,
    [METHOD_RPC_DISCOVER] = method_rpc_discover,
};
_Static_assert(ARRAY_LEN(HANDLERS) == METHOD_COUNT, "a handler for every method");

/* Queues an answer. What cannot be built or queued for want of memory costs the connection: a
 * client must not wait for ever. */
static void answer(struct conn *c, struct buf *out, struct json_span id, int built)
{
    if (built < 0)
        built = rpc_error(out, id, RPC_INTERNAL_ERROR, NULL, NULL);
    if (built < 0 || !conn_push_line(c, out))
        conn_doom(c);
    buf_release(out);
}

static void answer_reason(struct conn *c, struct json_span id, enum rpc_reason reason)
{
    struct buf out = BUF_INIT(REPLY_MAX);
    answer(c, &out, id, rpc_error(&out, id, reason, NULL, NULL));
}

void dispatch_torn(struct conn *c)
{
    answer_reason(c, (struct json_span){0}, RPC_PARSE_ERROR);
}

void dispatch_too_large(struct conn *c)
{
    struct buf out = BUF_INIT(REPLY_MAX);
    json_t *data = json_pack("{s:I}", "limit", (json_int_t)c->limit);
    int r = data ? rpc_error(&out, (struct json_span){0}, RPC_REQUEST_TOO_LARGE, NULL, data) : -1;
    json_decref(data);
    answer(c, &out, (struct json_span){0}, r);
}

static void fail(struct call *call, int r)
{
    if (r < 0 && !call->answered)
        call_error(call, RPC_INTERNAL_ERROR, NULL);
}

/* run.start looks at its council before it complains about anything else, so it sees the fault. */
static void run_handler(struct call *call, enum method method)
{
    struct rpc_fault fault = {0};
    void *params = calloc(1, METHODS[method].params_size + 1);
    if (!params) {
        fail(call, -ENOMEM);
        return;
    }
    int r = method_unpack(method, call->request, params, &fault);
    call->params = params;
    call->fault = r == -EBADMSG ? &fault : NULL;
    if (r == -EBADMSG && method != METHOD_RUN_START)
        r = call_fault(call, &fault);
    else if (r != -ENOMEM)
        r = HANDLERS[method](call);
    fail(call, r);
    method_release(method, params);
    free(params);
}

static void execute(struct conn *c, const struct rpc_request *request)
{
    struct call call = {.server = c->server, .conn = c, .request = request};
    if (rpc_is_notification(request))
        return;
    int method = method_find(request->method, request->method_len);
    if (method >= 0) {
        run_handler(&call, (enum method)method);
        return;
    }
    struct buf out = BUF_INIT(REPLY_MAX);
    answer(c, &out, request->id, rpc_method_not_found(&out, request));
}

void dispatch_line(struct conn *c, const char *line, size_t len)
{
    struct rpc_request request;
    struct rpc_fault fault = {0};
    struct buf out = BUF_INIT(REPLY_MAX);
    int r = rpc_parse(line, len, &request, &fault);
    if (r == 0) {
        execute(c, &request);
        rpc_request_release(&request);
    } else if (r == -EBADMSG) {
        answer(c, &out, fault.id, rpc_fault_reply(&out, fault.id, &fault));
    } else {
        answer_reason(c, fault.id, RPC_INTERNAL_ERROR);
    }
}

int call_reply(struct call *call, json_t *result)
{
    struct buf out = BUF_INIT(REPLY_MAX);
    int r = result ? rpc_reply(&out, call->request->id, result) : -ENOMEM;
    json_decref(result);
    call->answered = true;
    answer(call->conn, &out, call->request->id, r);
    return 0;
}

int call_reply_raw(struct call *call, struct json_span result)
{
    struct buf out = BUF_INIT(REPLY_MAX);
    call->answered = true;
    answer(call->conn, &out, call->request->id, rpc_reply_raw(&out, call->request->id, result));
    return 0;
}

int call_error(struct call *call, enum rpc_reason reason, json_t *data)
{
    struct buf out = BUF_INIT(REPLY_MAX);
    call->answered = true;
    answer(call->conn, &out, call->request->id,
           rpc_error(&out, call->request->id, reason, NULL, data));
    json_decref(data);
    return 0;
}

int call_fault(struct call *call, const struct rpc_fault *fault)
{
    struct buf out = BUF_INIT(REPLY_MAX);
    call->answered = true;
    answer(call->conn, &out, call->request->id, rpc_fault_reply(&out, call->request->id, fault));
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

struct pending *call_wait(struct call *call, struct pending **list)
{
    struct pending *p = pending_new(call->conn, call->request->id, list);
    call->answered = p != NULL;
    return p;
}
