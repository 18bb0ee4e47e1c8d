#include "tenant_watch.h"

#include "common/clock.h"
#include "common/container.h"
#include "daemon/core/core.h"
#include "daemon/records/record_archive.h"
#include "daemon/run/run_view.h"
#include "daemon/run/runs.h"
#include "event_feed.h"
#include "proto/methods/method_params.h"
#include "serve/blob.h"
#include "tenant_lines.h"
#include "tenant_pull.h"
#include "tenant_told.h"
#include "watchers.h"

static struct watchers *watchers_of(struct runs_observer *o)
{
    return CONTAINER_OF(o, struct watchers, tenant.observer);
}

/* The buffer is released; NULL: no memory, or the line could not be made. */
static struct blob *tail_of(struct buf *event, int made)
{
    struct blob *tail = made ? NULL : event_tail((struct json_span){event->at, event->len});
    buf_release(event);
    return tail;
}

/* ---- a run is ready ---- */

static struct blob *start_tail(const struct run *run)
{
    struct buf event = BUF_INIT(SIZE_MAX / 2);
    const int made = tenant_line_started(&event, run, clock_mono_us());
    return tail_of(&event, made);
}

static void started(struct runs_observer *o, const struct run *run)
{
    const struct watchers *all = watchers_of(o);
    const char *registry = run_view(run).registry;
    struct blob *tail = all->tenant.streams ? start_tail(run) : NULL;
    for (struct tenant_stream *s = all->tenant.streams; s; s = tenant_told_next(s)) {
        if (tenant_told_hears(s, TENANT_RUN_STARTED, registry))
            tenant_told_give(s, tail);
        tenant_told_passed(s);
    }
    blob_drop(tail);
}

/* ---- a run has ended ---- */

static struct blob *end_tail(const struct watchers *all, const struct run *run, bool recorded)
{
    struct buf event = BUF_INIT(SIZE_MAX / 2);
    json_t *row =
        recorded ? tenant_row_recorded(all->records, run_view(run).record) : tenant_row_unkept(run);
    const int made = row ? tenant_line_ended(&event, row) : -1;
    json_decref(row);
    return tail_of(&event, made);
}

/* Those that are behind find it in no record. */
static void keep(struct watchers *all, struct blob *tail, const char *registry)
{
    bool behind = false;
    for (struct tenant_stream *s = all->tenant.streams; s; s = tenant_told_next(s))
        behind = behind || tenant_told_is_behind(s);
    if (!behind || (tail && tenant_kept_add(&all->tenant.kept, records_ends(all->records), tail,
                                            registry) == 0))
        return;
    for (struct tenant_stream *s = all->tenant.streams; s; s = tenant_told_next(s))
        if (tenant_told_is_behind(s))
            tenant_told_give_up(s);
}

static void tell_end(struct watchers *all, const struct run *run, bool recorded)
{
    const char *registry = run_view(run).registry;
    struct blob *tail = end_tail(all, run, recorded);
    for (struct tenant_stream *s = all->tenant.streams; s; s = tenant_told_next(s)) {
        if (tenant_told_hears(s, TENANT_RUN_ENDED, registry))
            tenant_told_give(s, tail);
        tenant_told_passed(s);
    }
    if (!recorded)
        keep(all, tail, registry);
    blob_drop(tail);
}

static void ended(struct runs_observer *o, const struct run *run)
{
    struct watchers *all = watchers_of(o);
    const bool recorded = records_has(all->records, run_view(run).record);
    if (!recorded)
        records_count_end(all->records);
    if (all->tenant.streams)
        tell_end(all, run, recorded);
}

/* ---- a run has told how far it is ---- */

static void progressed(struct runs_observer *o, const struct run *run)
{
    struct watchers *all = watchers_of(o);
    (void)run;
    if (all->tenant.streams && !timer_is_set(&all->tenant.progress))
        loop_timer_set(all->core->loop, &all->tenant.progress, TENANT_PROGRESS_MS);
}

static struct blob *progress_tail(const struct run *run)
{
    struct buf event = BUF_INIT(SIZE_MAX / 2);
    const int made = tenant_line_progress(&event, run);
    return tail_of(&event, made);
}

static void tell_progress_of(const struct watchers *all, const struct run *run)
{
    const struct run_view seen = run_view(run);
    struct blob *tail = NULL;
    for (struct tenant_stream *s = all->tenant.streams; s; s = tenant_told_next(s)) {
        if (seen.progress <= tenant_told_progress(s) ||
            !tenant_told_hears(s, TENANT_RUN_PROGRESS, seen.registry))
            continue;
        tail = tail ? tail : progress_tail(run);
        tenant_told_give(s, tail);
    }
    blob_drop(tail);
}

static void tell_progress(void *arg)
{
    const struct watchers *all = arg;
    const struct runs *t = all->tenant.runs;
    for (const struct run *run = runs_next(t, NULL); run; run = runs_next(t, run))
        if (run_listed(run))
            tell_progress_of(all, run);
    for (struct tenant_stream *s = all->tenant.streams; s; s = tenant_told_next(s))
        tenant_told_progressed(s);
}

/* ---- the tenant itself ---- */

static void tell_state(const struct watchers *all)
{
    for (struct tenant_stream *s = all->tenant.streams; s; s = tenant_told_next(s))
        tenant_told_state(s);
}

void tenant_reloaded(struct watchers *all)
{
    all->tenant.reloads++;
    tell_state(all);
}

void tenant_stops(struct watchers *all)
{
    tell_state(all);
}

int tenant_begin(struct watchers *all, struct runs *runs)
{
    struct tenant *t = &all->tenant;
    const int r = loop_timer_init(all->core->loop, &t->progress, tell_progress, all);
    if (r < 0)
        return r;
    t->observer =
        (struct runs_observer){.started = started, .progressed = progressed, .ended = ended};
    t->runs = runs;
    runs_observe(runs, &t->observer);
    return 0;
}

void tenant_end(struct watchers *all)
{
    timer_release(&all->tenant.progress);
}
