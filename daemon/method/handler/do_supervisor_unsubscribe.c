#include "daemon/method/desk/desk.h"
#include "daemon/watch/tenant_stream.h"
#include "handlers.h"

int do_supervisor_unsubscribe(struct call *call)
{
    const struct ref_params *p = call->params;
    struct tenant_stream *s = tenant_stream_find(call_desk(call)->watchers, p->ref.at);
    if (s && tenant_stream_conn(s) != call->conn)
        return call_error(call, RPC_BAD_REF, NULL);
    tenant_stream_free(s);
    return call_reply(call, json_true());
}
