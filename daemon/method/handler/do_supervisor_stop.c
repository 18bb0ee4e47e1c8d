#include <errno.h>

#include "daemon/method/desk/desk.h"
#include "handlers.h"

int do_supervisor_stop(struct call *call)
{
    struct desk *desk = call_desk(call);
    if (!call_wait(call, &desk->stop_waiters))
        return -ENOMEM;
    desk->stop(desk->root);
    return 0;
}
