/* run.list: each record that is looked at costs reading a row, so a page is filled in steps, and
 * only the lines behind it on its own connection wait for it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/container.h"
#include "daemon/method/desk/caller.h"
#include "daemon/method/desk/desk.h"
#include "daemon/records/record_archive.h"
#include "daemon/records/record_rows.h"
#include "daemon/records/record_search.h"
#include "daemon/run/run_json.h"
#include "daemon/run/run_view.h"
#include "daemon/run/runs.h"
#include "handlers.h"
#include "proto/json/json_make.h"
#include "serve/conn.h"
#include "serve/pending.h"

/* Labels may be long: a page ends before its limit when its rows are that much text. */
enum { PAGE_BYTES = 1 << 20 };

struct listing {
    struct conn_part part; /* while it goes on */
    struct pending *asker; /* NULL: it has gone */
    struct desk *desk;
    int state;
    struct record_search search;
    char *council_id, *registry, *text; /* its texts, NULL: any */
    json_t *label;
    int64_t since_ms; /* no older ones */
    size_t limit;
    struct record_key *live; /* newest first; those of runs that were live when it was asked */
    size_t live_count;
    size_t live_at;
    struct record_key at; /* what was looked at last, or where to begin */
    bool begun;           /* `at` holds something */
    bool narrowed;        /* to the registry of its connection */
    int64_t unreadable;
    json_t *rows;
    size_t bytes; /* of them */
};

static void forget(struct listing *l)
{
    conn_detach(&l->part);
    pending_free(l->asker);
    json_decref(l->rows);
    free(l->live);
    free(l->council_id);
    free(l->registry);
    free(l->text);
    json_decref(l->label);
    free(l);
}

/* ---- what there is ---- */

static int compare(const struct record_key *a, const struct record_key *b)
{
    if (a->incarnation != b->incarnation)
        return a->incarnation < b->incarnation ? -1 : 1;
    return strcmp(a->run_id, b->run_id);
}

static void key_of(const struct run *run, struct record_key *ret)
{
    const struct run_view seen = run_view(run);
    ret->incarnation = seen.incarnation;
    snprintf(ret->run_id, sizeof(ret->run_id), "%s", seen.run_id);
}

static int newest_first(const void *a, const void *b)
{
    return -compare(a, b);
}

static int gather_live(struct listing *l)
{
    struct desk *desk = l->desk;
    if (l->state == LIST_ENDED)
        return 0;
    l->live = calloc(runs_count(desk->runs) + 1, sizeof(*l->live));
    if (!l->live)
        return -ENOMEM;
    for (const struct run *run = runs_next(desk->runs, NULL); run; run = runs_next(desk->runs, run))
        if (run_listed(run))
            key_of(run, &l->live[l->live_count++]);
    if (l->live_count)
        qsort(l->live, l->live_count, sizeof(*l->live), newest_first);
    return 0;
}

/* The youngest that has not been looked at: live or recorded. -ENOENT: there is none. */
static int next(struct listing *l, struct record_key *ret)
{
    const struct record_key *before = l->begun ? &l->at : NULL;
    while (before && l->live_at < l->live_count && compare(&l->live[l->live_at], before) >= 0)
        l->live_at++;
    int r = l->state == LIST_LIVE ? -ENOENT : records_before(l->desk->records, before, ret);
    if (l->live_at < l->live_count && (r < 0 || compare(&l->live[l->live_at], ret) > 0)) {
        *ret = l->live[l->live_at];
        return 0;
    }
    return r;
}

/* ---- rows ---- */

static int live_row(const struct listing *l, const struct run *run, json_t **ret, size_t *ret_len)
{
    struct buf row = BUF_INIT(SIZE_MAX / 2);
    int r = run_json_row(&row, run);
    r = r < 0 ? r : record_search_row(&l->search, row.at, row.len, ret);
    *ret_len = row.len;
    buf_release(&row);
    return r;
}

/* 1; 0: it is not looked for; -ENOMEM; another -errno: it cannot be read. It may have ended while
 * the page was filled. */
static int make_row(const struct listing *l, const struct record_key *key, json_t **ret,
                    size_t *ret_len)
{
    const struct run *run = runs_find_listed(l->desk->runs, key->run_id, strlen(key->run_id));
    if (run && run_view(run).incarnation == key->incarnation)
        return live_row(l, run, ret, ret_len);
    return records_search(l->desk->records, key, &l->search, ret, ret_len);
}

