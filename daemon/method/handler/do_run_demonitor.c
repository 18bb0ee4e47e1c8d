#include <string.h>

#include "daemon/method/desk/desk.h"
#include "daemon/watch/monitor.h"
#include "handlers.h"
#include "serve/conn.h"

/* A DOWN that waits behind a replay would follow the reply: it goes first now. */
static bool demonitor_fired(struct call *call, const struct run_demonitor_params *p)
{
    struct conn *c = call->conn;
    const char *ref = p->ref.at;
    size_t len = strlen(ref);
    if (!conn_has(c, ref, len))
        return !p->info;
    if (p->flush)
        return conn_take_back(c, ref, len);
    conn_hasten(c, ref, len);
    return !p->info;
}

int do_run_demonitor(struct call *call)
{
    const struct run_demonitor_params *p = call->params;
    struct monitor *m = monitor_find(call_desk(call)->watchers, p->ref.at);
    bool prevented = true;
    if (m && monitor_conn(m) != call->conn)
        return call_error(call, RPC_BAD_REF, NULL);
    if (m)
        monitor_free(m);
    else
        prevented = demonitor_fired(call, p);
    return call_reply(call, json_boolean(prevented));
}
