#include "server.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fd.h"
#include "common/log.h"
#include "common/namespaces.h"
#include "daemon/cgroup/cgroup.h"
#include "daemon/cgroup/cgroup_lost.h"
#include "daemon/core/phases.h"
#include "daemon/core/status.h"
#include "daemon/records/keeper.h"
#include "daemon/records/record_archive.h"
#include "daemon/records/record_lost.h"
#include "daemon/run/runs.h"
#include "daemon/runner/runners.h"
#include "daemon/runner/spare.h"
#include "daemon/settings/people.h"
#include "daemon/settings/resources.h"
#include "daemon/sync/syncer.h"
#include "daemon/watch/tenant_watch.h"
#include "front.h"
#include "parts.h"
#include "reload.h"
#include "serve/line_server.h"
#include "shutdown.h"
#include "signals.h"

enum { SURVIVORS_MS = 1500 }; /* how long killed runners of a predecessor may take to die */

/* ---- start-up, in this order ---- */

static void reap_rest(void *server)
{
    struct server *s = server;
    if (s->runners)
        runners_reap_rest(s->runners);
}

static int make_loop(struct server *s, struct error *err)
{
    s->loop = loop_new();
    if (!s->loop)
        return error_errno(err, ENOMEM, "cannot make the event loop");
    loop_set_hook(s->loop, PHASE_SIGNALS, signals_read, s);
    loop_set_hook(s->loop, PHASE_LINKS, reap_rest, s); /* after the exits of those that are known */
    int r = core_init(&s->core, s->loop, err);
    return r < 0 ? r : signals_open(s, err);
}

static int take_listener(struct server *s, struct error *err)
{
    int r = listen_activated(&s->listener, err);
    s->activated = r > 0;
    return r < 0 ? r : 0;
}

/* Beside a socket that was handed over there is but our lock: nobody else needs that folder, and
 * its group need not be one that the daemon may give it to. */
static int take_place(struct server *s, struct error *err)
{
    const gid_t gid = s->activated ? (gid_t)-1 : s->config->access_gid;
    const mode_t mode = s->activated ? 0700 : people_folder_mode(s->config->people);
    int r = lock_socket_directory(s->config->socket, mode, gid, err);
    if (r == 0)
        r = lock_open_state(s->config->state_dir, &s->state_fd, err);
    if (r == 0)
        r = lock_take(&s->locks, s->state_fd, s->config->socket, err);
    return r;
}

static int close_lost_records(struct server *s, struct error *err)
{
    struct records_lost lost;
    int r = records_close_predecessor(s->records, &lost);
    if (r < 0)
        return error_errno(err, -r, "cannot close the records of lost runs");
    if (lost.closed)
        log_notice("closed the records of runs that were lost",
                   LOG_I("runs", (int64_t)lost.closed));
    if (lost.unclosed)
        log_error("ends of runs that were lost cannot be written",
                  LOG_I("runs", (int64_t)lost.unclosed));
    return 0;
}

static int open_records(struct server *s, struct error *err)
{
    const struct syncer_options options = {.origin = &s->core.origin};
    int r = records_open(s->state_fd, &s->records, err);
    if (r < 0)
        return r;
    r = syncer_new(&options, &s->syncer);
    if (r < 0)
        return error_errno(err, -r, "cannot set up the syncing of records");
    records_sync_by(s->records, s->syncer);
    s->desk.audit.dir = s->state_fd;
    audit_log_open(&s->desk.audit); /* without it the first line is told of */
    return 0;
}

static int clear_predecessor(struct server *s, struct error *err)
{
    int64_t deadline = clock_mono_us() + SURVIVORS_MS * 1000;
    int r = cgroup_kill_predecessor(s->state_fd, "", deadline, err);
    if (r == 0)
        r = lock_wait_survivors(s->state_fd, deadline, &s->survivors_fd, err);
    r = r < 0 ? r : open_records(s, err);
    return r < 0 ? r : close_lost_records(s, err);
}

static int load(struct server *s, struct error *err)
{
    if (keys_new(&s->keys) < 0)
        return error_errno(err, ENOMEM, "cannot load the keys");
    int r = resources_load(s->config, s->keys, &s->resources, err);
    s->core.config = s->config;
    s->core.keys = s->keys;
    s->core.resources = s->resources;
    return r;
}

static int contain_runs(struct server *s, struct error *err)
{
    s->core.namespaces =
        namespaces_probe(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNET) == 0;
    struct cgroup_options options = {.setting = s->config->cgroup,
                                     .tenant = s->config->tenant,
                                     .state_fd = s->state_fd,
                                     .fs_root = ""};
    int r = cgroup_root_new(&options, &s->cgroups, err);
    if (r < 0)
        return r;
    if (s->cgroups)
        fd_close(&s->survivors_fd);
    else
        log_info("runs are contained by process groups", LOG_S("why", err->text));
    syncer_begin(s->syncer); /* it is born into the group that the daemon is in by now */
    return 0;
}

