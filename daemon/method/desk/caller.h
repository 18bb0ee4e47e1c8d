/* Who calls: what the client of a connection may do, for whom it acts, and what of the runs it
 * sees. It is found when the client connects and stays with the connection; connection.act_as can
 * only make it less.
 *
 * Each role may what protocol.md says; who sees one registry sees nothing of runs that stand in
 * another one: they are as if they were not there. */
#ifndef DAEMON_METHOD_DESK_CALLER_H
#define DAEMON_METHOD_DESK_CALLER_H

#include "daemon/records/record_owner.h"
#include "desk.h"
#include "proto/field.h"
#include "proto/methods/role.h"

struct person;
struct run;

struct caller {
    enum role role;
    char name[OWNER_NAME_MAX + 1];         /* empty: nobody in particular */
    char registry[OWNER_REGISTRY_MAX + 1]; /* the only one that it sees; empty: all */
};

/* The card of a connection (serve/owner.h); free() it. NULL: no memory. */
struct caller *caller_new(const struct person *person);
struct caller *call_caller(const struct call *call);

/* Answers permission_denied, which names the role that may; message NULL: the usual one. 0. */
int caller_refuse(struct call *call, enum role needed, const char *message);

/* ---- what it sees ---- */

bool caller_sees(const struct call *call, const char *registry);
/* The registry to look at when the client asks for this one (NULL: for all): NULL for all; "", in
 * which nothing is, when it may not see it. */
const char *caller_scope(const struct call *call, const char *asked);
/* runs_find and runs_find_listed, but for what it does not see. */
struct run *caller_find(const struct call *call, const struct field_string *run_id);
struct run *caller_find_listed(const struct call *call, const struct field_string *run_id);
/* The newest record of that id which it sees: 0, -ENOENT, -ENOMEM. */
int caller_find_record(const struct call *call, const struct field_string *run_id,
                       struct record_key *ret);

/* ---- what it owns ---- */

/* Does a run that was started by this (JSON text) belong to it? Who operates owns all. 1, 0 or
 * -ENOMEM. */
int caller_owns(const struct call *call, const char *started_by);
/* The newest record of that id which it owns: 0, -ENOENT, -ENOMEM. */
int caller_find_own_record(const struct call *call, const struct field_string *run_id,
                           struct record_key *ret);
/* The records that it may remove and resume. */
struct record_whose caller_whose(const struct call *call);

#endif
