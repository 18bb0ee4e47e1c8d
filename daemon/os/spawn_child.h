/* The child's side of spawn: between fork and exec, async-signal-safe calls only, nothing
 * allocated, nothing of libc that keeps state. Used by spawn.c alone. */
#ifndef DAEMON_OS_SPAWN_CHILD_H
#define DAEMON_OS_SPAWN_CHILD_H

#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

/* All made ready by the parent. The descriptors may have any number. */
struct spawn_plan {
    const char *path;
    char *const *argv;
    char *const *env;
    pid_t parent;
    struct rlimit open_files;
    int null_fd;
    int out_fd;
    int err_fd;
    int link_fd;
    int survivors_fd; /* -1: descriptor 4 stays closed */
    int exec_fd;      /* stays open until the exec; reports go there */
    int move_fd;      /* a cgroup directory to enter before all else; -1: none */
};

/* Makes the process a runner. Never returns: after a failure it has written a struct spawn_failure
 * to exec_fd and exits with 127. All signals are blocked when it is called. */
void spawn_child_run(const struct spawn_plan *plan) __attribute__((noreturn));

/* Puts the calling process into a cgroup, given its directory (-1: none, true). False and errno. */
bool spawn_child_enter_cgroup(int dir);

#endif
