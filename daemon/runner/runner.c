#include "runner.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/hash.h"
#include "common/log.h"
#include "daemon/cgroup/cgroup.h"
#include "daemon/core/core.h"
#include "daemon/os/reap.h"
#include "daemon/os/sys.h"
#include "daemon/settings/config.h"
#include "daemon/settings/run_limits.h"
#include "output.h"
#include "runlink.h"

enum {
    EXEC_WAIT_MS = 200,
    FDS_OF_RUNNER = 5,   /* pidfd, link, output, and exec_fd for a moment */
    FDS_IN_PASSING = 24, /* making a runner, writing records, answering clients */
    DRAIN_READS = 64,    /* pieces of link and output read at once */
};

struct runner {
    struct runners *table;
    struct runner_tie tie;
    uint64_t serial; /* r<serial> is its cgroup */
    bool has_cgroup; /* born into it */
    bool reaped;     /* its number is no longer ours */
    struct spawn_child child;
    struct spawn_failure failure; /* number 0: none known */
    struct watch exited;
    struct watch exec;
    struct output out, err;
    struct runlink link;
    UT_hash_handle hh; /* by pid, until reaped */
};

struct runners {
    struct core *core;
    struct runners_options options;
    struct spawn_env *env;
    struct runner *by_pid;
    uint64_t serial; /* of the last one: names its cgroup */
    bool child_exited;
};

static void leader_exited(struct runner *r);

/* ---- the table ---- */

