#include "server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64url.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fd.h"
#include "common/log.h"
#include "common/random.h"
#include "daemon/method/prune.h"
#include "daemon/run/runs.h"
#include "daemon/runner/runner.h"
#include "daemon/runner/spare.h"
#include "maintain.h"
#include "serve/clients.h"
#include "shutdown.h"

enum { SURVIVORS_MS = 1500 }; /* how long killed runners of a predecessor may take to die */

/* ---- start-up, in the order of supervision.md 7.1 ---- */

static int make_epoch(struct server *s, struct error *err)
{
    unsigned char bytes[8];
    int r = random_bytes(bytes, sizeof(bytes));
    if (r < 0)
        return error_errno(err, -r, "no random bytes");
    base64url_encode(bytes, sizeof(bytes), s->epoch);
    return 0;
}

static void reap_rest(void *server)
{
    runners_reap_rest(server);
}

static int make_loop(struct server *s, struct error *err)
{
    s->loop = loop_new();
    if (!s->loop)
        return error_errno(err, ENOMEM, "cannot make the event loop");
    loop_set_hooks(s->loop, maintain_read_signals, reap_rest, s);
    return maintain_signals(s, err);
}

static int take_place(struct server *s, struct error *err)
{
    int r = lock_socket_directory(s->config->socket, s->config->access_gid, err);
    if (r == 0)
        r = lock_open_state(s->config->state_dir, &s->state_fd, err);
    if (r == 0)
        r = lock_take(&s->locks, s->state_fd, s->config->socket, err);
    return r;
}

static int clear_predecessor(struct server *s, struct error *err)
{
    int64_t deadline = clock_mono_us() + SURVIVORS_MS * 1000;
    int r = cgroup_kill_predecessor(s->state_fd, "", deadline, err);
    if (r == 0)
        r = lock_wait_survivors(s->state_fd, deadline, &s->survivors_fd, err);
    if (r == 0)
        r = records_open(s->state_fd, &s->records, err);
    if (r < 0)
        return r;
    r = records_close_predecessor(s->records, err);
    if (r > 0)
        log_notice("closed the records of runs that were lost", LOG_I("runs", r));
    return r < 0 ? r : 0;
}

static int prepare_runs(struct server *s, struct error *err)
{
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
    r = spawn_env_new(&s->env);
    return r < 0 ? error_errno(err, -r, "cannot make the environment of runners") : 0;
}

static int load(struct server *s, struct error *err)
{
    if (keys_new(&s->keys) < 0)
        return error_errno(err, ENOMEM, "cannot load the keys");
    return resources_load(s->config, s->keys, &s->resources, err);
}

static int open_socket(struct server *s, struct error *err)
{
    int r = listen_activated(&s->listener, err);
    if (r == 0)
        r = listen_bind(&s->listener, s->config->socket, s->config->access_gid, err);
    return r < 0 ? r : 0;
}

static int open_service(struct server *s, struct error *err)
{
    process_raise_open_files(&s->origin);
    int count = fd_count_open();
    s->base_fds = count > 0 ? (size_t)count : 32;
    int r = clients_open(s, err);
    if (r < 0)
        return r;
    if (shutdown_init(s) || maintain_timers(s) || spares_open(s))
        return error_errno(err, ENOMEM, "cannot set up the daemon");
    return 0;
}

static int start_up(struct server *s, struct error *err)
{
    static int (*const STEPS[])(struct server *, struct error *) = {
        make_epoch, make_loop,   take_place,   clear_predecessor,
        load,       open_socket, prepare_runs, open_service,
    };
    if (notify_init(&s->notify) < 0)
        log_warning("the service manager cannot be reached");
    for (size_t i = 0; i < ARRAY_LEN(STEPS); i++) {
        int r = STEPS[i](s, err);
        if (r < 0)
            return r;
    }
    log_notice("serving", LOG_S("tenant", s->config->tenant), LOG_S("socket", s->config->socket));
    notify_ready(&s->notify, "serving");
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
    s->origin = *origin;
    s->started_us = clock_mono_us();
    s->state_fd = s->survivors_fd = s->signal_fd = s->reserve_fd = -1;
    s->notify.fd = -1;
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

static void drop_runs(struct server *s)
{
    while (s->runs) {
        struct run *run = s->runs;
        if (run->runner) {
            run->runner->run = NULL;
            runner_free(run->runner);
        }
        while (run->batch_seats) {
            struct batch_seat *seat = run->batch_seats;
            run->batch_seats = seat->next;
            free(seat);
        }
        run_free(run);
    }
    while (s->runners)
        runner_free(s->runners);
}

void server_free(struct server *s)
{
    if (!s)
        return;
    clients_refuse(s);
    clients_close(s);
    drop_runs(s);
    timer_release(&s->spare_timer);
    timer_release(&s->retention_timer);
    timer_release(&s->watchdog);
    timer_release(&s->status);
    timer_release(&s->stop_timer);
    watch_release(&s->spare_filling);
    prunes_drop(s);
    watch_release(&s->retention_step);
    watch_release(&s->stop_watch);
    watch_release(&s->signals);
    loop_free(s->loop);
    fd_close(&s->signal_fd);
    cgroup_root_free(s->cgroups);
    spawn_env_free(s->env);
    records_free(s->records);
    resources_free(s->resources);
    keys_free(s->keys);
    notify_release(&s->notify);
    fd_close(&s->survivors_fd);
    lock_release(&s->locks);
    fd_close(&s->state_fd);
    config_free(s->config);
    free(s);
}
