/* What the handlers work with: the parts of the daemon that a request may reach. It is the context
 * of every connection, and so of every call. The root fills it in and keeps it. */
#ifndef DAEMON_METHOD_DESK_DESK_H
#define DAEMON_METHOD_DESK_DESK_H

#include "daemon/core/core.h"
#include "daemon/records/audit_log.h"
#include "serve/rpc_call.h"

struct cgroup_root;
struct keeper;
struct line_server;
struct records;
struct runs;
struct watchers;

struct desk {
    struct core *core;
    struct records *records;
    struct keeper *keeper;
    const struct cgroup_root *cgroups; /* NULL: process groups contain the runs */
    struct runs *runs;
    struct watchers *watchers;
    struct line_server *clients;
    /* The stop of the daemon: begins in good order, unless it has begun; those who asked for it
     * wait for its end. */
    void (*stop)(void *root);
    /* The same when the last run has ended; until then nothing is started. */
    void (*drain)(void *root);
    /* Reads the settings again: 0, or -errno with *err and everything as it was. */
    int (*reload)(void *root, struct error *err);
    void *root;
    struct pending *stop_waiters;
    struct audit_log audit;
    int audit_told; /* the failure that was logged last: once is enough */
};

static inline struct desk *call_desk(const struct call *call)
{
    return call->context;
}

#endif