int runners_new(struct core *core, const struct runners_options *options, struct runners **ret)
{
    struct runners *t = calloc(1, sizeof(*t));
    if (!t)
        return -ENOMEM;
    t->core = core;
    t->options = *options;
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

static void check_exec(struct runner *r)
{
    if (r->child.exec_fd < 0 || spawn_exec_read(r->child.exec_fd, &r->failure) == 0)
        return;
    watch_release(&r->exec);
    fd_close(&r->child.exec_fd);
}

static void work_exited(void *arg)
{
    leader_exited(arg);
}

static void work_exec(void *arg)
{
    check_exec(arg);
}

static int watch_all(struct runner *r)
{
    struct core *core = r->table->core;
    struct loop *l = core->loop;
    size_t longest = 2 * (size_t)core->config->max_request_bytes;
    if (watch_init(l, &r->exited, r->child.pidfd, WATCH_READ, LOOP_EXITS, work_exited, r) ||
        watch_init(l, &r->exec, r->child.exec_fd, WATCH_READ, LOOP_LINKS, work_exec, r) ||
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
    struct cgroup_root *cgroups = r->table->options.cgroups;
    struct error err = {0};
    if (!cgroups)
        return -1;
    int fd = cgroup_create(cgroups, r->serial, &err);
    if (fd < 0)
        log_warning("no cgroup for a runner", LOG_S("error", err.text));
    r->has_cgroup = fd >= 0;
    return fd;
}

static int start_process(struct runner *r)
{
    struct runners *t = r->table;
    struct error err = {0};
    int cgroup_fd = make_cgroup(r);
    struct spawn_params params = {
        .path = t->core->config->runner,
        .env = t->env,
        .origin = &t->core->origin,
        .survivors_fd = t->options.survivors_fd,
        .cgroup_fd = cgroup_fd,
    };
    int result = spawn_start(&params, &r->child, &err);
    fd_close(&cgroup_fd);
    if (result < 0 && r->has_cgroup)
        cgroup_remove(t->options.cgroups, r->serial);
    return result;
}

int runner_new(struct runners *t, struct runner **ret)
{
    if (!runners_have_room(t))
        return -EMFILE;
    struct runner *r = calloc(1, sizeof(*r));
    if (!r)
        return -ENOMEM;
    r->table = t;
    r->serial = ++t->serial;
    int result = start_process(r);
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

void runner_give(struct runner *r, const struct runner_owner *owner, void *arg, const char *run_id)
{
    r->tie.owner = owner;
    r->tie.arg = arg;
    r->tie.run_id = run_id;
}

static void leave_table(struct runner *r)
{
    if (r->hh.tbl)
        HASH_DEL(r->table->by_pid, r);
    r->hh.tbl = NULL;
}

void runner_free(struct runner *r)
{
    if (!r)
        return;
    leave_table(r);
    watch_release(&r->exited);
    watch_release(&r->exec);
    runner_shut(r);
    spawn_child_close(&r->child);
    if (r->has_cgroup)
        cgroup_remove(r->table->options.cgroups, r->serial);
    core_nudge(r->table->core);
    free(r);
}

/* ---- what it is ---- */

pid_t runner_pid(const struct runner *r)
{
    return r->child.pid;
}

bool runner_has_cgroup(const struct runner *r)
{
    return r->has_cgroup;
}

const struct spawn_failure *runner_failure(struct runner *r)
{
    check_exec(r);
    return &r->failure;
}

bool runner_is_reaped(const struct runner *r)
{
    return r->reaped;
}

bool runner_lives(const struct runner *r)
{
    siginfo_t info;
    return reap_look(r->child.pidfd, &info) == 0;
}

int64_t runner_memory_peak(const struct runner *r)
{
    return r->has_cgroup ? cgroup_memory_peak(r->table->options.cgroups, r->serial) : -1;
}

bool runner_ran_out_of_memory(const struct runner *r)
{
    return r->has_cgroup && cgroup_oom_kills(r->table->options.cgroups, r->serial) > 0;
}

/* ---- what it is told ---- */

/* Before the exec the child still puts its own limits in order, and would undo what is set from
 * outside. */
static void await_exec(struct runner *r)
{
    struct pollfd p = {.fd = r->child.exec_fd, .events = POLLIN};
    if (r->child.exec_fd >= 0 && poll(&p, 1, EXEC_WAIT_MS) > 0)
        check_exec(r);
}

int runner_limit(struct runner *r, const struct run_limits *limits, struct error *err)
{
    if (limits->open_files != LIMIT_NONE)
        await_exec(r);
    return run_limits_apply(limits, r->child.pid, r->has_cgroup ? r->table->options.cgroups : NULL,
                            r->serial, err);
}

int runner_send_spec(struct runner *r, struct buf *spec, const int *fds, size_t n_fds)
{
    return runlink_send_spec(&r->link, spec, fds, n_fds);
}

int runner_cancel(struct runner *r, bool now, enum link_cause cause)
{
    return runlink_cancel(&r->link, now, cause);
}

int runner_deltas(struct runner *r, bool on)
{
    return runlink_deltas(&r->link, on);
}

bool runner_link_is_open(const struct runner *r)
{
    return !runlink_at_end(&r->link);
}

void runner_signal(struct runner *r, int signal)
{
    sys.pidfd_send_signal(r->child.pidfd, signal);
}

/* ---- its end ---- */

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

static void kill_group(struct runner *r)
{
    if (!r->has_cgroup || cgroup_kill(r->table->options.cgroups, r->serial) < 0)
        reap_kill_group(r->child.pid);
}

void runner_kill_all(struct runner *r)
{
    if (r->reaped)
        return;
    kill_group(r);
    /* A child that has not come to its setsid yet is in no group of its own. */
    runner_signal(r, SIGKILL);
}

bool runner_reap(struct runner *r, siginfo_t *ret_info, struct rusage *ret_usage)
{
    siginfo_t info;
    bool known = reap_look(r->child.pidfd, &info) == 1;
    kill_group(r);
    known = reap_leader(r->child.pidfd, ret_info, ret_usage) == 0 && known;
    r->reaped = true;
    leave_table(r);
    watch_release(&r->exited);
    fd_close(&r->child.pidfd);
    return known;
}

bool runner_rest_lives(const struct runner *r)
{
    if (r->has_cgroup)
        return cgroup_populated(r->table->options.cgroups, r->serial) == 1;
    return reap_group_lives(r->child.pid);
}

bool runner_drain(struct runner *r)
{
    bool some = true;
    for (int i = 0; some && i < DRAIN_READS; i++) {
        some = runlink_read(&r->link);
        some |= output_read(&r->out);
        some |= output_read(&r->err);
    }
    return runlink_at_end(&r->link) && output_at_end(&r->out) && output_at_end(&r->err);
}

void runner_shut(struct runner *r)
{
    runlink_release(&r->link);
    output_release(&r->out);
    output_release(&r->err);
}
