#include <errno.h>

#include "daemon/method/desk/caller.h"
#include "daemon/method/desk/desk.h"
#include "daemon/watch/tenant_stream.h"
#include "handlers.h"
#include "serve/conn.h"

int do_supervisor_subscribe(struct call *call)
{
    const struct tenant_params *p = call->params;
    const char *ref = tenant_stream_new(call_desk(call)->watchers, call->conn,
                                        caller_scope(call, p->registry.at), p->kinds);
    if (!ref)
        return -ENOMEM;
    call_reply(call, json_pack("{s:s}", "ref", ref));
    conn_touch(call->conn); /* a snapshot begins */
    return 0;
}
