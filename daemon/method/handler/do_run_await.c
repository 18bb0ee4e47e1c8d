#include <errno.h>
#include <string.h>

#include "daemon/method/desk/await.h"
#include "daemon/method/desk/desk.h"
#include "daemon/records/record_archive.h"
#include "daemon/run/runs.h"
#include "handlers.h"

int do_run_await(struct call *call)
{
    const struct run_await_params *p = call->params;
    struct run *run = runs_find_listed(call_desk(call)->runs, p->run_id.at, p->run_id.len);
    struct record_key key;
    struct buf out = BUF_INIT(REPLY_MAX);
    if (run)
        return await_live(call, run, p->timeout_ms);
    if (strlen(p->run_id.at) != p->run_id.len ||
        records_find(call_desk(call)->records, p->run_id.at, &key) < 0)
        return call_error(call, RPC_NOT_FOUND, NULL);
    int r = await_build_recorded(&out, call_desk(call)->records, &key);
    if (r == 0)
        call_reply_raw(call, (struct json_span){.at = out.at, .len = out.len});
    buf_release(&out);
    return r;
}
