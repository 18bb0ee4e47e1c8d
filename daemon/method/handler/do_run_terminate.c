#include "daemon/method/desk/desk.h"
#include "daemon/method/desk/terminate_wait.h"
#include "daemon/method/desk/told.h"
#include "daemon/run/run_view.h"
#include "daemon/run/runs.h"
#include "handlers.h"

int do_run_terminate(struct call *call)
{
    const struct run_terminate_params *p = call->params;
    struct run *run = runs_find(call_desk(call)->runs, p->run_id.at, p->run_id.len);
    if (!run)
        return call_error(call, RPC_NOT_FOUND, NULL);
    if (run_view(run).told_unkillable)
        return call_error_data(call, RPC_UNKILLABLE, told_identity(run));
    return terminate_wait(call, run, p->shutdown);
}
