#include <errno.h>

#include "batch.h"
#include "common/clock.h"
#include "daemon/cgroup/cgroup.h"
#include "daemon/run/down.h"
#include "daemon/run/life.h"
#include "daemon/run/runs.h"
#include "daemon/settings/config.h"
#include "desk.h"
#include "method.h"
#include "proto/json/json_out.h"
#include "rows.h"
#include "serve/conn.h"
#include "serve/line_server.h"
#include "told.h"

/* ---- supervisor.info, count_children ---- */

static json_t *counts_json(const struct desk *desk, const char *registry)
{
    struct runs_counts n;
    runs_tally(desk->runs, registry, &n);
    json_int_t specs = n.active + n.starting;
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:i}", "active", (json_int_t)n.active, "starting",
                     (json_int_t)n.starting, "terminating", (json_int_t)n.terminating, "specs",
                     specs, "workers", specs, "supervisors", 0);
}

static json_t *containment_json(const struct desk *desk)
{
    return json_pack("{s:s, s:b, s:b}", "kind", containment_name(desk->cgroups != NULL), "memory",
                     (int)cgroup_can_limit_memory(desk->cgroups), "processes",
                     (int)cgroup_can_limit_processes(desk->cgroups));
}

static json_t *limits_json(const struct desk *desk)
{
    const struct config *c = desk->core->config;
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o?, s:o?}",
                     "max_request_bytes", (json_int_t)c->max_request_bytes, "max_connections",
                     (json_int_t)line_server_max_conns(desk->clients), "max_output_queue_bytes",
                     (json_int_t)c->max_output_queue_bytes, "start_timeout_ms",
                     (json_int_t)c->start_timeout_ms, "shutdown_ms", (json_int_t)c->shutdown_ms,
                     "stop_limit_ms", (json_int_t)c->stop_limit_ms, "kill_limit_ms",
                     (json_int_t)c->kill_limit_ms, "max_planned_calls",
                     (json_int_t)c->max_planned_calls, "max_parallel", (json_int_t)c->max_parallel,
                     "spares", (json_int_t)c->spares, "run", run_limits_json(&c->limits), "max_run",
                     run_limits_json(&c->max_limits));
}

int method_supervisor_info(struct call *call)
{
    const struct desk *desk = call_desk(call);
    return call_reply(call,
                      json_pack("{s:s, s:s, s:i, s:s, s:i, s:s, s:I, s:I, s:o, s:o, s:o}", "name",
                                "councild", "version", COUNCILD_VERSION, "protocol", 1, "tenant",
                                desk->core->config->tenant, "pid", (int)desk->core->origin.pid,
                                "epoch", desk->core->epoch, "uptime_ms",
                                (json_int_t)((clock_mono_us() - desk->core->started_us) / 1000),
                                "max_children", (json_int_t)desk->core->config->max_children,
                                "containment", containment_json(desk), "counts",
                                counts_json(desk, NULL), "limits", limits_json(desk)));
}

int method_supervisor_count_children(struct call *call)
{
    const struct registry_params *p = call->params;
    return call_reply(call, counts_json(call_desk(call), p->registry.at));
}

/* ---- which_children ---- */

int method_supervisor_which_children(struct call *call)
{
    const struct registry_params *p = call->params;
    struct buf out = BUF_INIT(REPLY_MAX);
    int64_t now = clock_mono_us();
    const char *comma = "";
    int r = buf_add_str(&out, "{\"children\":[");
    const struct runs *t = call_desk(call)->runs;
    for (const struct run *run = runs_next(t, NULL); r == 0 && run; run = runs_next(t, run)) {
        if (!run_listed(run) || !run_in_registry(run, p->registry.at))
            continue;
        r = buf_add_str(&out, comma);
        r = r ? r : row_child(&out, run, now);
        comma = ",";
    }
    r = r ? r : buf_add_str(&out, "]}");
    if (r == 0)
        call_reply_raw(call, (struct json_span){.at = out.at, .len = out.len});
    buf_release(&out);
    return r;
}

/* ---- terminate_all ---- */

/* All seats are taken before any run is touched: a snapshot, whole or not at all. */
static int seat_all(struct desk *desk, struct batch *b, const char *registry)
{
    for (struct run *run = runs_next(desk->runs, NULL); run; run = runs_next(desk->runs, run)) {
        if (run_listed(run) && run_in_registry(run, registry) && batch_add(b, run) < 0)
            return -ENOMEM;
    }
    return 0;
}

int method_supervisor_terminate_all(struct call *call)
{
    const struct registry_params *p = call->params;
    struct desk *desk = call_desk(call);
    struct batch *b = batch_new();
    if (!b || !call_wait(call, batch_waiters(b))) {
        free(b);
        return -ENOMEM;
    }
    if (seat_all(desk, b, p->registry.at) < 0) {
        pendings_error(batch_waiters(b), RPC_INTERNAL_ERROR, NULL);
        batch_seal(b);
        return 0;
    }
    for (struct run *run = runs_next(desk->runs, NULL); run; run = runs_next(desk->runs, run)) {
        if (!run_listed(run) || !run_in_registry(run, p->registry.at))
            continue;
        life_stop(run, STOPPED_BY_ALL, SHUTDOWN_DEFAULT);
        if (run->told_unkillable)
            told_unkillable(run, batch_waiters(b));
    }
    batch_seal(b);
    return 0;
}

int method_supervisor_stop(struct call *call)
{
    struct desk *desk = call_desk(call);
    if (!call_wait(call, &desk->stop_waiters))
        return -ENOMEM;
    desk->stop(desk->root);
    return 0;
}
