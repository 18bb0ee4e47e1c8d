#include "common/clock.h"
#include "daemon/method/desk/caller.h"
#include "daemon/method/desk/desk.h"
#include "daemon/run/run_json.h"
#include "daemon/run/runs.h"
#include "handlers.h"

int do_supervisor_which_children(struct call *call)
{
    const struct registry_params *p = call->params;
    struct buf out = BUF_INIT(REPLY_MAX);
    int64_t now = clock_mono_us();
    const char *comma = "", *registry = caller_scope(call, p->registry.at);
    int r = buf_add_str(&out, "{\"children\":[");
    const struct runs *t = call_desk(call)->runs;
    for (const struct run *run = runs_next(t, NULL); r == 0 && run; run = runs_next(t, run)) {
        if (!run_listed(run) || !run_in_registry(run, registry))
            continue;
        r = buf_add_str(&out, comma);
        r = r ? r : run_json_child(&out, run, now);
        comma = ",";
    }
    r = r ? r : buf_add_str(&out, "]}");
    if (r == 0)
        call_reply_raw(call, (struct json_span){.at = out.at, .len = out.len});
    buf_release(&out);
    return r;
}
