#include <errno.h>

#include "daemon/method/desk/desk.h"
#include "handlers.h"

int do_audit_list(struct call *call)
{
    const struct audit_list_params *p = call->params;
    char next[AUDIT_CURSOR_SIZE];
    json_t *rows = json_array();
    int r = rows ? audit_log_page(&call_desk(call)->audit, p->after, (size_t)p->limit, rows, next)
                 : -ENOMEM;
    if (r == 0)
        return call_reply(call,
                          json_pack("{s:o, s:s?}", "entries", rows, "next", *next ? next : NULL));
    json_decref(rows);
    if (r == -EINVAL)
        return call_bad_field(call, RPC_INVALID_PARAMETER, "after", "no page begins there");
    return r;
}
