#include <string.h>

#include "daemon/method/desk/audit.h"
#include "daemon/method/desk/caller.h"
#include "daemon/method/desk/desk.h"
#include "daemon/watch/tenant_stream.h"
#include "handlers.h"

/* Why it would be more than the connection is; NULL: it is not. */
static const char *objection(const struct caller *caller, const struct act_as_params *p)
{
    if (!role_may(caller->role, (enum role)p->role))
        return "the role is above that of the connection";
    if (*caller->name && strcmp(caller->name, p->name) != 0)
        return "the connection acts for somebody else";
    if (*caller->registry && p->registry && strcmp(caller->registry, p->registry) != 0)
        return "the registry is not the one of this connection";
    return NULL;
}

static void narrow(struct call *call, struct caller *caller, const char *registry)
{
    snprintf(caller->registry, sizeof caller->registry, "%s", registry);
    tenant_streams_narrow(call_desk(call)->watchers, call->conn, registry);
}

int do_connection_act_as(struct call *call)
{
    const struct act_as_params *p = call->params;
    struct caller *caller = call_caller(call);
    const char *why = objection(caller, p);
    audit_note_name(call, p->name);
    if (why)
        return caller_refuse(call, (enum role)p->role, why);
    caller->role = (enum role)p->role;
    snprintf(caller->name, sizeof caller->name, "%s", p->name);
    if (p->registry)
        narrow(call, caller, p->registry);
    return call_reply(call, json_pack("{s:s, s:s, s:s?}", "name", caller->name, "role",
                                      role_name(caller->role), "registry",
                                      *caller->registry ? caller->registry : NULL));
}
