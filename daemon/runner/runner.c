#include "runner.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "daemon/cgroup/cgroup.h"
#include "daemon/os/reap.h"
#include "daemon/os/sys.h"
#include "daemon/run/ending.h"
#include "daemon/run/runs.h"
#include "daemon/server.h"
#include "daemon/shutdown.h"
#include "spare.h"

enum {
    EXEC_WAIT_MS = 200,
    FDS_OF_RUNNER = 5,   /* pidfd, link, output, and exec_fd for a moment */
    FDS_IN_PASSING = 24, /* making a runner, writing records, answering clients */
};

bool runner_fds_left(const struct server *s)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == RLIM_INFINITY)
        return true;
    size_t used =
        s->base_fds + s->conn_count + s->replays + FDS_OF_RUNNER * (size_t)HASH_COUNT(s->runners);
    return used + FDS_OF_RUNNER + FDS_IN_PASSING <= limit.rlim_cur;
}

static void work_exited(void *arg)
{
    runner_exited(arg);
}

static void work_exec(void *arg)
{
    runner_check_exec(arg);
}

void runner_check_exec(struct runner *r)
{
    if (r->child.exec_fd < 0 || spawn_exec_read(r->child.exec_fd, &r->failure) == 0)
        return;
    watch_release(&r->exec);
    fd_close(&r->child.exec_fd);
}

void runner_await_exec(struct runner *r)
{
    struct pollfd p = {.fd = r->child.exec_fd, .events = POLLIN};
    if (r->child.exec_fd >= 0 && poll(&p, 1, EXEC_WAIT_MS) > 0)
        runner_check_exec(r);
}

static int watch_all(struct runner *r)
{
    struct loop *l = r->server->loop;
    if (watch_init(l, &r->exited, r->child.pidfd, WATCH_READ, LOOP_EXITS, work_exited, r) ||
        watch_init(l, &r->exec, r->child.exec_fd, WATCH_READ, LOOP_LINKS, work_exec, r) ||
        watch_arm(&r->exited) || watch_arm(&r->exec) ||
        output_init(&r->out, r, &r->child.out_fd, "stdout") ||
        output_init(&r->err, r, &r->child.err_fd, "stderr") ||
        runlink_init(&r->link, r, &r->child.link_fd))
        return -ENOMEM;
    return 0;
}

/* For a child that never got into anybody's hands. */
static void destroy(struct runner *r)
{
    siginfo_t info;
    struct rusage usage;
    sys.pidfd_send_signal(r->child.pidfd, SIGKILL);
    while (reap_look(r->child.pidfd, &info) == 0)
        usleep(500);
    runner_reap(r, &info, &usage);
    runner_free(r);
}

static int make_cgroup(struct runner *r)
{
    struct error err = {0};
    if (!r->server->cgroups)
        return -1;
    int fd = cgroup_create(r->server->cgroups, r->serial, &err);
    if (fd < 0)
        log_warning("no cgroup for a runner", LOG_S("error", err.text));
    r->has_cgroup = fd >= 0;
    return fd;
}

static int start_process(struct runner *r)
{
    struct server *s = r->server;
    struct error err = {0};
    int cgroup_fd = make_cgroup(r);
    struct spawn_params params = {
        .path = s->config->runner,
        .env = s->env,
        .origin = &s->origin,
        .survivors_fd = s->survivors_fd,
        .cgroup_fd = cgroup_fd,
    };
    int result = spawn_start(&params, &r->child, &err);
    fd_close(&cgroup_fd);
    if (result < 0 && r->has_cgroup)
        cgroup_remove(s->cgroups, r->serial);
    return result;
}

int runner_new(struct server *s, struct runner **ret)
{
    if (!runner_fds_left(s))
        return -EMFILE;
    struct runner *r = calloc(1, sizeof(*r));
    if (!r)
        return -ENOMEM;
    r->server = s;
    r->serial = ++s->serial;
    int result = start_process(r);
    if (result < 0) {
        free(r);
        return result;
    }
    HASH_ADD(hh, s->runners, child.pid, sizeof(r->child.pid), r);
    if (!r->hh.tbl || watch_all(r)) {
        destroy(r);
        return -ENOMEM;
    }
    *ret = r;
    return 0;
}

void runner_free(struct runner *r)
{
    if (!r)
        return;
    if (r->hh.tbl)
        HASH_DEL(r->server->runners, r);
    watch_release(&r->exited);
    watch_release(&r->exec);
    output_release(&r->out);
    output_release(&r->err);
    runlink_release(&r->link);
    spawn_child_close(&r->child);
    if (r->has_cgroup)
        cgroup_remove(r->server->cgroups, r->serial);
    shutdown_advance(r->server);
    free(r);
}

struct runner *runner_find(const struct server *s, pid_t pid)
{
    struct runner *r = NULL;
    HASH_FIND(hh, s->runners, &pid, sizeof(pid), r);
    return r;
}

void runner_kill_all(struct runner *r)
{
    if (r->reaped)
        return;
    if (!r->has_cgroup || cgroup_kill(r->server->cgroups, r->serial) < 0)
        reap_kill_group(r->child.pid);
    /* A child that has not come to its setsid yet is in no group of its own. */
    sys.pidfd_send_signal(r->child.pidfd, SIGKILL);
}

bool runner_rest_lives(const struct runner *r)
{
    if (r->has_cgroup)
        return cgroup_populated(r->server->cgroups, r->serial) == 1;
    return reap_group_lives(r->child.pid);
}

int runner_reap(struct runner *r, siginfo_t *ret_info, struct rusage *ret_usage)
{
    if (!r->has_cgroup || cgroup_kill(r->server->cgroups, r->serial) < 0)
        reap_kill_group(r->child.pid);
    int result = reap_leader(r->child.pidfd, ret_info, ret_usage);
    r->reaped = true;
    if (r->hh.tbl)
        HASH_DEL(r->server->runners, r);
    r->hh.tbl = NULL;
    watch_release(&r->exited);
    fd_close(&r->child.pidfd);
    return result;
}

void runner_exited(struct runner *r)
{
    siginfo_t info;
    if (r->reaped)
        return;
    if (reap_look(r->child.pidfd, &info) == 0) {
        /* Dead, but a tracer has to reap it first. The pidfd stays readable; when the tracer lets
         * go there is a SIGCHLD. */
        watch_disarm(&r->exited);
        return;
    }
    if (r->run)
        run_event(r->run, RUN_EV_EXITED);
    else
        spare_died(r);
}

void runners_reap_rest(struct server *s)
{
    siginfo_t info;
    pid_t pid;
    if (!s->child_exited)
        return;
    s->child_exited = false;
    while ((pid = reap_next(&info)) > 0) {
        struct runner *r = runner_find(s, pid);
        if (r)
            runner_exited(r);
        else if (reap_orphan(pid) < 0)
            break;
        else
            log_debug("reaped an orphan", LOG_I("pid", pid));
    }
}
