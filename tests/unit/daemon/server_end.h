/* The functions that a daemon (server_parts.h) calls while it serves, and those by which it ends.
 */
#ifndef TESTS_UNIT_DAEMON_SERVER_END_H
#define TESTS_UNIT_DAEMON_SERVER_END_H

#include "daemon/cgroup/cgroup.h"
#include "daemon/core/status.h"
#include "daemon/records/keeper.h"
#include "daemon/records/record_archive.h"
#include "daemon/run/runs.h"
#include "daemon/runner/runners.h"
#include "daemon/runner/spare.h"
#include "daemon/settings/resources.h"
#include "daemon/shutdown.h"
#include "daemon/signals.h"
#include "daemon/sync/syncer.h"
#include "daemon/watch/tenant_watch.h"
#include "serve/line_server.h"
#include "server_parts.h"

/* ---- while it serves ---- */

void signals_read(void *server)
{
    assert_ptr_equal(server, t.server);
    note("read");
}

void runners_reap_rest(struct runners *rs)
{
    assert_ptr_equal(rs, &runners);
    note("reap");
}

void shutdown_begin(struct server *s, enum stop_level level)
{
    assert_ptr_equal(s, t.server);
    note(level == STOP_ORDERLY ? "orderly" : level == STOP_DRAINING ? "draining" : "otherwise");
}

void loop_run(struct loop *l)
{
    assert_ptr_equal(l, &loop);
    note("run");
    t.server->unkillable = t.unkillable;
}

/* ---- the end ---- */

void line_server_free(struct line_server *s)
{
    drop("-clients", &clients, s);
}

void listen_close(struct listener *l)
{
    assert_ptr_equal(l, &t.server->listener);
    drop("-listener", &listener, listener.there ? &listener : NULL);
}

void runs_free(struct runs *r)
{
    assert_null(t.server->clients);
    drop("-runs", &runs, r);
}

void spares_free(struct spares *s)
{
    drop("-spares", &spares, s);
}

void runners_free(struct runners *r)
{
    drop("-runners", &runners, r);
}

void keeper_free(struct keeper *k)
{
    drop("-keeper", &keeper, k);
}

void tenant_end(struct watchers *all)
{
    assert_ptr_equal(all, &t.server->watchers);
    drop("-tenant", &tenant_made, tenant_made.there ? &tenant_made : NULL);
}

void shutdown_release(struct server *s)
{
    assert_ptr_equal(s, t.server);
    drop("-stop", &stop_made, stop_made.there ? &stop_made : NULL);
}

void core_release(struct core *c)
{
    assert_ptr_equal(c, &t.server->core);
    assert_null(c->conns); /* the clients are gone */
    drop("-core", &core_made, core_made.there ? &core_made : NULL);
}

void watch_release(struct watch *w)
{
    assert_ptr_equal(w, &t.server->signals);
    note("-signals");
}

void loop_free(struct loop *l)
{
    drop("-loop", &loop, l);
}

void cgroup_root_free(struct cgroup_root *root)
{
    drop("-cgroups", &cgroups, root);
}

void audit_log_release(struct audit_log *log)
{
    fd_close(&log->fd);
}

void records_free(struct records *r)
{
    drop("-records", &records, r);
}

void syncer_free(struct syncer *s)
{
    drop("-syncer", &syncer, s);
}

void resources_free(struct resources *r)
{
    drop("-resources", &resources, r);
}

void keys_free(struct keys *k)
{
    drop("-keys", &keys, k);
}

void lock_release(struct locks *l)
{
    assert_ptr_equal(l, &t.server->locks);
    drop("-locks", &locks, locks.there ? &locks : NULL);
}

void config_free(struct config *c)
{
    assert_ptr_equal(c, &config);
    note("-config");
}

#endif
