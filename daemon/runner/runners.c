#include "runners.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fd.h"
#include "common/log.h"
#include "daemon/cgroup/cgroup.h"
#include "daemon/core/core.h"
#include "daemon/core/phases.h"
#include "daemon/os/reap.h"
#include "daemon/settings/config.h"
#include "proto/link.h"
#include "runner.h"
#include "runner_inside.h"

enum {
    FDS_OF_RUNNER = 5,   /* pidfd, link, output, and exec_fd for a moment */
    FDS_IN_PASSING = 24, /* making a runner, writing records, answering clients */
};

/* ---- the table ---- */

int runners_new(struct core *core, const struct runners_options *options, struct runners **ret)
{
    struct runners *t = calloc(1, sizeof(*t));
    if (!t)
        return -ENOMEM;
    t->core = core;
    t->cgroups = options->cgroups;
    t->survivors_fd = options->survivors_fd;
    int r = spawn_env_new(&t->env);
    if (r < 0) {
        free(t);
        return r;
    }
    *ret = t;
    return 0;
}

void runners_free(struct runners *t)
{
    if (!t)
        return;
    while (t->by_pid)
        runner_free(t->by_pid);
    spawn_env_free(t->env);
    free(t);
}

size_t runners_count(const struct runners *t)
{
    return HASH_COUNT(t->by_pid);
}

bool runners_have_room(const struct runners *t)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == RLIM_INFINITY)
        return true;
    size_t used = core_open_fds(t->core) + FDS_OF_RUNNER * runners_count(t);
    return used + FDS_OF_RUNNER + FDS_IN_PASSING <= limit.rlim_cur;
}

void runners_child_exited(struct runners *t)
{
    t->child_exited = true;
}

/* ---- leaders that end ---- */

static void leader_exited(struct runner *r)
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
    r->tie.owner->exited(r->tie.arg);
}

static struct runner *find(const struct runners *t, pid_t pid)
{
    struct runner *r = NULL;
    HASH_FIND(hh, t->by_pid, &pid, sizeof(pid), r);
    return r;
}

void runners_reap_rest(struct runners *t)
{
    siginfo_t info;
    pid_t pid;
    if (!t->child_exited)
        return;
    t->child_exited = false;
    while ((pid = reap_next(&info)) > 0) {
        struct runner *r = find(t, pid);
        if (r)
            leader_exited(r);
        else if (reap_orphan(pid) < 0)
            break;
        else
            log_debug("reaped an orphan", LOG_I("pid", pid));
    }
}

/* ---- birth ---- */

static void work_exited(void *arg)
{
    leader_exited(arg);
}

static void work_exec(void *arg)
{
    runner_failure(arg);
}

static int watch_all(struct runner *r)
{
    struct core *core = r->table->core;
    struct loop *l = core->loop;
    size_t longest = (size_t)config_link_line(core->config);
    if (watch_init(l, &r->exited, r->child.pidfd, WATCH_READ, PHASE_EXITS, work_exited, r) ||
        watch_init(l, &r->exec, r->child.exec_fd, WATCH_READ, PHASE_LINKS, work_exec, r) ||
        watch_arm(&r->exited) || watch_arm(&r->exec) ||
        output_init(&r->out, l, &r->tie, &r->child.out_fd, "stdout") ||
        output_init(&r->err, l, &r->tie, &r->child.err_fd, "stderr") ||
        runlink_init(&r->link, l, &r->tie, &r->child.link_fd, longest))
        return -ENOMEM;
    return 0;
}

/* For a child that never got into anybody's hands. */
static void destroy(struct runner *r)
{
    siginfo_t info;
    struct rusage usage;
    runner_signal(r, SIGKILL);
    while (runner_lives(r))
        usleep(500);
    runner_reap(r, &info, &usage);
    runner_free(r);
}

static int make_cgroup(struct runner *r)
{
    struct cgroup_root *cgroups = r->table->cgroups;
    struct error err = {0};
    if (!cgroups)
        return -1;
    int fd = cgroup_create(cgroups, r->serial, &err);
    if (fd < 0)
        log_error("containment is lost: a runner without a cgroup", LOG_S("error", err.text));
    r->has_cgroup = fd >= 0;
    return fd;
}

/* NULL: no memory. */
static char *early_name(const char *path)
{
    char *name;
    return asprintf(&name, "%s%s", path, LINK_EARLY_SUFFIX) < 0 ? NULL : name;
}

static int start_process(struct runner *r, bool early)
{
    struct runners *t = r->table;
    struct error err = {0};
    _cleanup_free_ char *name = early ? early_name(t->core->config->runner) : NULL;
    if (early && !name)
        return -ENOMEM;
    int cgroup_fd = make_cgroup(r);
    struct spawn_params params = {
        .path = t->core->config->runner,
        .name = name,
        .env = t->env,
        .origin = &t->core->origin,
        .survivors_fd = t->survivors_fd,
        .cgroup_fd = cgroup_fd,
    };
    int result = spawn_start(&params, &r->child, &err);
    fd_close(&cgroup_fd);
    if (result < 0 && r->has_cgroup)
        cgroup_remove(t->cgroups, r->serial);
    return result;
}

int runner_new(struct runners *t, bool early, struct runner **ret)
{
    if (!runners_have_room(t))
        return -EMFILE;
    struct runner *r = calloc(1, sizeof(*r));
    if (!r)
        return -ENOMEM;
    r->table = t;
    r->serial = ++t->serial;
    int result = start_process(r, early);
    if (result < 0) {
        free(r);
        return result;
    }
    r->tie.pid = r->child.pid;
    HASH_ADD(hh, t->by_pid, child.pid, sizeof(r->child.pid), r);
    if (!r->hh.tbl || watch_all(r)) {
        destroy(r);
        return -ENOMEM;
    }
    *ret = r;
    return 0;
}
