#include "runner.h"

#include <poll.h>
#include <stdlib.h>

#include "common/fd.h"
#include "daemon/cgroup/cgroup.h"
#include "daemon/core/core.h"
#include "daemon/os/reap.h"
#include "daemon/os/sys.h"
#include "daemon/settings/run_limits.h"
#include "runner_inside.h"

enum {
    EXEC_WAIT_MS = 200,
    DRAIN_READS = 64, /* pieces of link and output read at once */
};

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
        cgroup_remove(r->table->cgroups, r->serial);
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

static void check_exec(struct runner *r)
{
    if (r->child.exec_fd < 0 || spawn_exec_read(r->child.exec_fd, &r->failure) == 0)
        return;
    watch_release(&r->exec);
    fd_close(&r->child.exec_fd);
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
    return r->has_cgroup ? cgroup_memory_peak(r->table->cgroups, r->serial) : -1;
}

bool runner_ran_out_of_memory(const struct runner *r)
{
    return r->has_cgroup && cgroup_oom_kills(r->table->cgroups, r->serial) > 0;
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
    return run_limits_apply(limits, r->child.pid, r->has_cgroup ? r->table->cgroups : NULL,
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

static void kill_group(struct runner *r)
{
    if (!r->has_cgroup || cgroup_kill(r->table->cgroups, r->serial) < 0)
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
        return cgroup_populated(r->table->cgroups, r->serial) == 1;
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
