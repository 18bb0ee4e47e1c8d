#include "noproc.h"

#include <errno.h>
#include <string.h>

#include "daemon/run/down.h"
#include "desk.h"
#include "proto/rpc_out.h"
#include "serve/conn.h"

void noproc_send(struct call *call, const char *ref, const char *run_id, size_t len)
{
    struct buf out = BUF_INIT(REPLY_MAX);
    json_t *params = down_noproc_json(ref, run_id, len);
    int r = params ? rpc_notify(&out, "run.down", params) : -ENOMEM;
    struct out_line *line = r == 0 ? out_line_new(out.at, out.len) : NULL;
    json_decref(params);
    if (line) {
        /* Until it is written it can be taken back like any other DOWN. */
        const char *tag = memmem(out.at, out.len, ref, strlen(ref));
        out_line_tag(line, (size_t)(tag - out.at), strlen(ref));
        conn_push(call->conn, line);
    } else {
        conn_doom(call->conn);
    }
    buf_release(&out);
}
