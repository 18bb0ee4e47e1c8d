#include <errno.h>
#include <string.h>

#include "daemon/records/record_archive.h"
#include "daemon/run/down.h"
#include "daemon/run/runs.h"
#include "daemon/watch/monitor.h"
#include "daemon/watch/subscribe.h"
#include "daemon/watch/watchers.h"
#include "desk.h"
#include "method.h"
#include "serve/conn.h"

/* ---- run.monitor ---- */

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

int method_run_monitor(struct call *call)
{
    const struct run_id_params *p = call->params;
    struct run *run = runs_find_listed(call_desk(call)->runs, p->run_id.at, p->run_id.len);
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

/* ---- run.demonitor ---- */

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

int method_run_demonitor(struct call *call)
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

/* ---- run.subscribe ---- */

static int reply_subscribed(struct call *call, const struct subscription *sub, int64_t last_seq)
{
    call_reply(call, json_pack("{s:s, s:I}", "ref", subscription_ref(sub), "last_seq",
                               (json_int_t)last_seq));
    conn_touch(call->conn); /* a replay begins */
    return 0;
}

int method_run_subscribe(struct call *call)
{
    const struct run_subscribe_params *p = call->params;
    struct run *run = runs_find_listed(call_desk(call)->runs, p->run_id.at, p->run_id.len);
    struct subscription *sub;
    struct record_key key;
    if (run) {
        int r = subscription_new(call_desk(call)->watchers, call->conn, run, p->after_seq,
                                 p->deltas, &sub);
        return r < 0 ? r : reply_subscribed(call, sub, run->last_seq);
    }
    if (strlen(p->run_id.at) != p->run_id.len ||
        records_find(call_desk(call)->records, p->run_id.at, &key) < 0)
        return call_error(call, RPC_NOT_FOUND, NULL);
    int r = subscription_new_ended(call_desk(call)->watchers, call->conn, &key, p->after_seq, &sub);
    return r < 0 ? r : reply_subscribed(call, sub, subscription_last_seq(sub));
}

int method_run_unsubscribe(struct call *call)
{
    const struct ref_params *p = call->params;
    struct subscription *sub = subscription_find(call_desk(call)->watchers, p->ref.at);
    if (sub && subscription_conn(sub) != call->conn)
        return call_error(call, RPC_BAD_REF, NULL);
    subscription_free(sub);
    return call_reply(call, json_true());
}
