#include "tenant_told.h"

#include <stdio.h>
#include <string.h>

#include "daemon/records/record_archive.h"
#include "event_feed.h"
#include "proto/methods/method_params.h"
#include "serve/blob.h"
#include "serve/conn.h"
#include "tenant_lines.h"
#include "watchers.h"

/* The event's own bytes follow. Refs need no escaping. */
#define HEAD                                                                                       \
    "{\"jsonrpc\":\"2.0\",\"method\":\"supervisor.event\",\"params\":{\"ref\":\"%s\","             \
    "\"event\":"
#define GAP "{\"jsonrpc\":\"2.0\",\"method\":\"supervisor.gap\",\"params\":{\"ref\":\"%s\"}}\n"

_Static_assert(sizeof(HEAD) + RUNID_GENERATED_LEN <= TENANT_HEAD_SIZE, "a ref fits in");

void tenant_told_init(struct tenant_stream *s)
{
    s->head_len = (size_t)snprintf(s->head, sizeof(s->head), HEAD, s->ref.text);
}

struct tenant_stream *tenant_told_next(const struct tenant_stream *s)
{
    return s->next;
}

bool tenant_told_wants(const struct tenant_stream *s, int kind)
{
    return s->kinds & 1 << kind;
}

bool tenant_told_sees(const struct tenant_stream *s, const char *registry)
{
    return !s->narrow || (registry && !strcmp(s->registry, registry));
}

/* ---- lines ---- */

bool tenant_told_push(struct tenant_stream *s, struct blob *tail)
{
    struct out_line *line = tail ? out_line_new(s->head, s->head_len) : NULL;
    if (!line)
        return false;
    out_line_share(line, tail);
    conn_push(s->conn, line);
    return true;
}

/* What is told to who is behind is not told again: a lost line costs the connection. Returns its
 * bytes. */
size_t tenant_told_pulled(struct tenant_stream *s, struct buf *event, int made)
{
    const size_t bytes = event->len;
    struct blob *tail = made ? NULL : event_tail((struct json_span){event->at, event->len});
    if (!tenant_told_push(s, tail))
        conn_doom(s->conn);
    blob_drop(tail);
    buf_release(event);
    return bytes;
}

void tenant_told_gap(struct tenant_stream *s)
{
    char text[sizeof(GAP) + RUNID_GENERATED_LEN];
    const int len = snprintf(text, sizeof(text), GAP, s->ref.text);
    struct out_line *line = out_line_new(text, (size_t)len);
    if (line)
        conn_push(s->conn, line);
    else
        conn_doom(s->conn);
}

/* ---- live ---- */

bool tenant_told_is_behind(const struct tenant_stream *s)
{
    return s->phase != LIVE;
}

bool tenant_told_hears(const struct tenant_stream *s, int kind, const char *registry)
{
    return s->phase == LIVE && tenant_told_wants(s, kind) && tenant_told_sees(s, registry);
}

void tenant_told_give(struct tenant_stream *s, struct blob *tail)
{
    if (conn_takes_events(s->conn) && tenant_told_push(s, tail))
        return;
    s->phase = LOST;
    conn_touch(s->conn);
}

void tenant_told_passed(struct tenant_stream *s)
{
    if (s->phase != LIVE)
        return;
    s->starts = runs_starts(s->all->tenant.runs);
    s->ends = records_ends(s->all->records);
}

void tenant_told_progressed(struct tenant_stream *s)
{
    if (s->phase == LIVE)
        s->progress = runs_progress(s->all->tenant.runs);
}

uint64_t tenant_told_progress(const struct tenant_stream *s)
{
    return s->progress;
}

void tenant_told_give_up(struct tenant_stream *s)
{
    conn_doom(s->conn);
}

static void give_text(struct tenant_stream *s, int kind, struct buf *event, int made)
{
    struct blob *tail = made ? NULL : event_tail((struct json_span){event->at, event->len});
    if (tenant_told_wants(s, kind))
        tenant_told_give(s, tail);
    blob_drop(tail);
    buf_release(event);
}

static void tell_reload(struct tenant_stream *s)
{
    struct buf event = BUF_INIT(SIZE_MAX / 2);
    if (s->reloads == s->all->tenant.reloads)
        return;
    const int made = buf_add_str(&event, TENANT_LINE_RELOADED);
    give_text(s, TENANT_RELOADED, &event, made);
    if (s->phase == LIVE)
        s->reloads = s->all->tenant.reloads;
}

static void tell_stop(struct tenant_stream *s)
{
    const struct core *core = s->all->core;
    const enum stop_level level = core_stops(core) ? STOP_ORDERLY : core->stop_level;
    struct buf event = BUF_INIT(SIZE_MAX / 2);
    if (s->phase != LIVE || s->stop == level)
        return;
    const int made = tenant_line_stopping(&event, core_state_name(core));
    give_text(s, TENANT_STOPPING, &event, made);
    if (s->phase == LIVE)
        s->stop = level;
}

void tenant_told_state(struct tenant_stream *s)
{
    if (s->phase != LIVE)
        return;
    tell_reload(s);
    tell_stop(s);
}
