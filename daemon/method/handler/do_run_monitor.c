#include <errno.h>

#include "daemon/method/desk/caller.h"
#include "daemon/method/desk/desk.h"
#include "daemon/method/desk/noproc.h"
#include "daemon/run/runs.h"
#include "daemon/watch/monitor.h"
#include "daemon/watch/watchers.h"
#include "handlers.h"

int do_run_monitor(struct call *call)
{
    const struct run_id_params *p = call->params;
    struct run *run = caller_find_listed(call, &p->run_id);
    if (run) {
        const char *ref = monitor_new(call_desk(call)->watchers, call->conn, run);
        return ref ? call_reply(call, json_pack("{s:s}", "ref", ref)) : -ENOMEM;
    }
    char ref[RUNID_GENERATED_LEN + 1];
    int r = refs_invent(&call_desk(call)->watchers->refs, ref);
    if (r < 0)
        return r;
    call_reply(call, json_pack("{s:s}", "ref", ref));
    noproc_send(call, ref, p->run_id.at, p->run_id.len);
    return 0;
}
