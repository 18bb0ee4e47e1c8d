#include "audit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "caller.h"
#include "common/clock.h"
#include "common/container.h"
#include "common/log.h"
#include "daemon/records/audit_log.h"
#include "proto/json/json_make.h"
#include "proto/json/json_out.h"
#include "proto/json/json_span.h"
#include "proto/runid.h"
#include "serve/conn.h"

struct audit {
    struct receipt receipt;
    struct desk *desk;
    struct peer peer;
    enum role role;
    enum method method;
    char name[OWNER_NAME_MAX + 1];
    char run_id[RUNID_MAX + 1];
};

static const char *outcome(enum receipt_kind kind, enum rpc_reason reason)
{
    if (kind == RECEIPT_NOBODY)
        return "client gone";
    return kind == RECEIPT_DONE ? "done" : rpc_reason_name(reason);
}

static json_t *entry(const struct audit *a, const char *result)
{
    char at[CLOCK_RFC3339_SIZE];
    return json_pack("{s:s, s:I, s:I, s:s, s:s?, s:s, s:s?, s:s}", "at",
                     clock_rfc3339(clock_wall_ms(), at), "uid", (json_int_t)a->peer.uid, "pid",
                     (json_int_t)a->peer.pid, "role", role_name(a->role), "name",
                     *a->name ? a->name : NULL, "method", method_name(a->method), "run_id",
                     *a->run_id ? a->run_id : NULL, "result", result);
}

static void keep(const struct audit *a, const char *result)
{
    struct buf line = BUF_INIT(64 * 1024);
    json_t *json = entry(a, result);
    int r = json ? json_out(&line, json) : -ENOMEM;
    r = r < 0 ? r : audit_log_add(&a->desk->audit, &line);
    if (r < 0 && r != a->desk->audit_told)
        log_error("the audit cannot be written", LOG_S("error", strerror(-r)));
    a->desk->audit_told = r;
    json_decref(json);
    buf_release(&line);
}

/* A start that came to nothing is counted where it did, whoever still waited for it. */
static void count(const struct audit *a, enum receipt_kind kind, enum rpc_reason reason)
{
    if (a->method == METHOD_RUN_START && kind == RECEIPT_ERROR && reason != RPC_START_FAILED &&
        reason != RPC_UNKILLABLE)
        stats_refused(&a->desk->core->stats, reason);
}

static void tell(struct receipt *receipt, enum receipt_kind kind, enum rpc_reason reason)
{
    struct audit *a = CONTAINER_OF(receipt, struct audit, receipt);
    const char *result = outcome(kind, reason);
    log_notice("audit", LOG_I("uid", a->peer.uid), LOG_I("pid", a->peer.pid),
               LOG_S("role", role_name(a->role)), LOG_S("name", *a->name ? a->name : NULL),
               LOG_S("method", method_name(a->method)),
               LOG_S("run_id", *a->run_id ? a->run_id : NULL), LOG_S("result", result));
    keep(a, result);
    count(a, kind, reason);
    free(a);
}

/* As it was asked for; one that is none is not told. */
static void find_run(struct audit *a, const struct rpc_request *request)
{
    const struct json_span run_id = json_list_find(&request->params, "run_id");
    if (run_id.at && json_span_type(run_id) == JSON_STRING &&
        json_decoded_len(json_span_text(run_id)) <= RUNID_MAX)
        json_decode_cut(json_span_text(run_id), a->run_id, sizeof a->run_id);
    if (!runid_valid(a->run_id, strlen(a->run_id)))
        a->run_id[0] = '\0';
}

bool audit_begin(struct call *call, enum method method)
{
    const struct caller *caller = call_caller(call);
    struct audit *a = calloc(1, sizeof *a);
    if (!a)
        return false;
    *a = (struct audit){.receipt.tell = tell,
                        .desk = call_desk(call),
                        .peer = *conn_peer(call->conn),
                        .role = caller->role,
                        .method = method};
    memcpy(a->name, caller->name, sizeof a->name);
    find_run(a, call->request);
    call->receipt = &a->receipt;
    return true;
}

static struct audit *audit_of(const struct call *call)
{
    return call->receipt && call->receipt->tell == tell
               ? CONTAINER_OF(call->receipt, struct audit, receipt)
               : NULL;
}

void audit_note_run(struct call *call, const char *run_id)
{
    struct audit *a = audit_of(call);
    if (a)
        snprintf(a->run_id, sizeof a->run_id, "%s", run_id);
}

void audit_note_name(struct call *call, const char *name)
{
    struct audit *a = audit_of(call);
    if (a)
        snprintf(a->name, sizeof a->name, "%s", name);
}
