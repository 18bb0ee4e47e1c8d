#include "pending.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "conn.h"
#include "daemon/method/dispatch.h"
#include "daemon/watch/subscribe.h"

struct pending *pending_new(struct conn *conn, struct json_span id, struct pending **list)
{
    struct pending *p = calloc(1, sizeof(*p) + id.len);
    if (!p)
        return NULL;
    p->conn = conn;
    p->list = list;
    p->id_len = id.len;
    memcpy(p->id, id.at, id.len);
    DL_APPEND(*list, p);
    DL_APPEND2(conn->pendings, p, conn_prev, conn_next);
    return p;
}

void pending_free(struct pending *p)
{
    if (!p)
        return;
    struct conn *c = p->conn;
    DL_DELETE(*p->list, p);
    DL_DELETE2(c->pendings, p, conn_prev, conn_next);
    timer_release(&p->timer);
    free(p);
    conn_touch(c); /* it may have been all that kept the connection open */
}

void pending_move(struct pending *p, struct pending **list)
{
    DL_DELETE(*p->list, p);
    p->list = list;
    DL_APPEND(*p->list, p);
}

void pendings_drop(struct conn *c)
{
    while (c->pendings)
        pending_free(c->pendings);
}

static struct json_span id_of(const struct pending *p)
{
    return (struct json_span){.at = p->id, .len = p->id_len};
}

/* Sends what stands in `out`; built is what building it gave. */
static void finish(struct pending *p, struct buf *out, int built)
{
    if (built < 0)
        built = rpc_error(out, id_of(p), RPC_INTERNAL_ERROR, NULL, NULL);
    if (built < 0 || !farewell_push_line(p->behind, p->conn, out))
        conn_doom(p->conn);
    buf_release(out);
    pending_free(p);
}

void pending_reply(struct pending *p, const json_t *result)
{
    struct buf out = BUF_INIT(REPLY_MAX);
    finish(p, &out, result ? rpc_reply(&out, id_of(p), result) : -1);
}

void pending_reply_raw(struct pending *p, struct json_span result)
{
    struct buf out = BUF_INIT(REPLY_MAX);
    finish(p, &out, result.at ? rpc_reply_raw(&out, id_of(p), result) : -1);
}

void pending_error(struct pending *p, enum rpc_reason reason, const json_t *data)
{
    struct buf out = BUF_INIT(REPLY_MAX);
    finish(p, &out, rpc_error(&out, id_of(p), reason, NULL, data));
}

void pendings_error(struct pending **list, enum rpc_reason reason, const json_t *data)
{
    while (*list)
        pending_error(*list, reason, data);
}