static int prepare_runs(struct server *s, struct error *err)
{
    struct runners_options options = {.cgroups = s->cgroups, .survivors_fd = s->survivors_fd};
    int r = runners_new(&s->core, &options, &s->runners);
    if (r < 0)
        return error_errno(err, -r, "cannot make the environment of runners");
    return 0;
}

static int open_socket(struct server *s, struct error *err)
{
    if (s->activated)
        return 0;
    return listen_bind(&s->listener, s->config->socket, people_socket_mode(s->config->people),
                       s->config->access_gid, err);
}

static int make_runs(struct server *s)
{
    int r = keeper_new(s->loop, s->records, &s->config->retention, &s->keeper);
    r = r < 0 ? r : spares_new(&s->core, s->runners, &s->spares);
    struct runs_parts parts = {.core = &s->core,
                               .records = s->records,
                               .keeper = s->keeper,
                               .runners = s->runners,
                               .spares = s->spares};
    return r < 0 ? r : runs_new(&parts, &s->runs);
}

static void stop_in_order(void *server)
{
    shutdown_begin(server, STOP_ORDERLY);
}

static void drain(void *server)
{
    shutdown_begin(server, STOP_DRAINING);
}

static int make_watchers(struct server *s)
{
    s->watchers.core = &s->core;
    s->watchers.records = s->records;
    return tenant_begin(&s->watchers, s->runs);
}

static void set_desk(struct server *s)
{
    s->desk = (struct desk){.core = &s->core,
                            .records = s->records,
                            .keeper = s->keeper,
                            .cgroups = s->cgroups,
                            .runs = s->runs,
                            .watchers = &s->watchers,
                            .clients = s->clients,
                            .audit = s->desk.audit,
                            .stop = stop_in_order,
                            .drain = drain,
                            .reload = reload_root,
                            .root = s};
}

static int open_service(struct server *s, struct error *err)
{
    process_raise_open_files(&s->core.origin);
    int count = fd_count_open();
    s->core.base_fds = count > 0 ? (size_t)count : 32;
    int r = front_open(s, err);
    if (r < 0)
        return r;
    if (shutdown_init(s) || status_init(&s->core) || make_runs(s) || make_watchers(s))
        return error_errno(err, ENOMEM, "cannot set up the daemon");
    set_desk(s);
    return 0;
}

static int start_up(struct server *s, struct error *err)
{
    static int (*const STEPS[])(struct server *, struct error *) = {
        make_loop,   take_listener, take_place,   clear_predecessor, load,
        open_socket, contain_runs,  prepare_runs, open_service,
    };
    if (notify_init(&s->core.notify) < 0)
        log_warning("the service manager cannot be reached");
    for (size_t i = 0; i < ARRAY_LEN(STEPS); i++) {
        int r = STEPS[i](s, err);
        if (r < 0)
            return r;
    }
    log_notice("serving", LOG_S("tenant", s->config->tenant), LOG_S("socket", s->config->socket));
    notify_ready(&s->core.notify, "serving");
    return 0;
}

int server_new(struct config *config, const struct process_origin *origin, struct server **ret,
               struct error *err)
{
    struct server *s = calloc(1, sizeof(*s));
    if (!s) {
        config_free(config);
        return error_errno(err, ENOMEM, "cannot start");
    }
    s->config = config;
    s->core.origin = *origin;
    s->state_fd = s->survivors_fd = s->signal_fd = -1;
    s->core.notify.fd = -1;
    s->desk.audit.fd = -1;
    s->locks = (struct locks)LOCKS_INIT;
    s->listener = (struct listener)LISTENER_INIT;
    int r = start_up(s, err);
    if (r < 0) {
        server_free(s);
        return r;
    }
    *ret = s;
    return 0;
}

int server_run(struct server *s)
{
    loop_run(s->loop);
    return s->unkillable ? 1 : 0;
}

/* ---- the end: everything that was not ended in good order is dropped; the kernel kills the rest
 * with us ---- */

void server_free(struct server *s)
{
    if (!s)
        return;
    line_server_free(s->clients);
    s->clients = NULL;
    audit_log_release(&s->desk.audit);
    s->core.conns = NULL;
    listen_close(&s->listener);
    runs_free(s->runs);
    spares_free(s->spares);
    runners_free(s->runners);
    keeper_free(s->keeper);
    tenant_end(&s->watchers);
    shutdown_release(s);
    core_release(&s->core);
    watch_release(&s->signals);
    loop_free(s->loop);
    fd_close(&s->signal_fd);
    cgroup_root_free(s->cgroups);
    records_free(s->records);
    syncer_free(s->syncer);
    resources_free(s->resources);
    keys_free(s->keys);
    fd_close(&s->survivors_fd);
    lock_release(&s->locks);
    fd_close(&s->state_fd);
    config_free(s->config);
    free(s);
}