static int take(struct listing *l, const struct record_key *key)
{
    json_t *row = NULL;
    size_t len = 0;
    const int r = make_row(l, key, &row, &len);
    l->at = *key;
    l->begun = true;
    if (r < 0) {
        l->unreadable += !l->narrowed;
        return r == -ENOMEM ? r : 0;
    }
    l->bytes += row ? len : 0;
    return !row || json_append(l->rows, row) ? 0 : -ENOMEM;
}

/* ---- the page ---- */

/* Fills it. 1: there is more for another page, 0: that was all, -EAGAIN: it is not full yet, but
 * its share of the turn is over; another -errno. */
static int fill(struct listing *l)
{
    struct record_key key;
    for (;;) {
        int r = next(l, &key);
        if (r == -ENOENT || (r == 0 && key.incarnation < l->since_ms))
            return 0;
        if (r < 0)
            return r;
        if (json_array_size(l->rows) >= l->limit || l->bytes >= PAGE_BYTES)
            return 1;
        r = take(l, &key);
        if (r < 0)
            return r;
        if (loop_share_is_over(l->desk->core->loop))
            return -EAGAIN;
    }
}

static void answer(struct listing *l, int filled)
{
    char cursor[RECORD_NAME_SIZE];
    json_t *page = NULL;
    if (filled > 0)
        record_key_format(&l->at, cursor);
    if (filled >= 0)
        page = json_pack("{s:O, s:s?, s:I}", "runs", l->rows, "next", filled > 0 ? cursor : NULL,
                         "unreadable", (json_int_t)l->unreadable);
    if (page)
        pending_reply(l->asker, page);
    else
        pending_error(l->asker, RPC_INTERNAL_ERROR, NULL);
    json_decref(page);
}

/* False: it goes on in another turn. */
static bool work(struct listing *l)
{
    int r = fill(l);
    if (r == -EAGAIN)
        return false;
    answer(l, r);
    forget(l);
    return true;
}

static void step(struct conn_part *part)
{
    work(CONTAINER_OF(part, struct listing, part));
}

static void drop(struct conn_part *part)
{
    forget(CONTAINER_OF(part, struct listing, part));
}

static const struct conn_part_ops LISTING = {.step = step, .drop = drop};

/* ---- the request ---- */

static const char *copy(const char *text, char **to, bool *ok)
{
    *to = text ? strdup(text) : NULL;
    *ok = *ok && (*to || !text);
    return *to;
}

static bool take_search(struct listing *l, struct call *call)
{
    const struct run_list_params *p = call->params;
    bool ok = true;
    l->label = json_incref(p->label);
    l->search = (struct record_search){
        .council_id = copy(p->council_id.at, &l->council_id, &ok),
        .registry = copy(caller_scope(call, p->registry.at), &l->registry, &ok),
        .text = copy(p->text, &l->text, &ok),
        .labels = l->label,
        .ended = p->outcome != OUTCOME_COUNT,
        .outcome = (enum outcome)p->outcome,
    };
    return ok;
}

/* Behind the page before, and before the time that was given. */
static bool take_bounds(struct listing *l, const struct run_list_params *p)
{
    struct record_key until = {0};
    l->since_ms = INT64_MIN;
    if (p->since)
        clock_parse_rfc3339(p->since, &l->since_ms);
    l->begun = p->after.at || p->until;
    if (p->after.at && record_key_parse(p->after.at, &l->at) < 0)
        return false;
    if (p->until)
        clock_parse_rfc3339(p->until, &until.incarnation);
    if (p->until && (!p->after.at || compare(&until, &l->at) < 0))
        l->at = until;
    return true;
}

static struct listing *make(struct call *call)
{
    const struct run_list_params *p = call->params;
    struct listing *l = calloc(1, sizeof(*l));
    if (!l)
        return NULL;
    l->desk = call_desk(call);
    l->state = p->state;
    l->limit = (size_t)p->limit;
    l->narrowed = *call_caller(call)->registry;
    l->rows = json_array();
    if (take_search(l, call) && l->rows && gather_live(l) == 0)
        return l;
    forget(l);
    return NULL;
}

int do_run_list(struct call *call)
{
    struct listing *l = make(call);
    if (!l)
        return -ENOMEM;
    if (!take_bounds(l, call->params)) {
        forget(l);
        return call_bad_field(call, RPC_INVALID_PARAMETER, "after", "no page begins there");
    }
    if (!call_wait(call, &l->asker)) {
        forget(l);
        return -ENOMEM;
    }
    if (!work(l))
        conn_attach(call->conn, &l->part, &LISTING);
    return 0;
}
