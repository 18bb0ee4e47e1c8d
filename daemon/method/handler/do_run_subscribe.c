#include <errno.h>

#include "daemon/method/desk/caller.h"
#include "daemon/method/desk/desk.h"
#include "daemon/run/run_view.h"
#include "daemon/run/runs.h"
#include "daemon/watch/subscribe.h"
#include "handlers.h"
#include "serve/conn.h"

static int reply_subscribed(struct call *call, const struct subscription *sub, int64_t last_seq)
{
    call_reply(call, json_pack("{s:s, s:I}", "ref", subscription_ref(sub), "last_seq",
                               (json_int_t)last_seq));
    conn_touch(call->conn); /* a replay begins */
    return 0;
}

int do_run_subscribe(struct call *call)
{
    const struct run_subscribe_params *p = call->params;
    struct run *run = caller_find_listed(call, &p->run_id);
    struct subscription *sub;
    struct record_key key;
    if (run) {
        int r = subscription_new(call_desk(call)->watchers, call->conn, run, p->after_seq,
                                 p->deltas, &sub);
        return r < 0 ? r : reply_subscribed(call, sub, run_view(run).last_seq);
    }
    int found = caller_find_record(call, &p->run_id, &key);
    if (found < 0)
        return found == -ENOENT ? call_error(call, RPC_NOT_FOUND, NULL) : found;
    int r = subscription_new_ended(call_desk(call)->watchers, call->conn, &key, p->after_seq, &sub);
    return r < 0 ? r : reply_subscribed(call, sub, subscription_last_seq(sub));
}
