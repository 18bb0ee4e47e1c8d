#include "daemon/method/desk/desk.h"
#include "daemon/watch/subscribe.h"
#include "handlers.h"

int do_run_unsubscribe(struct call *call)
{
    const struct ref_params *p = call->params;
    struct subscription *sub = subscription_find(call_desk(call)->watchers, p->ref.at);
    if (sub && subscription_conn(sub) != call->conn)
        return call_error(call, RPC_BAD_REF, NULL);
    subscription_free(sub);
    return call_reply(call, json_true());
}
