#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "daemon/method/desk/desk.h"
#include "daemon/records/record_archive.h"
#include "daemon/records/record_lost.h"
#include "daemon/run/runs.h"
#include "handlers.h"

/* Records looked at for one page: each costs reading a file. A page may come out short, or even
 * empty; `next` says whether there is more. */
enum { LOOK_MAX = 2000 };

struct listing {
    struct desk *desk;
    const struct run_list_params *params;
    const struct run **live; /* newest first */
    size_t live_count;
    size_t live_at;
    struct record_key at; /* what was looked at last */
    bool begun;           /* `at` holds something */
    json_t *rows;
};

static int compare(const struct record_key *a, const struct record_key *b)
{
    if (a->incarnation != b->incarnation)
        return a->incarnation < b->incarnation ? -1 : 1;
    return strcmp(a->run_id, b->run_id);
}

static void key_of(const struct run *run, struct record_key *ret)
{
    ret->incarnation = run->incarnation;
    snprintf(ret->run_id, sizeof(ret->run_id), "%s", run->run_id);
}

static int newest_first(const void *a, const void *b)
{
    struct record_key x, y;
    key_of(*(const struct run *const *)a, &x);
    key_of(*(const struct run *const *)b, &y);
    return -compare(&x, &y);
}

static int gather_live(struct listing *l)
{
    struct desk *desk = l->desk;
    if (l->params->state == LIST_ENDED)
        return 0;
    l->live = calloc(runs_count(desk->runs) + 1, sizeof(*l->live));
    if (!l->live)
        return -ENOMEM;
    for (const struct run *run = runs_next(desk->runs, NULL); run; run = runs_next(desk->runs, run))
        if (run_listed(run))
            l->live[l->live_count++] = run;
    if (l->live_count)
        qsort(l->live, l->live_count, sizeof(*l->live), newest_first);
    return 0;
}

static json_t *live_row(const struct run *run)
{
    char started[CLOCK_RFC3339_SIZE];
    return json_pack("{s:s, s:I, s:s, s:s, s:s, s:n, s:n, s:n}", "run_id", run->run_id,
                     "incarnation", (json_int_t)run->incarnation, "council_id", run->council_id,
                     "registry", run->registry, "started_at",
                     clock_rfc3339(run->started_ms, started), "ended_at", "outcome", "reason");
}

static bool is_text(const json_t *row, const char *name, const char *wanted)
{
    const char *text = json_string_value(json_object_get(row, name));
    return !wanted || (text && !strcmp(text, wanted));
}

static bool matches(const struct listing *l, const json_t *row)
{
    const struct run_list_params *p = l->params;
    const char *outcome =
        p->outcome == OUTCOME_NONE ? NULL : outcome_name((enum outcome)p->outcome);
    return is_text(row, "council_id", p->council_id.at) &&
           is_text(row, "registry", p->registry.at) && is_text(row, "outcome", outcome);
}

/* Steals the row. */
static int take(struct listing *l, const struct record_key *key, json_t *row)
{
    l->at = *key;
    l->begun = true;
    if (!row || !matches(l, row)) {
        json_decref(row);
        return 0;
    }
    return json_array_append_new(l->rows, row);
}

/* The youngest that has not been looked at: live or recorded. -ENOENT: there is none. */
static int next(struct listing *l, struct record_key *ret, const struct run **ret_run)
{
    struct record_key live;
    const struct record_key *before = l->begun ? &l->at : NULL;
    *ret_run = NULL;
    for (; l->live_at < l->live_count; l->live_at++) {
        key_of(l->live[l->live_at], &live);
        if (!before || compare(&live, before) < 0)
            break;
    }
    int r = l->params->state == LIST_LIVE ? -ENOENT : records_before(l->desk->records, before, ret);
    if (l->live_at < l->live_count && (r < 0 || compare(&live, ret) > 0)) {
        *ret = live;
        *ret_run = l->live[l->live_at];
        return 0;
    }
    return r;
}

static json_t *recorded_row(struct listing *l, const struct record_key *key)
{
    json_t *row = NULL;
    return records_summary(l->desk->records, key, &row) < 0 ? NULL : row;
}

/* Fills the page. 1: there is more, 0: that was all, or -errno. */
static int fill(struct listing *l)
{
    struct record_key key;
    const struct run *run;
    for (int looked = 0; looked < LOOK_MAX; looked++) {
        int r = next(l, &key, &run);
        if (r < 0)
            return r == -ENOENT ? 0 : r;
        if ((int64_t)json_array_size(l->rows) >= l->params->limit)
            return 1;
        if (take(l, &key, run ? live_row(run) : recorded_row(l, &key)) < 0)
            return -ENOMEM;
    }
    return 1;
}

static int reply(struct call *call, struct listing *l, bool more)
{
    char cursor[RECORD_NAME_SIZE];
    if (more)
        record_key_format(&l->at, cursor);
    return call_reply(call,
                      json_pack("{s:O, s:s?}", "runs", l->rows, "next", more ? cursor : NULL));
}

int do_run_list(struct call *call)
{
    const struct run_list_params *p = call->params;
    struct listing l = {.desk = call_desk(call), .params = p, .rows = json_array()};
    if (p->after.at && record_key_parse(p->after.at, &l.at) < 0) {
        json_decref(l.rows);
        return call_bad_field(call, RPC_INVALID_PARAMETER, "after", "no page begins there");
    }
    l.begun = p->after.at != NULL;
    int r = l.rows ? gather_live(&l) : -ENOMEM;
    r = r < 0 ? r : fill(&l);
    if (r >= 0)
        reply(call, &l, r > 0);
    json_decref(l.rows);
    free(l.live);
    return r < 0 ? r : 0;
}
