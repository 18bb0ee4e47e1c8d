#include <errno.h>
#include <string.h>

#include "await.h"
#include "common/log.h"
#include "daemon/run/runs.h"
#include "daemon/run/stop.h"
#include "daemon/runner/runlink.h"
#include "daemon/runner/runner.h"
#include "daemon/server.h"
#include "method.h"
#include "serve/conn.h"

/* ---- run.await ---- */

static void await_times_out(void *arg)
{
    pending_error(arg, RPC_TIMEOUT, NULL);
}

static int await_live(struct call *call, struct run *run)
{
    const struct run_await_params *p = call->params;
    struct pending *waiting = call_wait(call, &run->await_waiters);
    if (!waiting)
        return -ENOMEM;
    if (p->timeout_ms < 0)
        return 0;
    if (loop_timer_init(call->server->loop, &waiting->timer, await_times_out, waiting) < 0) {
        pending_error(waiting, RPC_INTERNAL_ERROR, NULL);
        return 0;
    }
    loop_timer_set(call->server->loop, &waiting->timer, p->timeout_ms);
    return 0;
}

int method_run_await(struct call *call)
{
    const struct run_await_params *p = call->params;
    struct run *run = runs_find_listed(call->server, p->run_id.at, p->run_id.len);
    struct record_key key;
    struct buf out = BUF_INIT(REPLY_MAX);
    if (run)
        return await_live(call, run);
    if (strlen(p->run_id.at) != p->run_id.len ||
        records_find(call->server->records, p->run_id.at, &key) < 0)
        return call_error(call, RPC_NOT_FOUND, NULL);
    int r = await_build_recorded(&out, call->server->records, &key);
    if (r == 0)
        call_reply_raw(call, (struct json_span){.at = out.at, .len = out.len});
    buf_release(&out);
    return r;
}

/* ---- run.cancel ---- */

int method_run_cancel(struct call *call)
{
    const struct run_cancel_params *p = call->params;
    struct run *run = runs_find_listed(call->server, p->run_id.at, p->run_id.len);
    if (!run || run_event(run, RUN_EV_CANCEL) == RUN_DO_REFUSE)
        return call_error(call, RPC_NOT_FOUND, NULL);
    bool now = p->mode == CANCEL_NOW;
    if (run->cancel != CANCEL_STATE_NOW)
        run->cancel = now ? CANCEL_STATE_NOW : CANCEL_STATE_DRAIN;
    if (run->runner)
        runlink_cancel(&run->runner->link, now, LINK_CAUSE_CLIENT);
    log_debug("cancel", LOG_S("run_id", run->run_id), LOG_S("mode", now ? "now" : "drain"));
    return call_reply(call, json_object());
}

/* ---- run.terminate ---- */

int method_run_terminate(struct call *call)
{
    const struct run_terminate_params *p = call->params;
    struct run *run = runs_find(call->server, p->run_id.at, p->run_id.len);
    if (!run)
        return call_error(call, RPC_NOT_FOUND, NULL);
    if (run->told_unkillable)
        return call_error(call, RPC_UNKILLABLE,
                          json_pack("{s:s, s:i}", "run_id", run->run_id, "pid", (int)run->pid));
    struct pending *waiting = call_wait(call, &run->terminate_waiters);
    if (!waiting)
        return -ENOMEM;
    enum run_action action = stop_request(run, STOPPED_BY_CLIENT, p->shutdown);
    waiting->first = action == RUN_DO_STOP || action == RUN_DO_ABORT || action == RUN_DO_JOIN_FIRST;
    return 0;
}
