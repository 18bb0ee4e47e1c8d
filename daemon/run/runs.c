#include "runs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "daemon/core/core.h"
#include "daemon/core/status.h"
#include "daemon/records/record.h"
#include "daemon/runner/runner.h"
#include "run_inside.h"
#include "serve/blob.h"

struct runs {
    struct runs_parts parts;
    struct run *by_id;
    uint64_t numbers;          /* given so far, */
    uint64_t starts, progress; /* as these two */
    struct runs_observer *observer;
};

/* ---- the table ---- */

int runs_new(const struct runs_parts *parts, struct runs **ret)
{
    struct runs *t = calloc(1, sizeof(*t));
    if (!t)
        return -ENOMEM;
    t->parts = *parts;
    *ret = t;
    return 0;
}

void runs_free(struct runs *t)
{
    if (!t)
        return;
    while (t->by_id)
        run_free(t->by_id);
    free(t);
}

const struct runs_parts *runs_parts(const struct runs *t)
{
    return &t->parts;
}

static void tell_count(const struct runs *t)
{
    status_runs(t->parts.core, HASH_COUNT(t->by_id));
}

struct run *run_new(struct runs *t, const char *run_id)
{
    struct run *run = calloc(1, sizeof(*run));
    if (!run)
        return NULL;
    run->parts = &t->parts;
    run->number = ++t->numbers;
    snprintf(run->run_id, sizeof(run->run_id), "%s", run_id);
    run->peak_memory = -1;
    buf_init(&run->result, SIZE_MAX / 2);
    run->started_us = clock_mono_us();
    HASH_ADD_STR(t->by_id, run_id, run);
    if (!run->hh.tbl) {
        run_free(run);
        return NULL;
    }
    run->table = t;
    tell_count(t);
    return run;
}

void run_leave_table(struct run *run)
{
    struct runs *t = run->table;
    if (!t)
        return;
    HASH_DEL(t->by_id, run);
    run->table = NULL;
    tell_count(t);
}

void run_free(struct run *run)
{
    if (!run)
        return;
    run_leave_table(run);
    run_watches_drop(&run->watches);
    runner_free(run->runner);
    timer_release(&run->timer);
    timer_release(&run->cleaning);
    timer_release(&run->link_timer);
    record_free(run->record);
    reason_release(&run->cause);
    reason_release(&run->reason);
    blob_drop(run->down);
    buf_release(&run->result);
    free(run->start_key);
    free(run->resume_from);
    free(run->council_id);
    free(run->registry);
    free(run->labels);
    free(run->started_by);
    free(run->limits_json);
    free(run->question);
    free(run->members);
    free(run->sandbox);
    free(run->phase);
    free(run->usage);
    free(run);
}

/* ---- who hears of all ---- */

void runs_observe(struct runs *t, struct runs_observer *observer)
{
    t->observer = observer;
}

uint64_t runs_starts(const struct runs *t)
{
    return t->starts;
}

uint64_t runs_progress(const struct runs *t)
{
    return t->progress;
}

void runs_started(struct run *run)
{
    struct runs *t = run->table;
    run->announced_as = ++t->starts;
    if (t->observer)
        t->observer->started(t->observer, run);
}

void runs_progressed(struct run *run)
{
    struct runs *t = run->table;
    run->progress = ++t->progress;
    if (t->observer)
        t->observer->progressed(t->observer, run);
}

void runs_ended(struct runs *t, const struct run *run)
{
    if (t->observer)
        t->observer->ended(t->observer, run);
}

/* ---- one of them ---- */

struct loop *run_loop(const struct run *run)
{
    return run->parts->core->loop;
}

struct run_watches *run_watches(struct run *run)
{
    return &run->watches;
}

/* ---- looking ---- */

struct run *runs_find(const struct runs *t, const char *run_id, size_t len)
{
    struct run *run = NULL;
    HASH_FIND(hh, t->by_id, run_id, len, run);
    return run;
}

bool run_listed(const struct run *run)
{
    return run_is_listed(run->machine.state, run->announced);
}

struct run *runs_find_listed(const struct runs *t, const char *run_id, size_t len)
{
    struct run *run = runs_find(t, run_id, len);
    return run && run_listed(run) ? run : NULL;
}

size_t runs_count(const struct runs *t)
{
    return HASH_COUNT(t->by_id);
}

struct run *runs_next(const struct runs *t, const struct run *run)
{
    return run ? run->hh.next : t->by_id;
}

bool run_in_registry(const struct run *run, const char *registry)
{
    return !registry || !strcmp(run->registry, registry);
}

void runs_tally(const struct runs *t, const char *registry, struct runs_counts *ret)
{
    *ret = (struct runs_counts){0};
    for (const struct run *run = t->by_id; run; run = run->hh.next) {
        if (!run_in_registry(run, registry))
            continue;
        if (!run_listed(run))
            ret->starting++;
        else
            ret->active++;
        if (run_listed(run) && run->machine.state != RUN_RUNNING)
            ret->terminating++;
    }
}

const char *run_shown_state(const struct run *run)
{
    return run->machine.state == RUN_RUNNING ? "running" : "terminating";
}

void run_set_deltas(struct run *run, bool on)
{
    if (on == run->deltas_on || !run->runner || !runner_link_is_open(run->runner))
        return;
    if (runner_deltas(run->runner, on) == 0)
        run->deltas_on = on;
}
