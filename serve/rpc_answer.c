#include "rpc_answer.h"

#include "conn.h"
#include "proto/rpc_out.h"

static bool queue(const struct rpc_asker *to, const struct buf *out)
{
    struct out_line *line = out_line_new(out->at, out->len);
    if (!line)
        return false;
    if (to->last)
        conn_push_last(to->conn, line);
    else
        conn_push_behind(to->conn, to->place, line);
    return true;
}

void rpc_answer(const struct rpc_asker *to, struct buf *out, int built)
{
    if (built < 0)
        built = rpc_error(out, to->id, RPC_INTERNAL_ERROR, NULL, NULL);
    if (built < 0 || !queue(to, out))
        conn_doom(to->conn);
    buf_release(out);
}

void rpc_answer_error(const struct rpc_asker *to, enum rpc_reason reason, const json_t *data)
{
    struct buf out = BUF_INIT(REPLY_MAX);
    rpc_answer(to, &out, rpc_error(&out, to->id, reason, NULL, data));
}
