#include "probe_run.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "admit.h"
#include "audit.h"
#include "await.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/container.h"
#include "daemon/run/down.h"
#include "daemon/run/start.h"
#include "daemon/run/watch.h"
#include "daemon/settings/config.h"
#include "daemon/settings/providers.h"
#include "daemon/settings/resources.h"
#include "desk.h"
#include "proto/json/json_tree.h"
#include "proto/runid.h"
#include "serve/pending.h"
#include "start_wait.h"
#include "startspec.h"
#include "told.h"

/* A probe that watches no clock is ended by ours. */
enum { GRACE_MS = 10000 };

static const char *const COUNCIL_IDS[] = {
    [LINK_PROBE_CHECK] = "probe:check",
    [LINK_PROBE_MODELS] = "probe:models",
};

/* ---- the answer ---- */

struct probe_wait {
    struct run_watch watch;
    struct pending *waiters; /* the one that asked, unless it is gone */
};

static void drop(struct run_watch *w)
{
    free(CONTAINER_OF(w, struct probe_wait, watch));
}

static void tell_unkillable(struct run_watch *w, struct run *run)
{
    struct probe_wait *probe = CONTAINER_OF(w, struct probe_wait, watch);
    told_unkillable(run, &probe->waiters);
}

static void tell_refused(struct run_watch *w, struct run *run)
{
    struct probe_wait *probe = CONTAINER_OF(w, struct probe_wait, watch);
    told_refused(run, &probe->waiters);
    drop(w);
}

static json_t *end_json(const struct run *run)
{
    const struct run_view seen = run_view(run);
    return json_pack("{s:s, s:o?, s:s?, s:s?}", "run_id", seen.run_id, "end",
                     reason_to_json(seen.reason), "outcome", outcome_name(seen.outcome),
                     "stopped_by", stopped_by_name(seen.stopped_by));
}

/* Its result, or how it ended instead. */
static void answer(struct run *run, struct pending **waiters)
{
    struct buf result = BUF_INIT(SIZE_MAX / 2);
    if (*waiters && run_view(run).outcome == OUTCOME_COMPLETE)
        await_result(&result, run);
    while (*waiters && result.len)
        pending_reply_raw(*waiters, (struct json_span){.at = result.at, .len = result.len});
    if (*waiters) {
        json_t *end = end_json(run);
        pendings_error(waiters, RPC_INTERNAL_ERROR, end);
        json_decref(end);
    }
    buf_release(&result);
}

static void tell_end(struct run_watch *w, struct run *run)
{
    struct probe_wait *probe = CONTAINER_OF(w, struct probe_wait, watch);
    answer(run, &probe->waiters);
    drop(w);
}

static const struct run_watch_ops RUNNING = {
    .rank = RANK_PROBE, .unkillable = tell_unkillable, .ended = tell_end, .drop = drop};

/* Who asked for the start waits for the end now. */
static void wait_for_end(struct run_watch *w, struct run *run)
{
    run_watch_take(run_watches(run), w);
    run_watch_hang(run_watches(run), w, &RUNNING);
}

static const struct run_watch_ops STARTING = {.rank = RANK_START,
                                              .ready = wait_for_end,
                                              .unkillable = tell_unkillable,
                                              .refused = tell_refused,
                                              .drop = drop};

/* ---- the start ---- */

static int make_record(struct buf *to, const struct start_order *o)
{
    char started[CLOCK_RFC3339_SIZE];
    json_t *json = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:I, s:o, s:{}, s:o, s:{}, s:b, s:n, s:n}", "run_id", o->run_id,
        "council_id", o->council_id, "registry", o->registry, "started_at",
        clock_rfc3339(o->now_ms, started), "recorder", "none", "shutdown", (json_int_t)o->shutdown,
        "limits", run_limits_json(&o->limits), "labels", "started_by",
        json_load_constant(o->started_by), "options", "verbose", 0, "council", "input");
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    int r = text ? buf_add_str(to, text) : -ENOMEM;
    free(text);
    json_decref(json);
    return r;
}

static int make_line(struct buf *to, const struct probe_order *order, const struct start_order *o,
                     const struct desk *desk)
{
    json_t *keys = providers_keys(order->providers, desk->core->keys);
    struct link_probe line = {.run_id = o->run_id,
                              .council_id = o->council_id,
                              .kind = order->kind,
                              .timeout_ms = order->timeout_ms,
                              .targets = order->targets,
                              .providers = order->providers,
                              .models = desk->core->resources->families,
                              .allow_addresses = desk->core->config->allow_addresses,
                              .deny_addresses = desk->core->config->deny_addresses,
                              .keys = keys,
                              .sandbox = desk->core->config->sandbox};
    to->wipe = true;
    int r = keys ? link_make_probe(to, &line) : -ENOMEM;
    if (keys)
        providers_wipe(keys);
    return r;
}

/* The operator's limits hold for probes too. */
static int set_limits(struct run_limits *ret, const struct desk *desk, int64_t timeout_ms)
{
    static const struct run_limits NONE = {LIMIT_NONE, LIMIT_NONE, LIMIT_NONE, LIMIT_NONE,
                                           LIMIT_NONE};
    const char *field = NULL;
    struct error err = {0};
    int r = run_limits_resolve(&NONE, &desk->core->config->limits, &desk->core->config->max_limits,
                               desk->cgroups, ret, &field, &err);
    if (r == 0 && (ret->deadline_ms == LIMIT_NONE || ret->deadline_ms > timeout_ms + GRACE_MS))
        ret->deadline_ms = timeout_ms + GRACE_MS;
    return r;
}

static int start(struct call *call, const struct probe_order *order, struct start_order *o)
{
    struct buf record = BUF_INIT(STARTSPEC_MAX), line = BUF_INIT(STARTSPEC_MAX);
    o->record_spec = &record;
    o->link_spec = &line;
    struct probe_wait *probe = calloc(1, sizeof(*probe));
    int r = probe ? make_record(&record, o) : -ENOMEM;
    r = r < 0 ? r : make_line(&line, order, o, call_desk(call));
    if (r < 0)
        free(probe);
    else
        r = start_watched(call, o, &probe->watch, &STARTING, &probe->waiters);
    buf_release(&line);
    buf_release(&record);
    return r;
}

int probe_start(struct call *call, const struct probe_order *order)
{
    struct desk *desk = call_desk(call);
    struct run_limits limits;
    char run_id[RUNID_MAX + 1];
    if (admit_run(call, NULL))
        return 0;
    _cleanup_free_ char *started_by = admit_started_by(call, NULL);
    int r = started_by ? admit_choose_id(desk, run_id) : -ENOMEM;
    r = r < 0 ? r : set_limits(&limits, desk, order->timeout_ms);
    if (r < 0)
        return r;
    audit_note_run(call, run_id);
    struct start_order o = {.run_id = run_id,
                            .council_id = COUNCIL_IDS[order->kind],
                            .registry = admit_registry(call, NULL),
                            .labels = "{}",
                            .started_by = started_by,
                            .question = "null",
                            .members = "[]",
                            .limits = limits,
                            .shutdown = desk->core->config->shutdown_ms,
                            .now_ms = clock_wall_ms()};
    return start(call, order, &o);
}
