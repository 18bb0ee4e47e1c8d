#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fd.h"
#include "spawn_child.h"
#include "sys.h"

#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif

/* ---- environment ---- */

static const struct {
    const char *name;
    const char *fallback;
} VARIABLES[] = {
    {"PATH", "/usr/local/bin:/usr/bin:/bin"},
    {"HOME", "/"},
    {"LANG", "C.UTF-8"},
    {"TZ", ":/etc/localtime"},
};

struct spawn_env {
    char *entries[ARRAY_LEN(VARIABLES) + 1];
};

int spawn_env_new(struct spawn_env **ret)
{
    struct spawn_env *env = calloc(1, sizeof *env);
    if (!env)
        return -ENOMEM;
    for (size_t i = 0; i < ARRAY_LEN(VARIABLES); i++) {
        const char *value = getenv(VARIABLES[i].name);
        if (asprintf(&env->entries[i], "%s=%s", VARIABLES[i].name,
                     value && *value ? value : VARIABLES[i].fallback) < 0) {
            env->entries[i] = NULL;
            spawn_env_free(env);
            return -ENOMEM;
        }
    }
    *ret = env;
    return 0;
}

void spawn_env_free(struct spawn_env *env)
{
    if (!env)
        return;
    for (size_t i = 0; i < ARRAY_LEN(VARIABLES); i++)
        free(env->entries[i]);
    free(env);
}

/* ---- descriptors ---- */

/* The child's ends of what connects it with the daemon. */
struct spawn_ends {
    int null_fd, link_fd, out_fd, err_fd, exec_fd;
};

static void ends_close(struct spawn_ends *e)
{
    fd_close(&e->null_fd);
    fd_close(&e->link_fd);
    fd_close(&e->out_fd);
    fd_close(&e->err_fd);
    fd_close(&e->exec_fd);
}

void spawn_child_close(struct spawn_child *child)
{
    fd_close(&child->pidfd);
    fd_close(&child->link_fd);
    fd_close(&child->out_fd);
    fd_close(&child->err_fd);
    fd_close(&child->exec_fd);
}

/* Only the daemon's end is non-blocking: the flag belongs to the open file, and a runner may expect
 * ordinary descriptors. */
static int make_pipe(int *ret_ours, int *ret_childs)
{
    int both[2];
    if (sys.pipe2(both, O_CLOEXEC) < 0)
        return -errno;
    *ret_ours = both[0];
    *ret_childs = both[1];
    return fd_set_nonblock(both[0], true);
}

static int make_link(int *ret_ours, int *ret_childs)
{
    int both[2];
    if (sys.socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both) < 0)
        return -errno;
    *ret_ours = both[0];
    *ret_childs = both[1];
    return fd_set_nonblock(both[0], true);
}

static int make_descriptors(struct spawn_child *child, struct spawn_ends *ends)
{
    int r = make_link(&child->link_fd, &ends->link_fd);
    if (r == 0)
        r = make_pipe(&child->out_fd, &ends->out_fd);
    if (r == 0)
        r = make_pipe(&child->err_fd, &ends->err_fd);
    if (r == 0)
        r = make_pipe(&child->exec_fd, &ends->exec_fd);
    if (r < 0)
        return r;
    ends->null_fd = sys.openat(AT_FDCWD, "/dev/null", O_RDONLY | O_CLOEXEC | O_NOCTTY, 0);
    return ends->null_fd < 0 ? -errno : 0;
}

/* ---- fork ---- */

/* libc's sigset functions leave out the two signals that libc uses itself. */
typedef unsigned long long kernel_sigset;

static int set_mask(const kernel_sigset *mask, kernel_sigset *ret_old)
{
    return syscall(SYS_rt_sigprocmask, SIG_SETMASK, mask, ret_old, sizeof *mask) < 0 ? -errno : 0;
}

static pid_t clone_with_pidfd(int cgroup_fd, int *ret_pidfd)
{
    struct clone_args args = {
        .flags = CLONE_PIDFD,
        .pidfd = (uintptr_t)ret_pidfd,
        .exit_signal = SIGCHLD,
    };
    if (cgroup_fd >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = (uint64_t)cgroup_fd;
    }
    return sys.clone3(&args, sizeof args);
}

/* fork and pidfd_open, where clone3 is missing or forbidden. Until the parent reaps it the child's
 * number is taken, so the pidfd is surely the child's. */
