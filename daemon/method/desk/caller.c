#include "caller.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/run/run_view.h"
#include "daemon/run/runs.h"
#include "daemon/settings/people.h"
#include "proto/rpc_out.h"
#include "serve/conn.h"

_Static_assert((int)REGISTRY_MAX == (int)OWNER_REGISTRY_MAX, "no name of a registry is cut");

struct caller *caller_new(const struct person *person)
{
    struct caller *caller = calloc(1, sizeof *caller);
    if (!caller)
        return NULL;
    caller->role = person->role;
    if (person->registry)
        snprintf(caller->registry, sizeof caller->registry, "%s", person->registry);
    return caller;
}

struct caller *call_caller(const struct call *call)
{
    return conn_card(call->conn);
}

int caller_refuse(struct call *call, enum role needed, const char *message)
{
    json_t *data = json_pack("{s:s}", "role", role_name(needed));
    return data ? call_error_saying(call, RPC_PERMISSION_DENIED, message, data)
                : call_error(call, RPC_INTERNAL_ERROR, NULL);
}

/* ---- what it sees ---- */

bool caller_sees(const struct call *call, const char *registry)
{
    const char *only = call_caller(call)->registry;
    return !*only || !strcmp(only, registry);
}

const char *caller_scope(const struct call *call, const char *asked)
{
    const char *only = call_caller(call)->registry;
    if (!*only)
        return asked;
    return !asked || !strcmp(asked, only) ? only : "";
}

static struct run *if_seen(const struct call *call, struct run *run)
{
    return run && caller_sees(call, run_view(run).registry) ? run : NULL;
}

struct run *caller_find(const struct call *call, const struct field_string *run_id)
{
    return if_seen(call, runs_find(call_desk(call)->runs, run_id->at, run_id->len));
}

struct run *caller_find_listed(const struct call *call, const struct field_string *run_id)
{
    return if_seen(call, runs_find_listed(call_desk(call)->runs, run_id->at, run_id->len));
}

static int find_record(const struct call *call, const struct field_string *run_id,
                       const struct record_whose *whose, struct record_key *ret)
{
    if (strlen(run_id->at) != run_id->len)
        return -ENOENT;
    return record_find_of(call_desk(call)->records, run_id->at, NULL, whose, ret);
}

int caller_find_record(const struct call *call, const struct field_string *run_id,
                       struct record_key *ret)
{
    struct record_whose seen = {.of_owner = false};
    memcpy(seen.registry, call_caller(call)->registry, sizeof seen.registry);
    return find_record(call, run_id, &seen, ret);
}

/* ---- what it owns ---- */

struct record_whose caller_whose(const struct call *call)
{
    const struct caller *caller = call_caller(call);
    struct record_whose whose = {.of_owner = !role_may(caller->role, ROLE_OPERATE),
                                 .uid = conn_peer(call->conn)->uid};
    memcpy(whose.name, caller->name, sizeof whose.name);
    memcpy(whose.registry, caller->registry, sizeof whose.registry);
    return whose;
}

int caller_owns(const struct call *call, const char *started_by)
{
    struct record_whose whose = caller_whose(call);
    struct record_owner owner;
    whose.registry[0] = '\0'; /* of what it sees */
    int r = record_owner_read(started_by, &owner);
    return r < 0 ? r : record_whose_has(&whose, &owner);
}

int caller_find_own_record(const struct call *call, const struct field_string *run_id,
                           struct record_key *ret)
{
    const struct record_whose whose = caller_whose(call);
    return find_record(call, run_id, &whose, ret);
}
