#include "daemon/method/desk/desk.h"
#include "handlers.h"
#include "proto/json/json_make.h"

int do_supervisor_reload(struct call *call)
{
    const struct desk *desk = call_desk(call);
    struct error err = {0};
    if (core_stops(desk->core))
        return call_error(call, RPC_SHUTTING_DOWN, NULL);
    if (desk->reload(desk->root, &err) < 0)
        return call_error_data(call, RPC_RELOAD_FAILED, json_pack("{s:s}", "why", err.text));
    return call_reply(call, json_object());
}
