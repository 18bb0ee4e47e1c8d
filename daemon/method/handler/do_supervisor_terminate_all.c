#include <errno.h>
#include <stdlib.h>

#include "daemon/method/desk/batch.h"
#include "daemon/method/desk/caller.h"
#include "daemon/method/desk/desk.h"
#include "daemon/method/desk/told.h"
#include "daemon/run/life.h"
#include "daemon/run/runs.h"
#include "handlers.h"

/* All seats are taken before any run is touched: a snapshot, whole or not at all. */
static int seat_all(struct desk *desk, struct batch *b, const char *registry)
{
    for (struct run *run = runs_next(desk->runs, NULL); run; run = runs_next(desk->runs, run)) {
        if (run_listed(run) && run_in_registry(run, registry) && batch_add(b, run) < 0)
            return -ENOMEM;
    }
    return 0;
}

int do_supervisor_terminate_all(struct call *call)
{
    const struct registry_params *p = call->params;
    struct desk *desk = call_desk(call);
    const char *registry = caller_scope(call, p->registry.at);
    struct batch *b = batch_new();
    if (!b || !call_wait(call, batch_waiters(b))) {
        free(b);
        return -ENOMEM;
    }
    if (seat_all(desk, b, registry) < 0) {
        pendings_error(batch_waiters(b), RPC_INTERNAL_ERROR, NULL);
        batch_seal(b);
        return 0;
    }
    for (struct run *run = runs_next(desk->runs, NULL); run; run = runs_next(desk->runs, run)) {
        if (!run_listed(run) || !run_in_registry(run, registry))
            continue;
        life_stop(run, STOPPED_BY_ALL, SHUTDOWN_DEFAULT);
        if (run_view(run).told_unkillable)
            told_unkillable(run, batch_waiters(b));
    }
    batch_seal(b);
    return 0;
}
