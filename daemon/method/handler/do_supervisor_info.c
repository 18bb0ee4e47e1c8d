#include <string.h>

#include "common/clock.h"
#include "common/utf8.h"
#include "daemon/cgroup/cgroup.h"
#include "daemon/method/desk/caller.h"
#include "daemon/method/desk/counts.h"
#include "daemon/method/desk/desk.h"
#include "daemon/run/down.h"
#include "daemon/settings/config.h"
#include "handlers.h"
#include "proto/json/json_make.h"
#include "proto/sandbox.h"
#include "serve/line_server.h"

static json_t *containment_json(const struct desk *desk)
{
    const bool holds = cgroup_holds(desk->cgroups);
    return json_pack("{s:s, s:b, s:b, s:b}", "kind", containment_name(holds), "lost",
                     (int)(desk->cgroups && !holds), "memory",
                     (int)(holds && cgroup_can_limit_memory(desk->cgroups)), "processes",
                     (int)(holds && cgroup_can_limit_processes(desk->cgroups)));
}

/* What a run that is started now would have in force. */
static json_t *sandbox_json(const struct desk *desk)
{
    const struct sandbox_policy *policy = &desk->core->config->sandbox_policy;
    struct sandbox_state state;
    struct error err = {0};
    const int r = sandbox_state_of_kernel(policy, &state, &err);
    json_t *told = sandbox_state_json(&state), *asked = sandbox_policy_json(policy);
    bool ok = told && asked && json_object_update(told, asked) == 0;
    ok = ok && json_put(told, "namespaces",
                        json_boolean(policy->mode != SANDBOX_OFF && desk->core->namespaces));
    ok = ok && json_put(told, "error", r < 0 ? json_string(err.text) : json_null());
    json_decref(asked);
    return json_done(told, ok);
}

static json_t *limits_json(const struct desk *desk)
{
    const struct config *c = desk->core->config;
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}",
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

/* A path need not be text. */
static json_t *path_json(const char *path)
{
    return utf8_valid(path, strlen(path)) ? json_string(path) : json_null();
}

int do_supervisor_info(struct call *call)
{
    const struct desk *desk = call_desk(call);
    return call_reply(
        call, json_pack("{s:s, s:s, s:i, s:s, s:i, s:o, s:s, s:s, s:I, s:I, s:o, s:o, s:o, s:o}",
                        "name", "councild", "version", COUNCILD_VERSION, "protocol", 1, "tenant",
                        desk->core->config->tenant, "pid", (int)desk->core->origin.pid,
                        "credentials_dir", path_json(desk->core->config->credentials_dir), "epoch",
                        desk->core->epoch, "state", core_state_name(desk->core), "uptime_ms",
                        (json_int_t)((clock_mono_us() - desk->core->started_us) / 1000),
                        "max_children", (json_int_t)desk->core->config->max_children, "containment",
                        containment_json(desk), "sandbox", sandbox_json(desk), "counts",
                        counts_json(desk, caller_scope(call, NULL)), "limits", limits_json(desk)));
}
