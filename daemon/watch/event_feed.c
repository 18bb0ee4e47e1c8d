#include "event_feed.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "proto/json/json_make.h"
#include "proto/rpc_out.h"
#include "serve/blob.h"
#include "serve/conn.h"

/* The event's own bytes follow. Refs and run ids need no escaping. */
#define EVENT_HEAD                                                                                 \
    "{\"jsonrpc\":\"2.0\",\"method\":\"run.event\",\"params\":{\"ref\":\"%s\","                    \
    "\"run_id\":\"%s\",\"event\":"

void event_feed_init(struct event_feed *f, struct conn *conn, const char *ref, const char *run_id)
{
    *f = (struct event_feed){.conn = conn, .ref = ref};
    snprintf(f->run_id, sizeof(f->run_id), "%s", run_id);
    f->head_len = (size_t)snprintf(f->head, sizeof(f->head), EVENT_HEAD, ref, run_id);
}

struct blob *event_tail(struct json_span event)
{
    struct blob *b = blob_new(NULL, event.len + 3);
    if (!b)
        return NULL;
    memcpy(b->bytes, event.at, event.len);
    memcpy(b->bytes + event.len, "}}\n", 3);
    return b;
}

int event_feed_push(struct event_feed *f, struct blob *tail)
{
    struct out_line *line = out_line_new(f->head, f->head_len);
    if (!line)
        return -ENOMEM;
    out_line_share(line, tail);
    conn_push(f->conn, line);
    return 0;
}

/* Queues a notification; a lost one costs the connection, since neither may be dropped. */
static void push_note(struct event_feed *f, const char *method, json_t *params)
{
    struct buf out = BUF_INIT(4096);
    int r = params ? rpc_notify(&out, method, params) : -ENOMEM;
    if (r < 0 || !conn_push_line(f->conn, &out))
        conn_doom(f->conn);
    json_decref(params);
    buf_release(&out);
}

void event_feed_gap(struct event_feed *f)
{
    if (f->dropped)
        event_feed_hole(f, f->dropped);
    f->dropped = 0;
}

void event_feed_hole(struct event_feed *f, int64_t missing)
{
    push_note(f, "run.gap",
              json_pack("{s:s, s:s, s:I}", "ref", f->ref, "run_id", f->run_id, "dropped",
                        (json_int_t)missing));
}

void event_feed_end(struct event_feed *f, int64_t last_seq, bool torn)
{
    json_t *params = json_pack("{s:s, s:s, s:I}", "ref", f->ref, "run_id", f->run_id, "last_seq",
                               (json_int_t)last_seq);
    push_note(f, "run.end", json_done(params, !torn || json_put(params, "torn", json_true())));
}
