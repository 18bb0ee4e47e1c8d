#include <string.h>

#include "common/clock.h"
#include "daemon/method/desk/counts.h"
#include "daemon/method/desk/desk.h"
#include "daemon/run/runs.h"
#include "daemon/runner/spare.h"
#include "handlers.h"
#include "proto/json/json_make.h"
#include "proto/methods/stats_objects.h"
#include "serve/line_server.h"

/* ---- a number for each word ---- */

static const char *refusal_at(int i)
{
    return rpc_reason_name((enum rpc_reason)i);
}

static const char *reason_at(int i)
{
    return reason_kind_name((enum reason_kind)i);
}

static const char *outcome_at(int i)
{
    const char *name = outcome_name((enum outcome)i);
    return name ? name : "none";
}

/* -1: there is none of that name. */
static int find(const char *name, const char *(*name_at)(int), int n)
{
    for (int i = 0; i < n; i++)
        if (name_at(i) && !strcmp(name_at(i), name))
            return i;
    return -1;
}

static json_t *numbers(const struct object *words, const int64_t *counted,
                       const char *(*name_at)(int), int n)
{
    json_t *json = json_object();
    bool ok = json != NULL;
    for (const struct field *f = words->fields; ok && f->name; f++) {
        const int i = find(f->name, name_at, n);
        ok = i >= 0 && json_put(json, f->name, json_integer(counted[i]));
    }
    return json_done(json, ok);
}

/* ---- durations ---- */

static json_t *bucket(size_t i, int64_t count)
{
    json_t *le = i < STATS_BOUNDS ? json_integer(STATS_BOUNDS_MS[i]) : json_null();
    return json_pack("{s:o, s:I}", "le_ms", le, "count", (json_int_t)count);
}

static json_t *durations(const struct stats *s)
{
    json_t *buckets = json_array();
    int64_t count = 0;
    bool ok = buckets != NULL;
    for (size_t i = 0; ok && i <= STATS_BOUNDS; i++) {
        count += s->durations[i];
        ok = json_append(buckets, bucket(i, count));
    }
    return json_pack("{s:I, s:o}", "sum_ms", (json_int_t)s->duration_ms, "buckets",
                     json_done(buckets, ok));
}

int do_supervisor_stats(struct call *call)
{
    const struct desk *desk = call_desk(call);
    const struct stats *s = &desk->core->stats;
    return call_reply(
        call,
        json_pack(
            "{s:s, s:I, s:o, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:I, s:f, s:I, s:I}", "epoch",
            desk->core->epoch, "uptime_ms",
            (json_int_t)((clock_mono_us() - desk->core->started_us) / 1000), "counts",
            counts_json(desk, NULL), "spares_ready",
            (json_int_t)spares_ready(runs_parts(desk->runs)->spares), "queue_bytes",
            (json_int_t)line_server_queued(desk->clients), "starts", (json_int_t)s->starts,
            "start_refusals",
            numbers(&OBJECT_START_REFUSALS, s->refused, refusal_at, RPC_REASON_COUNT),
            "end_reasons", numbers(&OBJECT_END_REASONS, s->reasons, reason_at, REASON_KIND_COUNT),
            "end_outcomes", numbers(&OBJECT_END_OUTCOMES, s->outcomes, outcome_at, OUTCOME_COUNT),
            "durations", durations(s), "tokens", (json_int_t)s->tokens, "cost", s->cost, "unpriced",
            (json_int_t)s->unpriced, "dropped_events", (json_int_t)s->dropped));
}
