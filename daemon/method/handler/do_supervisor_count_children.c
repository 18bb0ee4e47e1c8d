#include "daemon/method/desk/caller.h"
#include "daemon/method/desk/counts.h"
#include "daemon/method/desk/desk.h"
#include "handlers.h"

int do_supervisor_count_children(struct call *call)
{
    const struct registry_params *p = call->params;
    return call_reply(call, counts_json(call_desk(call), caller_scope(call, p->registry.at)));
}
