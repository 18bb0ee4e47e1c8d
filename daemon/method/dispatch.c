#include "dispatch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
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

/* run.start looks at its council before it complains about anything else, so it sees the fault. */
static void run_handler(struct call *call, enum method method)
{
    struct rpc_fault fault = {0};
    void *params = calloc(1, METHODS[method].params_size + 1);
    if (!params) {
        call_finish(call, -ENOMEM);
        return;
    }
    int r = method_unpack(method, call->request, params, &fault);
    call->params = params;
    call->fault = r == -EBADMSG ? &fault : NULL;
    if (r == -EBADMSG && method != METHOD_RUN_START)
        r = call_fault(call, &fault);
    else if (r != -ENOMEM)
        r = HANDLERS[method](call);
    call_finish(call, r);
    method_release(method, params);
    free(params);
}

static void execute(struct conn *c, const struct rpc_request *request)
{
    struct call call = {.context = conn_context(c), .conn = c, .request = request};
    if (rpc_is_notification(request))
        return;
    int method = method_find(request->method, request->method_len);
    if (method >= 0)
        run_handler(&call, (enum method)method);
    else
        call_no_method(&call);
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
        return;
    }
    struct rpc_asker to = {.conn = c, .id = fault.id};
    if (r == -EBADMSG)
        rpc_answer(&to, &out, rpc_fault_reply(&out, fault.id, &fault));
    else
        rpc_answer_error(&to, RPC_INTERNAL_ERROR, NULL);
}

void dispatch_torn(struct conn *c)
{
    rpc_answer_error(&(struct rpc_asker){.conn = c}, RPC_PARSE_ERROR, NULL);
}

void dispatch_too_long(struct conn *c, size_t limit)
{
    struct buf out = BUF_INIT(REPLY_MAX);
    struct rpc_asker to = {.conn = c};
    json_t *data = json_pack("{s:I}", "limit", (json_int_t)limit);
    rpc_answer(&to, &out, data ? rpc_error(&out, to.id, RPC_REQUEST_TOO_LARGE, NULL, data) : -1);
    json_decref(data);
}
