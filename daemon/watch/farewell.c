#include "farewell.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "daemon/run/runs.h"
#include "daemon/server.h"
#include "serve/conn.h"
#include "serve/outq.h"
#include "subscribe.h"

enum { LIMIT_MS = 1000 };

static void cut(void *arg);

struct farewell *farewell_of(struct conn *c, const struct run *run)
{
    struct farewell *f;
    DL_FOREACH (c->farewells, f) {
        if (f->run == run->number)
            return f;
    }
    return NULL;
}

struct farewell *farewell_need(struct conn *c, const struct run *run)
{
    struct farewell *f = farewell_of(c, run);
    if (f)
        return f;
    f = calloc(1, sizeof(*f));
    if (!f || loop_timer_init(c->server->loop, &f->limit, cut, f)) {
        free(f);
        return NULL;
    }
    f->conn = c;
    f->run = run->number;
    DL_APPEND(c->farewells, f);
    loop_timer_set(c->server->loop, &f->limit, LIMIT_MS);
    return f;
}

struct farewell *farewell_last(struct conn *c)
{
    return c->farewells ? c->farewells->prev : NULL;
}

void farewell_push(struct farewell *f, struct conn *c, struct out_item *item)
{
    if (f)
        DL_APPEND(f->items, item);
    else
        conn_push(c, item);
}

bool farewell_push_line(struct farewell *f, struct conn *c, const struct buf *line)
{
    struct out_item *item = out_item_new(line->at, line->len);
    if (item)
        farewell_push(f, c, item);
    return item != NULL;
}

static void free_items(struct farewell *f)
{
    struct out_item *item, *next;
    DL_FOREACH_SAFE (f->items, item, next) {
        out_item_free(item);
    }
    f->items = NULL;
}

static void forget(struct farewell *f)
{
    DL_DELETE(f->conn->farewells, f);
    timer_release(&f->limit);
    free_items(f);
    free(f);
}

void farewell_done(struct farewell *f)
{
    struct conn *c = f->conn;
    if (--f->replays)
        return;
    while (f->items) {
        struct out_item *item = f->items;
        DL_DELETE(f->items, item);
        conn_push(c, item);
    }
    forget(f);
    conn_touch(c);
}

/* The second is over. */
static void cut(void *arg)
{
    struct farewell *f = arg;
    struct conn *c = f->conn;
    struct subscription *sub = c->subscriptions;
    while (sub) {
        struct subscription *next = sub->conn_next;
        unsigned left = f->replays;
        if (sub->farewell == f) {
            subscription_cut(sub);
            if (left == 1)
                return; /* that was the last: the farewell is gone */
        }
        sub = next;
    }
}

void farewells_drop(struct conn *c)
{
    while (c->farewells)
        forget(c->farewells);
}

static struct out_item *find_down(const struct conn *c, const char *ref, struct farewell **ret)
{
    struct farewell *f;
    struct out_item *item;
    DL_FOREACH (c->farewells, f) {
        DL_FOREACH (f->items, item) {
            if (item->ref && !strncmp(item->ref, ref, strlen(ref))) {
                *ret = f;
                return item;
            }
        }
    }
    return NULL;
}

bool farewells_have_down(const struct conn *c, const char *ref)
{
    struct farewell *f;
    return find_down(c, ref, &f) != NULL;
}

bool farewells_remove_down(struct conn *c, const char *ref)
{
    struct farewell *f;
    struct out_item *item = find_down(c, ref, &f);
    if (!item)
        return false;
    DL_DELETE(f->items, item);
    out_item_free(item);
    return true;
}

void farewells_release_down(struct conn *c, const char *ref)
{
    struct farewell *f;
    struct out_item *item = find_down(c, ref, &f);
    if (!item)
        return;
    DL_DELETE(f->items, item);
    conn_push(c, item);
}
