#include "common/log.h"
#include "daemon/method/desk/desk.h"
#include "daemon/run/life.h"
#include "handlers.h"

int do_run_cancel(struct call *call)
{
    const struct run_cancel_params *p = call->params;
    struct run *run = runs_find_listed(call_desk(call)->runs, p->run_id.at, p->run_id.len);
    bool now = p->mode == CANCEL_NOW;
    if (!run || !life_cancel(run, now))
        return call_error(call, RPC_NOT_FOUND, NULL);
    log_debug("cancel", LOG_S("run_id", run_view(run).run_id),
              LOG_S("mode", now ? "now" : "drain"));
    return call_reply(call, json_object());
}
