/* Starting one runner: pure mechanism. Nothing here waits: not for
 * the exec, not for the child.
 *
 *     struct spawn_env *env;            once, at start-up: spawn_env_new(&env)
 *     struct spawn_child child;
 *     r = spawn_start(&params, &child, &err);
 *     r == -EAGAIN, -ENOMEM, -EMFILE, -ENFILE ...: start_failed {spawn, errno}; nothing is left
 *     r == 0: the caller owns child.pidfd and the four descriptors, puts the pid into its table
 *             before it reaps anything, watches exec_fd, link_fd, out_fd, err_fd, pidfd.
 *     exec_fd readable: spawn_exec_read(): 0 not yet, 1 exec done, < 0 failed in the child; the
 *             child exits by itself (status 127) and is reaped like any other.
 *
 * Who waits for exec_fd knows soonest, but a caller may leave it alone until the link closes or
 * the child ends: what it holds then stays readable.
 *
 * The child is the leader of its own session and group: its pid is also its group. Until it has
 * come as far as setsid() there is no such group (kill(-pid) gives ESRCH), so whoever kills a young
 * run signals the pidfd as well. Killed before the exec it has said nothing on exec_fd: that reads
 * as 1.
 *
 * Call from the main thread only: PR_SET_PDEATHSIG means the thread that forked. */
#ifndef DAEMON_OS_SPAWN_H
#define DAEMON_OS_SPAWN_H

#include <stdint.h>
#include <sys/types.h>

#include "common/error.h"
#include "process.h"
#include "spawn_failure.h"

/* PATH, HOME, LANG, TZ and nothing else, taken from the daemon's own environment or defaults. */
struct spawn_env;
int spawn_env_new(struct spawn_env **ret); /* 0 or -ENOMEM */
void spawn_env_free(struct spawn_env *env);

struct spawn_params {
    const char *path; /* absolute */
    const char *name; /* argv, alone; NULL: the path */
    const struct spawn_env *env;
    const struct process_origin *origin;
    int survivors_fd; /* becomes descriptor 4; -1: none */
    int cgroup_fd;    /* directory that the child is born into; -1: none */
};

struct spawn_child {
    pid_t pid;
    int pidfd;   /* all five are close-on-exec; */
    int link_fd; /* non-blocking stream socket, descriptor 3 of the runner */
    int out_fd;  /* non-blocking, the runner's stdout */
    int err_fd;  /* non-blocking, the runner's stderr */
    int exec_fd; /* non-blocking, see spawn_exec_read */
};

/* 0, or -errno with nothing left behind. */
int spawn_start(const struct spawn_params *params, struct spawn_child *ret, struct error *err);

/* Reads exec_fd without waiting: 1 at its end (the exec succeeded, or the child was killed before
 * it), 0 when neither is known yet, -number of *ret when the child reported a failure. The caller
 * closes exec_fd after any answer but 0. */
int spawn_exec_read(int exec_fd, struct spawn_failure *ret);

/* Closes all descriptors of the child that are still >= 0. Does not end or reap it. */
void spawn_child_close(struct spawn_child *child);

/* A process of councild's own that is no runner. */
struct spawn_helper {
    const char *path;
    char *const *argv;
    char *const *env;
    const struct process_origin *origin;
    int link_fd; /* becomes its descriptor 3 */
};

/* Starts it as a runner is started, and it dies with the daemon too; but descriptors 0 and 1 are
 * /dev/null, 2 is the daemon's own, and nobody hears whether its exec succeeds: what shows that it
 * has died is the other end of link_fd. It is reaped as an orphan. The pid or -errno. */
pid_t spawn_helper_start(const struct spawn_helper *helper);

/* A child in the given cgroup that exits at once and is reaped before the return: shows whether
 * CLONE_INTO_CGROUP works there. 0 or -errno. */
int spawn_probe_cgroup(int cgroup_fd);

#endif
