/* The functions by which a daemon (server_parts.h) starts, in their order. */
#ifndef TESTS_UNIT_DAEMON_SERVER_START_H
#define TESTS_UNIT_DAEMON_SERVER_START_H

#include "common/clock.h"
#include "common/container.h"
#include "daemon/cgroup/cgroup.h"
#include "daemon/cgroup/cgroup_lost.h"
#include "daemon/core/status.h"
#include "daemon/front.h"
#include "daemon/records/keeper.h"
#include "daemon/records/record_archive.h"
#include "daemon/reload.h"
#include "daemon/run/runs.h"
#include "daemon/runner/runners.h"
#include "daemon/runner/spare.h"
#include "daemon/settings/people.h"
#include "daemon/settings/resources.h"
#include "daemon/shutdown.h"
#include "daemon/signals.h"
#include "daemon/sync/syncer.h"
#include "daemon/watch/tenant_watch.h"
#include "server_parts.h"

/* ---- the neighbours, in the order of the start ---- */

int notify_init(struct notify *n)
{
    struct server *s = CONTAINER_OF(n, struct server, core.notify);
    t.server = s;
    assert_int_equal(n->fd, -1);
    assert_int_equal(s->state_fd, -1);
    assert_int_equal(s->survivors_fd, -1);
    assert_int_equal(s->signal_fd, -1);
    assert_int_equal(s->listener.fd, -1);
    assert_int_equal(s->locks.state_lock, -1);
    assert_int_equal(s->locks.socket_lock, -1);
    assert_memory_equal(&s->core.origin, &origin, sizeof origin);
    return mute_step("notify");
}

struct loop *loop_new(void)
{
    return goes_well("loop") ? make(&loop) : NULL;
}

void loop_set_hook(struct loop *l, enum loop_phase phase, void (*work)(void *arg), void *arg)
{
    assert_ptr_equal(l, &loop);
    assert_ptr_equal(arg, t.server);
    t.hooks[phase] = work;
}

int core_init(struct core *c, struct loop *l, struct error *err)
{
    assert_ptr_equal(c, &t.server->core);
    assert_ptr_equal(l, &loop);
    c->loop = l;
    make(&core_made);
    return step("core", err);
}

int signals_open(struct server *s, struct error *err)
{
    assert_ptr_equal(s, t.server);
    s->signal_fd = open_something();
    return step("signals", err);
}

mode_t people_folder_mode(const struct people *people)
{
    assert_ptr_equal(people, &people_of_config);
    return 0711;
}

mode_t people_socket_mode(const struct people *people)
{
    assert_ptr_equal(people, &people_of_config);
    return 0666;
}

int lock_socket_directory(const char *socket_path, mode_t mode, gid_t access_gid, struct error *err)
{
    assert_int_equal(mode, t.activated ? 0700 : 0711);
    assert_string_equal(socket_path, "/at/sock");
    assert_int_equal(access_gid, t.activated ? (gid_t)-1 : 77);
    return step("directory", err);
}

int lock_open_state(const char *state_dir, int *ret, struct error *err)
{
    assert_string_equal(state_dir, "/at/state");
    int r = step("state", err);
    if (r == 0)
        *ret = open_something();
    return r;
}

int lock_take(struct locks *ret, int state_fd, const char *socket_path, struct error *err)
{
    assert_ptr_equal(ret, &t.server->locks);
    assert_true(state_fd > 0 && state_fd == t.server->state_fd);
    assert_string_equal(socket_path, "/at/sock");
    int r = step("lock", err);
    if (r == 0)
        make(&locks);
    return r;
}

int cgroup_kill_predecessor(int state_fd, const char *fs_root, int64_t deadline_us,
                            struct error *err)
{
    assert_int_equal(state_fd, t.server->state_fd);
    assert_string_equal(fs_root, "");
    assert_true(deadline_us >= t.began_us + 1500 * 1000);
    assert_true(deadline_us <= clock_mono_us() + 1500 * 1000);
    t.deadline_us = deadline_us;
    return step("kill", err);
}

int lock_wait_survivors(int state_fd, int64_t deadline_us, int *ret, struct error *err)
{
    assert_int_equal(state_fd, t.server->state_fd);
    assert_int_equal(deadline_us, t.deadline_us);
    int r = step("survivors", err);
    if (r == 0)
        *ret = open_something();
    return r;
}

int records_open(int state_fd, struct records **ret, struct error *err)
{
    assert_int_equal(state_fd, t.server->state_fd);
    int r = step("records", err);
    if (r == 0)
        *ret = make(&records);
    return r;
}

int syncer_new(const struct syncer_options *options, struct syncer **ret)
{
    assert_null(options->program);
    assert_ptr_equal(options->origin, &t.server->core.origin);
    int r = mute_step("syncer");
    if (r == 0)
        *ret = make(&syncer);
    return r;
}

void records_sync_by(struct records *r, struct syncer *s)
{
    assert_ptr_equal(r, &records);
    assert_ptr_equal(s, &syncer);
    note("by");
}

int audit_log_open(struct audit_log *log)
{
    assert_ptr_equal(log, &t.server->desk.audit);
    assert_int_equal(log->dir, t.server->state_fd);
    assert_int_equal(log->fd, -1);
    log->fd = open_something();
    return 0;
}

