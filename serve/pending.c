#include "pending.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/container.h"
#include "conn.h"
#include "loop.h"
#include "proto/rpc_out.h"
#include "receipt.h"
#include "rpc_answer.h"

struct pending {
    struct conn_part part;
    struct conn *conn;
    struct pending **list; /* what it waits for */
    struct pending *prev, *next;
    struct out_place *behind; /* lines that have to go before the answer; NULL: none */
    bool last;                /* so has everything that has a place on the connection */
    struct timer limit;
    struct receipt *receipt; /* or NULL */
    size_t id_len;
    char id[]; /* as sent */
};

static bool holds(const struct conn_part *part)
{
    (void)part;
    return true;
}

static void drop(struct conn_part *part)
{
    pending_free(CONTAINER_OF(part, struct pending, part));
}

static const struct conn_part_ops PENDING = {.holds = holds, .drop = drop};

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
    conn_attach(conn, &p->part, &PENDING);
    return p;
}

void pending_free(struct pending *p)
{
    if (!p)
        return;
    DL_DELETE(*p->list, p);
    conn_detach(&p->part);
    timer_release(&p->limit);
    receipt_tell(&p->receipt, RECEIPT_NOBODY, RPC_REASON_COUNT);
    free(p);
}

void pending_set_receipt(struct pending *p, struct receipt *receipt)
{
    p->receipt = receipt;
}

void pending_move(struct pending *p, struct pending **list)
{
    DL_DELETE(*p->list, p);
    p->list = list;
    DL_APPEND(*p->list, p);
}

struct conn *pending_conn(const struct pending *p)
{
    return p->conn;
}

void pending_follow(struct pending *p, struct out_place *place)
{
    p->behind = place;
}

void pending_follow_all(struct pending *p)
{
    p->last = true;
}

static void time_out(void *arg)
{
    pending_error(arg, RPC_TIMEOUT, NULL);
}

int pending_set_limit(struct pending *p, struct loop *loop, int64_t ms)
{
    int r = loop_timer_init(loop, &p->limit, time_out, p);
    if (r == 0)
        loop_timer_set(loop, &p->limit, ms);
    return r;
}

static struct rpc_asker asker(const struct pending *p)
{
    return (struct rpc_asker){.conn = p->conn,
                              .id = {.at = p->id, .len = p->id_len},
                              .place = p->behind,
                              .last = p->last};
}

static void answer(struct pending *p, struct buf *out, int built)
{
    struct rpc_asker to = asker(p);
    rpc_answer(&to, out, built);
    receipt_tell(&p->receipt, built < 0 ? RECEIPT_ERROR : RECEIPT_DONE,
                 built < 0 ? RPC_INTERNAL_ERROR : RPC_REASON_COUNT);
    pending_free(p);
}

void pending_reply(struct pending *p, const json_t *result)
{
    struct buf out = BUF_INIT(REPLY_MAX);
    answer(p, &out, result ? rpc_reply(&out, asker(p).id, result) : -1);
}

void pending_reply_raw(struct pending *p, struct json_span result)
{
    struct buf out = BUF_INIT(REPLY_MAX);
    answer(p, &out, result.at ? rpc_reply_raw(&out, asker(p).id, result) : -1);
}

void pending_error(struct pending *p, enum rpc_reason reason, const json_t *data)
{
    struct rpc_asker to = asker(p);
    rpc_answer_error(&to, reason, data);
    receipt_tell(&p->receipt, RECEIPT_ERROR, reason);
    pending_free(p);
}

void pendings_error(struct pending **list, enum rpc_reason reason, const json_t *data)
{
    while (*list)
        pending_error(*list, reason, data);
}