static pid_t fork_then_open(int *ret_pidfd)
{
    pid_t pid = sys.fork();
    if (pid <= 0)
        return pid;
    int fd = sys.pidfd_open(pid, 0);
    if (fd >= 0) {
        *ret_pidfd = fd;
        return pid;
    }
    int number = errno;
    siginfo_t info;
    sys.kill(pid, SIGKILL);
    while (sys.waitid(P_PID, (id_t)pid, &info, WEXITED, NULL) < 0 && errno == EINTR)
        ;
    errno = number;
    return -1;
}

/* 0 in the child, the pid in the parent, -errno. */
static pid_t fork_child(int cgroup_fd, struct spawn_plan *plan, int *ret_pidfd)
{
    const kernel_sigset all = ~0ULL;
    kernel_sigset old;
    int r = set_mask(&all, &old);
    if (r < 0)
        return r;
    pid_t pid = clone_with_pidfd(cgroup_fd, ret_pidfd);
    if (pid < 0 && (errno == ENOSYS || errno == EPERM)) {
        plan->move_fd = cgroup_fd;
        pid = fork_then_open(ret_pidfd);
    }
    if (pid == 0)
        return 0;
    int number = errno;
    set_mask(&old, NULL);
    return pid < 0 ? -number : pid;
}

int spawn_start(const struct spawn_params *params, struct spawn_child *ret, struct error *err)
{
    struct spawn_child child = {.pidfd = -1, -1, -1, -1, -1};
    struct spawn_ends ends = {-1, -1, -1, -1, -1};
    char *argv[] = {(char *)(params->name ? params->name : params->path), NULL};
    int r = make_descriptors(&child, &ends);
    if (r < 0) {
        error_errno(err, -r, "cannot make the descriptors of a runner");
        goto failed;
    }
    struct spawn_plan plan = {
        .path = params->path,
        .argv = argv,
        .env = params->env->entries,
        .parent = params->origin->pid,
        .open_files = params->origin->open_files,
        .null_fd = ends.null_fd,
        .out_fd = ends.out_fd,
        .err_fd = ends.err_fd,
        .link_fd = ends.link_fd,
        .exec_fd = ends.exec_fd,
        .survivors_fd = params->survivors_fd,
        .move_fd = -1,
    };
    child.pid = fork_child(params->cgroup_fd, &plan, &child.pidfd);
    if (child.pid == 0)
        spawn_child_run(&plan);
    if (child.pid < 0) {
        r = error_errno(err, -child.pid, "cannot fork a runner");
        goto failed;
    }
    ends_close(&ends);
    *ret = child;
    return 0;
failed:
    ends_close(&ends);
    spawn_child_close(&child);
    return r;
}

pid_t spawn_helper_start(const struct spawn_helper *helper)
{
    int pidfd = -1;
    int null_fd = sys.openat(AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY, 0);
    if (null_fd < 0)
        return -errno;
    struct spawn_plan plan = {
        .path = helper->path,
        .argv = helper->argv,
        .env = helper->env,
        .parent = helper->origin->pid,
        .open_files = helper->origin->open_files,
        .null_fd = null_fd,
        .out_fd = null_fd,
        .err_fd = STDERR_FILENO,
        .exec_fd = null_fd,
        .link_fd = helper->link_fd,
        .survivors_fd = -1,
        .move_fd = -1,
    };
    const pid_t pid = fork_child(-1, &plan, &pidfd);
    if (pid == 0)
        spawn_child_run(&plan);
    fd_close(&pidfd);
    fd_close(&null_fd);
    return pid;
}

int spawn_exec_read(int exec_fd, struct spawn_failure *ret)
{
    struct spawn_failure failure;
    ssize_t n = read(exec_fd, &failure, sizeof failure);
    if (n < 0 && errno == EAGAIN)
        return 0;
    if (n != (ssize_t)sizeof failure)
        return 1;
    *ret = failure;
    return failure.number > 0 ? -failure.number : -EIO;
}

int spawn_probe_cgroup(int cgroup_fd)
{
    struct spawn_plan plan = {.move_fd = -1};
    int pidfd = -1;
    pid_t pid = fork_child(cgroup_fd, &plan, &pidfd);
    if (pid == 0)
        _exit(spawn_child_enter_cgroup(plan.move_fd) ? 0 : 1);
    if (pid < 0)
        return pid;
    siginfo_t info = {0};
    int r;
    do
        r = sys.waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED, NULL);
    while (r < 0 && errno == EINTR);
    if (r < 0)
        r = -errno;
    close(pidfd);
    return r == 0 && info.si_status != 0 ? -EACCES : r;
}