int records_close_predecessor(struct records *r, struct records_lost *ret)
{
    assert_ptr_equal(r, &records);
    *ret = t.lost;
    return mute_step("lost");
}

int keys_new(struct keys **ret)
{
    int r = mute_step("keys");
    if (r == 0)
        *ret = make(&keys);
    return r;
}

int resources_load(const struct config *c, struct keys *k, struct resources **ret,
                   struct error *err)
{
    assert_ptr_equal(c, &config);
    assert_ptr_equal(k, &keys);
    int r = step("resources", err);
    if (r == 0)
        *ret = make(&resources);
    return r;
}

int listen_activated(struct listener *ret, struct error *err)
{
    assert_ptr_equal(ret, &t.server->listener);
    int r = step("activated", err);
    if (r == 0 && t.activated) {
        make(&listener);
        ret->activated = true;
        return 1;
    }
    return r;
}

int listen_bind(struct listener *ret, const char *path, mode_t mode, gid_t access_gid,
                struct error *err)
{
    assert_int_equal(mode, 0666);
    assert_ptr_equal(ret, &t.server->listener);
    assert_string_equal(path, "/at/sock");
    assert_int_equal(access_gid, 77);
    int r = step("bind", err);
    if (r == 0)
        make(&listener);
    return r;
}

int cgroup_root_new(const struct cgroup_options *options, struct cgroup_root **ret,
                    struct error *err)
{
    assert_string_equal(options->setting, "/at/group");
    assert_string_equal(options->tenant, "ours");
    assert_string_equal(options->fs_root, "");
    assert_int_equal(options->state_fd, t.server->state_fd);
    int r = step("cgroups", err);
    if (r == 0 && t.uncontained)
        error_set(err, ENOENT, "there is no tree");
    else if (r == 0)
        *ret = make(&cgroups);
    return r;
}

void syncer_begin(struct syncer *s)
{
    assert_ptr_equal(s, &syncer);
    note("begin");
}

int runners_new(struct core *core, const struct runners_options *options, struct runners **ret)
{
    assert_ptr_equal(core, &t.server->core);
    assert_ptr_equal(options->cgroups, t.uncontained ? NULL : &cgroups);
    assert_int_equal(options->survivors_fd, t.server->survivors_fd);
    assert_int_equal(options->survivors_fd >= 0, t.uncontained);
    assert_ptr_equal(core->config, &config);
    assert_ptr_equal(core->keys, &keys);
    assert_ptr_equal(core->resources, &resources);
    int r = mute_step("runners");
    if (r == 0)
        *ret = make(&runners);
    return r;
}

int64_t process_raise_open_files(const struct process_origin *o)
{
    assert_ptr_equal(o, &t.server->core.origin);
    note("raise");
    if (t.uncounted) { /* no descriptor is left for counting them */
        const struct rlimit none = {.rlim_cur = 0, .rlim_max = t.open_files.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    }
    return 99;
}

int reload_root(void *server, struct error *err)
{
    assert_ptr_equal(server, t.server);
    return step("reload", err);
}

int front_open(struct server *s, struct error *err)
{
    static const size_t conns = 3;
    assert_ptr_equal(s, t.server);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &t.open_files), 0);
    assert_int_equal(s->core.base_fds, t.uncounted ? 32 : fd_count_open());
    int r = step("front", err);
    if (r == 0) {
        s->clients = make(&clients);
        s->core.conns = &conns;
    }
    return r;
}

int shutdown_init(struct server *s)
{
    assert_ptr_equal(s, t.server);
    make(&stop_made);
    return mute_step("stop");
}

int status_init(struct core *c)
{
    assert_ptr_equal(c, &t.server->core);
    return mute_step("status");
}

int keeper_new(struct loop *l, struct records *r, const struct retention_policy *policy,
               struct keeper **ret)
{
    assert_ptr_equal(l, &loop);
    assert_ptr_equal(r, &records);
    assert_ptr_equal(policy, &config.retention);
    int done = mute_step("keeper");
    if (done == 0)
        *ret = make(&keeper);
    return done;
}

int spares_new(struct core *core, struct runners *rs, struct spares **ret)
{
    assert_ptr_equal(core, &t.server->core);
    assert_ptr_equal(rs, &runners);
    int r = mute_step("spares");
    if (r == 0)
        *ret = make(&spares);
    return r;
}

int runs_new(const struct runs_parts *parts, struct runs **ret)
{
    assert_ptr_equal(parts->core, &t.server->core);
    assert_ptr_equal(parts->records, &records);
    assert_ptr_equal(parts->keeper, &keeper);
    assert_ptr_equal(parts->runners, &runners);
    assert_ptr_equal(parts->spares, &spares);
    int r = mute_step("runs");
    if (r == 0)
        *ret = make(&runs);
    return r;
}

int tenant_begin(struct watchers *all, struct runs *r)
{
    assert_ptr_equal(all, &t.server->watchers);
    assert_ptr_equal(all->core, &t.server->core);
    assert_ptr_equal(all->records, &records);
    assert_ptr_equal(r, &runs);
    int result = mute_step("tenant");
    if (result == 0)
        make(&tenant_made);
    return result;
}

int notify_ready(struct notify *n, const char *status)
{
    assert_ptr_equal(n, &t.server->core.notify);
    note("ready:");
    note(status);
    return 0;
}

#endif
