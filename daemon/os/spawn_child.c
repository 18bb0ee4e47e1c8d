#include "spawn_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spawn_failure.h"

enum { LINK_FD = 3, SURVIVORS_FD = 4, FIRST_FREE_FD = 5, KERNEL_SIGNALS = 64, EXIT_STATUS = 127 };

static void __attribute__((noreturn)) fail(int exec_fd, enum spawn_stage stage)
{
    struct spawn_failure failure = {.stage = stage, .number = errno};
    ssize_t n;
    do
        n = write(exec_fd, &failure, sizeof failure);
    while (n < 0 && errno == EINTR);
    _exit(EXIT_STATUS);
}

/* Where clone3 could not put us into the cgroup, we go ourselves, before there is anything that
 * could stay outside. */
bool spawn_child_enter_cgroup(int dir)
{
    if (dir < 0)
        return true;
    int fd = openat(dir, "cgroup.procs", O_WRONLY | O_CLOEXEC);
    return fd >= 0 && write(fd, "0", 1) == 1;
}

/* Descriptors that stand where another one has to go are moved out of the way first. */
static bool move_away(int *fd)
{
    if (*fd < 0 || *fd >= FIRST_FREE_FD)
        return true;
    int moved = fcntl(*fd, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
    if (moved < 0)
        return false;
    *fd = moved;
    return true;
}

static bool close_on_exec_from(unsigned first)
{
#ifdef SYS_close_range
    if (syscall(SYS_close_range, first, ~0U, 1U << 2 /* CLOSE_RANGE_CLOEXEC */) == 0)
        return true;
#endif
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return false;
    for (unsigned fd = first; fd < limit.rlim_cur; fd++)
        if (fcntl((int)fd, F_SETFD, FD_CLOEXEC) < 0 && errno != EBADF)
            return false;
    return true;
}

static bool place_descriptors(struct spawn_plan *p)
{
    if (!move_away(&p->null_fd) || !move_away(&p->out_fd) || !move_away(&p->err_fd) ||
        !move_away(&p->link_fd) || !move_away(&p->survivors_fd) || !move_away(&p->exec_fd))
        return false;
    if (dup2(p->null_fd, 0) < 0 || dup2(p->out_fd, 1) < 0 || dup2(p->err_fd, 2) < 0 ||
        dup2(p->link_fd, LINK_FD) < 0)
        return false;
    if (p->survivors_fd >= 0 && dup2(p->survivors_fd, SURVIVORS_FD) < 0)
        return false;
    return close_on_exec_from(p->survivors_fd >= 0 ? FIRST_FREE_FD : SURVIVORS_FD);
}

/* The kernel's own call: libc refuses to touch the two signals that it uses itself, and those could
 * have been inherited as ignored. All zero is SIG_DFL in every layout of the structure. */
static bool default_all_signals(void)
{
    const struct {
        unsigned long words[8];
    } action = {{0}};
    for (int signal = 1; signal <= KERNEL_SIGNALS; signal++) {
        if (signal == SIGKILL || signal == SIGSTOP)
            continue;
        if (syscall(SYS_rt_sigaction, signal, &action, NULL, KERNEL_SIGNALS / 8) < 0)
            return false;
    }
    return true;
}

static bool unblock_all_signals(void)
{
    const unsigned long long none = 0;
    return syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none) == 0;
}

/* From here on the child dies with the daemon. If the daemon died before, no signal will come any
 * more; its saved pid tells, whoever the new parent is. */
static bool tie_to_parent(pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
        return false;
    if (getppid() == parent)
        return true;
    errno = ESRCH;
    return false;
}

void spawn_child_run(const struct spawn_plan *plan)
{
    struct spawn_plan p = *plan;
    if (!spawn_child_enter_cgroup(p.move_fd))
        fail(p.exec_fd, SPAWN_STAGE_CGROUP);
    if (setsid() < 0)
        fail(p.exec_fd, SPAWN_STAGE_SESSION);
    if (!place_descriptors(&p))
        fail(p.exec_fd, SPAWN_STAGE_DESCRIPTORS);
    if (!default_all_signals())
        fail(p.exec_fd, SPAWN_STAGE_SIGNALS);
    if (!tie_to_parent(p.parent))
        fail(p.exec_fd, SPAWN_STAGE_PARENT);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        fail(p.exec_fd, SPAWN_STAGE_PRIVILEGES);
    umask(077);
    if (setrlimit(RLIMIT_NOFILE, &p.open_files) < 0)
        fail(p.exec_fd, SPAWN_STAGE_LIMITS);
    if (chdir("/") < 0)
        fail(p.exec_fd, SPAWN_STAGE_DIRECTORY);
    if (!unblock_all_signals())
        fail(p.exec_fd, SPAWN_STAGE_SIGNALS);
    execve(p.path, p.argv, p.env);
    fail(p.exec_fd, SPAWN_STAGE_EXEC);
}
