#include "monitor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/container.h"
#include "daemon/run/run_view.h"
#include "daemon/run/runs.h"
#include "daemon/run/watch.h"
#include "farewell.h"
#include "proto/runid.h"
#include "serve/conn.h"
#include "watchers.h"

struct monitor {
    struct run_watch watch;
    struct conn_part part;
    struct ref ref;
    struct watchers *all;
    struct conn *conn;
    struct run *run;
    struct out_line *line;
};

/* The tail is a JSON object whose opening brace is left out. */
#define DOWN_HEAD "{\"jsonrpc\":\"2.0\",\"method\":\"run.down\",\"params\":{\"ref\":\""

static struct out_line *make_line(const char *ref)
{
    char head[sizeof(DOWN_HEAD) + RUNID_GENERATED_LEN + 8];
    int len = snprintf(head, sizeof(head), DOWN_HEAD "%s\",", ref);
    struct out_line *line = out_line_new(head, (size_t)len);
    if (line)
        out_line_tag(line, strlen(DOWN_HEAD), strlen(ref));
    return line;
}

/* Out of the table and off the connection; it hangs on no run any more. */
static void forget(struct monitor *m)
{
    refs_remove(&m->all->refs, &m->ref);
    conn_detach(&m->part);
    out_line_free(m->line);
    free(m);
}

/* Queues the DOWN; the monitor is used up. */
static void fire(struct run_watch *w, struct run *run)
{
    struct monitor *m = CONTAINER_OF(w, struct monitor, watch);
    struct out_line *line = m->line;
    m->line = NULL;
    out_line_share(line, run_view(run).down);
    conn_push_behind(m->conn, farewell_of(m->conn, run), line);
    forget(m);
}

static void drop(struct run_watch *w)
{
    forget(CONTAINER_OF(w, struct monitor, watch));
}

static const struct run_watch_ops WATCH = {.rank = RANK_MONITOR, .ended = fire, .drop = drop};

static void drop_with_conn(struct conn_part *part)
{
    monitor_free(CONTAINER_OF(part, struct monitor, part));
}

static const struct conn_part_ops PART = {.drop = drop_with_conn};

const char *monitor_new(struct watchers *all, struct conn *c, struct run *run)
{
    struct monitor *m = calloc(1, sizeof(*m));
    if (!m)
        return NULL;
    if (refs_add(&all->refs, &m->ref, REF_MONITOR)) {
        free(m);
        return NULL;
    }
    m->all = all;
    m->line = make_line(m->ref.text);
    if (!m->line) {
        forget(m);
        return NULL;
    }
    m->conn = c;
    m->run = run;
    run_watch_hang(run_watches(run), &m->watch, &WATCH);
    conn_attach(c, &m->part, &PART);
    return m->ref.text;
}

struct monitor *monitor_find(const struct watchers *all, const char *ref)
{
    struct ref *found = refs_find(&all->refs, ref, REF_MONITOR);
    return found ? CONTAINER_OF(found, struct monitor, ref) : NULL;
}

const struct conn *monitor_conn(const struct monitor *m)
{
    return m->conn;
}

void monitor_free(struct monitor *m)
{
    if (!m)
        return;
    run_watch_take(run_watches(m->run), &m->watch);
    forget(m);
}
