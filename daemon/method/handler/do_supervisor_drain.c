#include <errno.h>

#include "daemon/method/desk/desk.h"
#include "daemon/run/runs.h"
#include "handlers.h"

int do_supervisor_drain(struct call *call)
{
    struct desk *desk = call_desk(call);
    json_t *result = json_pack("{s:I}", "live", (json_int_t)runs_count(desk->runs));
    if (!result)
        return -ENOMEM;
    desk->drain(desk->root);
    return call_reply(call, result);
}
