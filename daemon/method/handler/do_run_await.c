#include <errno.h>

#include "daemon/method/desk/await.h"
#include "daemon/method/desk/caller.h"
#include "daemon/method/desk/desk.h"
#include "daemon/records/record_archive.h"
#include "daemon/run/runs.h"
#include "handlers.h"

int do_run_await(struct call *call)
{
    const struct run_await_params *p = call->params;
    struct run *run = caller_find_listed(call, &p->run_id);
    struct record_key key;
    struct buf out = BUF_INIT(REPLY_MAX);
    if (run)
        return await_live(call, run, p->timeout_ms);
    int found = caller_find_record(call, &p->run_id, &key);
    if (found < 0)
        return found == -ENOENT ? call_error(call, RPC_NOT_FOUND, NULL) : found;
    int r = await_build_recorded(&out, call_desk(call)->records, &key);
    if (r == 0)
        call_reply_raw(call, (struct json_span){.at = out.at, .len = out.len});
    buf_release(&out);
    return r;
}
