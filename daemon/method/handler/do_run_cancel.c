#include "common/log.h"
#include "daemon/method/desk/caller.h"
#include "daemon/method/desk/desk.h"
#include "daemon/run/life.h"
#include "handlers.h"

int do_run_cancel(struct call *call)
{
    const struct run_cancel_params *p = call->params;
    struct run *run = caller_find_listed(call, &p->run_id);
    bool now = p->mode == CANCEL_NOW;
    int owns = run ? caller_owns(call, run_view(run).started_by) : 1;
    if (owns <= 0)
        return owns < 0 ? owns : caller_refuse(call, ROLE_OPERATE, "the run is not yours");
    if (!run || !life_cancel(run, now))
        return call_error(call, RPC_NOT_FOUND, NULL);
    log_debug("cancel", LOG_S("run_id", run_view(run).run_id),
              LOG_S("mode", now ? "now" : "drain"));
    return call_reply(call, json_object());
}
