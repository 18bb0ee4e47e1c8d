#include <errno.h>
#include <string.h>

#include "await.h"
#include "common/log.h"
#include "daemon/run/life.h"
#include "desk.h"
#include "method.h"
#include "told.h"

/* ---- run.await ---- */

int method_run_await(struct call *call)
{
    const struct run_await_params *p = call->params;
    struct run *run = runs_find_listed(call_desk(call)->runs, p->run_id.at, p->run_id.len);
    struct record_key key;
    struct buf out = BUF_INIT(REPLY_MAX);
    if (run)
        return await_live(call, run, p->timeout_ms);
    if (strlen(p->run_id.at) != p->run_id.len ||
        records_find(call_desk(call)->records, p->run_id.at, &key) < 0)
        return call_error(call, RPC_NOT_FOUND, NULL);
    int r = await_build_recorded(&out, call_desk(call)->records, &key);
    if (r == 0)
        call_reply_raw(call, (struct json_span){.at = out.at, .len = out.len});
    buf_release(&out);
    return r;
}

/* ---- run.cancel ---- */

int method_run_cancel(struct call *call)
{
    const struct run_cancel_params *p = call->params;
    struct run *run = runs_find_listed(call_desk(call)->runs, p->run_id.at, p->run_id.len);
    bool now = p->mode == CANCEL_NOW;
    if (!run || !life_cancel(run, now))
        return call_error(call, RPC_NOT_FOUND, NULL);
    log_debug("cancel", LOG_S("run_id", run->run_id), LOG_S("mode", now ? "now" : "drain"));
    return call_reply(call, json_object());
}

/* ---- run.terminate ---- */

int method_run_terminate(struct call *call)
{
    const struct run_terminate_params *p = call->params;
    struct run *run = runs_find(call_desk(call)->runs, p->run_id.at, p->run_id.len);
    if (!run)
        return call_error(call, RPC_NOT_FOUND, NULL);
    if (run->told_unkillable)
        return call_error(call, RPC_UNKILLABLE, told_identity(run));
    return told_terminate(call, run, p->shutdown);
}
