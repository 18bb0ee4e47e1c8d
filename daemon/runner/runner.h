/* A runner process as the daemon holds it: number, pidfd, link, output, cgroup. It is a spare until
 * a run takes it. Its descriptors are watched from birth on, but for the link, which is read only
 * after the spec was sent. */
#ifndef DAEMON_RUNNER_RUNNER_H
#define DAEMON_RUNNER_RUNNER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

#include "common/hash.h"
#include "daemon/os/spawn.h"
#include "output.h"
#include "runlink.h"
#include "serve/loop.h"

struct run;
struct server;

struct runner {
    struct server *server;
    struct run *run; /* NULL: a spare */
    uint64_t serial; /* r<serial> is its cgroup */
    bool has_cgroup; /* born into it */
    bool reaped;     /* its number is no longer ours */
    bool pooled;     /* among the spares */
    struct spawn_child child;
    struct spawn_failure failure; /* number 0: none known */
    struct watch exited;
    struct watch exec;
    struct output out, err;
    struct runlink link;
    UT_hash_handle hh;          /* by pid, until reaped */
    struct runner *prev, *next; /* among the spares */
};

/* Forks one. 0, or -errno with nothing left: EAGAIN, ENOMEM, EMFILE ... EMFILE also when so few
 * descriptors are left that the rest of the daemon would suffer. */
int runner_new(struct server *s, struct runner **ret);
/* Closes and forgets. Its process must have been reaped. */
void runner_free(struct runner *r);

struct runner *runner_find(const struct server *s, pid_t pid);
/* The leader has ended: to the run, or to the pool of spares. */
void runner_exited(struct runner *r);
/* What exec_fd has to say by now: fills failure. */
void runner_check_exec(struct runner *r);
/* Waits for the exec, a moment at most: before it the child still puts its own limits in order, and
 * would undo what is set from outside. */
void runner_await_exec(struct runner *r);

/* SIGKILL to everything it started, as long as its leader is not reaped. */
void runner_kill_all(struct runner *r);
/* After the reaping: is something of it left? */
bool runner_rest_lives(const struct runner *r);
/* Reaps the leader, kills the rest first. ret_info and ret_usage as in reap.h; 0 or -ECHILD. */
int runner_reap(struct runner *r, siginfo_t *ret_info, struct rusage *ret_usage);

/* Whether there are descriptors for one more run, and some to spare. */
bool runner_fds_left(const struct server *s);

/* The exits phase: adopted orphans, and leaders whose pidfd has not been reported yet. */
void runners_reap_rest(struct server *s);

#endif
