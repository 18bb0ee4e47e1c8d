#include "daemon/method/desk/caller.h"
#include "daemon/method/desk/desk.h"
#include "daemon/method/desk/terminate_wait.h"
#include "daemon/method/desk/told.h"
#include "daemon/run/run_view.h"
#include "daemon/run/runs.h"
#include "handlers.h"

int do_run_terminate(struct call *call)
{
    const struct run_terminate_params *p = call->params;
    struct run *run = caller_find(call, &p->run_id);
    if (!run)
        return call_error(call, RPC_NOT_FOUND, NULL);
    int owns = caller_owns(call, run_view(run).started_by);
    if (owns <= 0)
        return owns < 0 ? owns : caller_refuse(call, ROLE_OPERATE, "the run is not yours");
    if (run_view(run).told_unkillable)
        return call_error_data(call, RPC_UNKILLABLE, told_identity(run));
    return terminate_wait(call, run, p->shutdown);
}
