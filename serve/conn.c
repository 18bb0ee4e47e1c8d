#include "conn.h"

#include <utlist.h>

#include "conn_inside.h"
#include "conn_share.h"

const struct peer *conn_peer(const struct conn *c)
{
    return &c->peer;
}

void *conn_context(const struct conn *c)
{
    return c->home->context;
}

void *conn_card(const struct conn *c)
{
    return c->peer.card;
}

bool conn_takes_events(const struct conn *c)
{
    return !c->doomed && c->queue.bytes <= OUT_PAUSE;
}

void conn_doom(struct conn *c)
{
    conn_give_up(c);
}

void conn_close_after_flush(struct conn *c)
{
    c->closing = true;
    watch_disarm(&c->in);
    watch_note(&c->out);
}

void conn_touch(struct conn *c)
{
    watch_note(&c->out);
}

/* ---- what is queued ---- */

/* The queue has grown: let it be sent, or give up. */
static void grown(struct conn *c)
{
    conn_share_count(c);
    if (c->queue.bytes > c->home->queue_bytes)
        conn_doom(c);
    else
        watch_note(&c->out);
}

void conn_push(struct conn *c, struct out_line *line)
{
    conn_push_behind(c, NULL, line);
}

bool conn_push_line(struct conn *c, const struct buf *line)
{
    struct out_line *copy = out_line_new(line->at, line->len);
    if (copy)
        conn_push(c, copy);
    return copy != NULL;
}

void conn_reserve(struct conn *c, struct out_place *place, uint64_t mark)
{
    queue_reserve(&c->queue, place, mark);
}

struct out_place *conn_place_of(const struct conn *c, uint64_t mark)
{
    return queue_place_of(&c->queue, mark);
}

void conn_push_behind(struct conn *c, struct out_place *place, struct out_line *line)
{
    if (c->doomed) {
        out_line_free(line);
    } else if (place) {
        queue_place_put(place, line);
    } else {
        queue_push(&c->queue, line);
        grown(c);
    }
}

void conn_push_last(struct conn *c, struct out_line *line)
{
    if (c->doomed) {
        out_line_free(line);
        return;
    }
    queue_push_last(&c->queue, line);
    grown(c);
}

void conn_open_place(struct conn *c, struct out_place *place)
{
    queue_open(&c->queue, place);
    grown(c);
}

void conn_drop_place(struct conn *c, struct out_place *place)
{
    queue_drop(&c->queue, place);
    grown(c);
}

bool conn_has(const struct conn *c, const char *tag, size_t len)
{
    return queue_has(&c->queue, tag, len);
}

bool conn_take_back(struct conn *c, const char *tag, size_t len)
{
    const bool found = queue_take_back(&c->queue, tag, len);
    conn_share_count(c);
    return found;
}

bool conn_hasten(struct conn *c, const char *tag, size_t len)
{
    bool found = queue_hasten(&c->queue, tag, len);
    if (found)
        grown(c);
    return found;
}

/* ---- parts ---- */

static struct conn_part **list_of(struct conn *c, const struct conn_part_ops *ops)
{
    return ops->step ? &c->stepping : ops->pull ? &c->pulling : &c->resting;
}

void conn_attach(struct conn *c, struct conn_part *part, const struct conn_part_ops *ops)
{
    *part = (struct conn_part){.ops = ops, .conn = c};
    struct conn_part **list = list_of(c, ops);
    DL_APPEND(*list, part);
    if (ops->step)
        watch_note(&c->in);
}

/* It may have been all that kept the connection open. */
void conn_detach(struct conn_part *part)
{
    struct conn *c = part->conn;
    if (!c)
        return;
    struct conn_part **list = list_of(c, part->ops);
    DL_DELETE(*list, part);
    part->conn = NULL;
    if (part->ops->step)
        watch_note(&c->in); /* lines may wait behind it */
    if (part->ops->holds)
        conn_touch(c);
}
