#include "dispatch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "daemon/method/desk/audit.h"
#include "daemon/method/desk/caller.h"
#include "daemon/method/handler/handlers.h"
#include "proto/rpc_out.h"
#include "serve/conn.h"

static handler *const HANDLERS[METHOD_COUNT] = {
#define HANDLER(id, name, ...) [METHOD_##id] = do_##name,
    METHODS(HANDLER)
#undef HANDLER
};

static void run_handler(struct call *call, enum method method)
{
    const struct method_row *row = method_row(method);
    struct rpc_fault fault = {0};
    void *params = calloc(1, row->params_size + 1);
    if (!params) {
        call_finish(call, -ENOMEM);
        return;
    }
    int r = method_unpack(method, call->request, params, &fault);
    call->params = params;
    call->fault = r == -EBADMSG ? &fault : NULL;
    if (r == -EBADMSG && !row->takes_faults)
        r = call_fault(call, &fault);
    else if (r != -ENOMEM)
        r = HANDLERS[method](call);
    call_finish(call, r);
    method_release(method, params);
    free(params);
}

/* False: it has been told why not. */
static bool is_let_in(struct call *call, const struct method_row *row)
{
    const struct caller *caller = call_caller(call);
    if (!role_may(caller->role, row->role))
        caller_refuse(call, row->role, NULL);
    else if (row->whole && *caller->registry)
        caller_refuse(call, row->role, "not for a connection that sees one registry only");
    else
        return true;
    return false;
}

static void execute(struct conn *c, const struct rpc_request *request)
{
    struct call call = {.context = conn_context(c), .conn = c, .request = request};
    if (rpc_is_notification(request))
        return;
    int method = method_find(request->method, request->method_len);
    if (method < 0) {
        call_no_method(&call);
        return;
    }
    log_debug("request", LOG_S("method", method_name((enum method)method)),
              LOG_I("pid", conn_peer(c)->pid), LOG_I("uid", conn_peer(c)->uid));
    if (method_row((enum method)method)->audited && !audit_begin(&call, (enum method)method))
        call_finish(&call, -ENOMEM);
    else if (is_let_in(&call, method_row((enum method)method)))
        run_handler(&call, (enum method)method);
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
