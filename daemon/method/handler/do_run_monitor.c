#include <errno.h>
#include <string.h>

#include "daemon/method/desk/caller.h"
#include "daemon/method/desk/desk.h"
#include "daemon/run/down.h"
#include "daemon/run/runs.h"
#include "daemon/watch/monitor.h"
#include "daemon/watch/watchers.h"
#include "handlers.h"
#include "proto/rpc_out.h"
#include "serve/conn.h"

static int send_noproc(struct call *call, const char *ref)
{
    const struct run_id_params *p = call->params;
    struct buf out = BUF_INIT(REPLY_MAX);
    json_t *params = down_noproc_json(ref, p->run_id.at, p->run_id.len);
    int r = params ? rpc_notify(&out, "run.down", params) : -ENOMEM;
    struct out_line *line = r == 0 ? out_line_new(out.at, out.len) : NULL;
    json_decref(params);
    if (line) {
        /* Until it is written it can be taken back like any other DOWN. */
        const char *tag = memmem(out.at, out.len, ref, strlen(ref));
        out_line_tag(line, (size_t)(tag - out.at), strlen(ref));
        conn_push(call->conn, line);
    } else {
        conn_doom(call->conn);
    }
    buf_release(&out);
    return 0;
}

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
    return send_noproc(call, ref);
}
