/* run.prune: removes records when a client asks for it, and answers when that is through. */
#include <errno.h>
#include <stdlib.h>

#include "common/container.h"
#include "daemon/method/desk/caller.h"
#include "daemon/method/desk/desk.h"
#include "daemon/records/keeper.h"
#include "daemon/settings/config.h"
#include "handlers.h"
#include "serve/pending.h"

struct prune {
    struct keeper_order order;
    struct pending *waiters; /* the one who asked, until it goes */
};

static void finish(struct keeper_order *order)
{
    struct prune *p = CONTAINER_OF(order, struct prune, order);
    if (p->waiters) {
        json_t *result = json_pack("{s:I}", "removed", (json_int_t)order->pass.removed);
        if (result)
            pending_reply(p->waiters, result);
        else
            pending_error(p->waiters, RPC_INTERNAL_ERROR, NULL);
        json_decref(result);
    }
    free(p);
}

int do_run_prune(struct call *call)
{
    const struct run_prune_params *params = call->params;
    struct desk *desk = call_desk(call);
    struct retention_policy policy = {
        .max_runs = params->keep, .max_age_days = params->older_than_days, .max_bytes = -1};
    if (params->keep < 0 && params->older_than_days < 0)
        policy = desk->core->config->retention;
    struct prune *p = calloc(1, sizeof(*p));
    if (!p)
        return -ENOMEM;
    p->order.done = finish;
    if (!call_wait(call, &p->waiters)) {
        free(p);
        return -ENOMEM;
    }
    const struct record_whose whose = caller_whose(call);
    keeper_take(desk->keeper, &p->order, &policy, &whose);
    return 0;
}
