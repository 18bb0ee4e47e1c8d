#include "tenant_pull.h"

#include <errno.h>

#include "common/clock.h"
#include "daemon/records/record_archive.h"
#include "daemon/run/run_json.h"
#include "daemon/run/run_view.h"
#include "proto/methods/method_params.h"
#include "serve/conn.h"
#include "tenant_lines.h"
#include "tenant_told.h"
#include "watchers.h"

void tenant_pull_trim(struct watchers *all)
{
    uint64_t known = UINT64_MAX;
    for (const struct tenant_stream *s = all->tenant.streams; s; s = s->next)
        if (s->phase != LIVE && s->ends < known)
            known = s->ends;
    tenant_kept_drop(&all->tenant.kept, known);
}

static void go_live(struct tenant_stream *s)
{
    struct tenant *t = &s->all->tenant;
    s->phase = LIVE;
    tenant_pull_trim(s->all);
    tenant_told_state(s);
    if (s->progress < runs_progress(t->runs) && !timer_is_set(&t->progress))
        loop_timer_set(s->all->core->loop, &t->progress, TENANT_PROGRESS_MS);
}

/* What happened meanwhile, up to now; live when that is nothing. */
static void catch_up(struct tenant_stream *s)
{
    s->starts_to = runs_starts(s->all->tenant.runs);
    s->ends_to = records_ends(s->all->records);
    s->run = 0;
    s->record = (struct record_key){0};
    if (s->starts == s->starts_to && s->ends == s->ends_to)
        go_live(s);
    else
        s->phase = ENDS;
}

void tenant_pull_begin(struct tenant_stream *s)
{
    if (!tenant_told_wants(s, TENANT_SNAPSHOT)) {
        catch_up(s);
        return;
    }
    s->phase = SNAPSHOT;
    s->run = 0;
    s->starts = 0;
    s->starts_to = runs_starts(s->all->tenant.runs);
    s->progress = runs_progress(s->all->tenant.runs);
}

/* The next run that became ready above s->starts, up to s->starts_to. */
static const struct run *next_run(const struct tenant_stream *s)
{
    const struct runs *t = s->all->tenant.runs;
    for (const struct run *run = runs_next(t, NULL); run; run = runs_next(t, run)) {
        const struct run_view seen = run_view(run);
        if (seen.number > s->run && run_listed(run) && seen.announced_as > s->starts &&
            seen.announced_as <= s->starts_to && tenant_told_sees(s, seen.registry))
            return run;
    }
    return NULL;
}

/* 1: it is in the page, 0: the page is full, -errno. */
static int add_to_page(struct tenant_stream *s, struct buf *page, size_t empty,
                       const struct run *run, int64_t now_us)
{
    const size_t before = page->len;
    int r = before > empty ? buf_add_char(page, ',') : 0;
    r = r ? r : run_json_child(page, run, now_us);
    if (r)
        return r;
    if (before > empty && s->head_len + page->len + TENANT_PAGE_EXTRA > TENANT_PAGE_BYTES) {
        buf_truncate(page, before);
        return 0;
    }
    s->run = run_view(run).number;
    return 1;
}

static void pull_snapshot(struct tenant_stream *s)
{
    struct buf page = BUF_INIT(SIZE_MAX / 2);
    const int64_t now_us = clock_mono_us();
    const struct run *run = NULL;
    int opened = tenant_page_open(&page), r = opened ? opened : 1;
    const size_t empty = page.len;
    while (r == 1 && (run = next_run(s)))
        r = add_to_page(s, &page, empty, run, now_us);
    r = r < 0 ? r : tenant_page_close(&page, run != NULL);
    tenant_told_pulled(s, &page, r);
    if (run)
        return;
    s->starts = s->starts_to;
    catch_up(s);
}

static size_t tell_recorded(struct tenant_stream *s)
{
    struct buf event = BUF_INIT(SIZE_MAX / 2);
    json_t *row = tenant_row_recorded(s->all->records, &s->record);
    size_t bytes = 0;
    if (!row || tenant_told_sees(s, json_string_value(json_object_get(row, "registry")))) {
        const int made = row ? tenant_line_ended(&event, row) : -ENOMEM;
        bytes = tenant_told_pulled(s, &event, made);
    }
    json_decref(row);
    return bytes;
}

static void tell_kept(struct tenant_stream *s)
{
    const struct tenant_end *end = tenant_kept_after(&s->all->tenant.kept, s->ends);
    for (; end && end->number <= s->ends_to; end = end->next)
        if (tenant_told_sees(s, end->registry) && !tenant_told_push(s, end->tail))
            conn_doom(s->conn);
}

static void pull_ends(struct tenant_stream *s)
{
    size_t bytes = 0;
    int r = tenant_told_wants(s, TENANT_RUN_ENDED) ? 0 : -ENOENT;
    while (r == 0 && bytes < TENANT_PAGE_BYTES) {
        r = records_ended(s->all->records, s->ends, s->ends_to, &s->record);
        bytes += r == 0 ? tell_recorded(s) : 0;
    }
    if (r != -ENOENT)
        return;
    if (tenant_told_wants(s, TENANT_RUN_ENDED))
        tell_kept(s);
    s->ends = s->ends_to;
    s->phase = STARTS;
}

static size_t tell_start(struct tenant_stream *s, const struct run *run)
{
    struct buf event = BUF_INIT(SIZE_MAX / 2);
    const int made = tenant_line_started(&event, run, clock_mono_us());
    s->run = run_view(run).number;
    return tenant_told_pulled(s, &event, made);
}

static void pull_starts(struct tenant_stream *s)
{
    size_t bytes = 0;
    const struct run *run = NULL;
    while (bytes < TENANT_PAGE_BYTES && tenant_told_wants(s, TENANT_RUN_STARTED) &&
           (run = next_run(s)))
        bytes += tell_start(s, run);
    if (run)
        return;
    s->starts = s->starts_to;
    catch_up(s);
}

void tenant_pull(struct tenant_stream *s)
{
    if (s->phase == LOST) {
        tenant_told_gap(s);
        tenant_pull_begin(s);
    } else if (s->phase == SNAPSHOT) {
        pull_snapshot(s);
    } else if (s->phase == ENDS) {
        pull_ends(s);
    } else if (s->phase == STARTS) {
        pull_starts(s);
    }
}
