#include "monitor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "daemon/run/runs.h"
#include "daemon/server.h"
#include "serve/conn.h"
#include "serve/outq.h"
#include "subscribe.h"

/* The tail is a JSON object whose opening brace is left out. */
#define DOWN_HEAD "{\"jsonrpc\":\"2.0\",\"method\":\"run.down\",\"params\":{\"ref\":\""

int ref_new(const struct server *s, char ret[RUNID_GENERATED_LEN + 1])
{
    int r;
    do {
        r = ref_generate(ret);
    } while (r == 0 && (monitor_find(s, ret) || subscription_find(s, ret)));
    return r;
}

static struct out_item *make_item(const char *ref)
{
    char head[sizeof(DOWN_HEAD) + RUNID_GENERATED_LEN + 8];
    int len = snprintf(head, sizeof(head), DOWN_HEAD "%s\",", ref);
    struct out_item *item = out_item_new(head, (size_t)len);
    if (item)
        item->ref = item->head + strlen(DOWN_HEAD);
    return item;
}

/* Out of the table and off the connection; it hangs on no run any more. */
static void forget(struct monitor *m)
{
    HASH_DEL(m->conn->server->monitors, m);
    DL_DELETE2(m->conn->monitors, m, conn_prev, conn_next);
    out_item_free(m->item);
    free(m);
}

/* Queues the DOWN; the monitor is used up. */
static void fire(struct run_watch *w, struct run *run)
{
    struct monitor *m = (struct monitor *)w;
    struct out_item *item = m->item;
    m->item = NULL;
    item->tail = blob_hold(run->down);
    farewell_push(farewell_of(m->conn, run), m->conn, item);
    forget(m);
}

static void drop(struct run_watch *w)
{
    forget((struct monitor *)w);
}

static const struct run_watch_ops MONITOR = {.rank = RANK_MONITOR, .ended = fire, .drop = drop};

const char *monitor_new(struct conn *c, struct run *run)
{
    struct server *s = c->server;
    struct monitor *m = calloc(1, sizeof(*m));
    if (!m)
        return NULL;
    if (ref_new(s, m->ref) || !(m->item = make_item(m->ref))) {
        free(m);
        return NULL;
    }
    HASH_ADD_STR(s->monitors, ref, m);
    if (!m->hh.tbl) {
        out_item_free(m->item);
        free(m);
        return NULL;
    }
    m->conn = c;
    m->run = run;
    run_watch_hang(&run->watches, &m->watch, &MONITOR);
    DL_APPEND2(c->monitors, m, conn_prev, conn_next);
    return m->ref;
}

struct monitor *monitor_find(const struct server *s, const char *ref)
{
    struct monitor *m = NULL;
    HASH_FIND_STR(s->monitors, ref, m);
    return m;
}

void monitor_free(struct monitor *m)
{
    if (!m)
        return;
    run_watch_take(&m->run->watches, &m->watch);
    forget(m);
}

void monitors_drop(struct conn *c)
{
    while (c->monitors)
        monitor_free(c->monitors);
}
