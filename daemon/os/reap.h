/* Learning how children ended. One uninterrupted step
 * per leader:
 *
 *     if (reap_look(pidfd, &info) == 1) {      the leader is a zombie: its number stays taken
 *         reap_kill_group(pid);                or cgroup_kill: never after the reaping
 *         reap_leader(pidfd, &info, &usage);   now the number is free
 *     }
 *
 * and after all known leaders, the orphans that a subreaper inherits:
 *
 *     while ((pid = reap_next(&info)) > 0)
 *         if (pid is in the table) finish that leader as above;
 *         else reap_orphan(pid);               finish each before asking again
 *
 * reap_next leaves the zombie, so that the status of a leader that died this very moment is not
 * lost. */
#ifndef DAEMON_OS_REAP_H
#define DAEMON_OS_REAP_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

struct reason; /* proto/reason.h */

/* 1 ended, *ret filled and still to be reaped; 0 alive; -ECHILD the status was lost. */
int reap_look(int pidfd, siginfo_t *ret);
/* Reaps it: 0, or -errno (-ECHILD: somebody else did). */
int reap_leader(int pidfd, siginfo_t *ret, struct rusage *ret_usage);
/* SIGKILL to every process of the group; nothing there is no error. 0 or -errno. */
int reap_kill_group(pid_t leader);
/* True while kill(-leader, 0) finds a process. Once the leader is reaped a group number can be
 * reused only after the group is empty, so ask until false and never again. */
bool reap_group_lives(pid_t leader);
/* The pid of some child that has ended (left unreaped), 0 none, -errno (-ECHILD: no children). */
pid_t reap_next(siginfo_t *ret);
/* Reaps one child by number: 0 or -errno. */
int reap_orphan(pid_t pid);

/* What the daemon knows besides the wait status. */
struct reap_facts {
    bool sent_term; /* it sent SIGTERM to this run */
    bool stopping;  /* it is stopping itself: SIGTERM may have come from outside to all */
    bool sent_kill; /* it sent SIGKILL, also by cgroup.kill, while the leader lived */
    bool oom;       /* oom_kill of the run's cgroup grew */
};

/* Why it ended, from how: docs/protocol.md has the table. info NULL: the status was lost (kind
 * unknown). Pure. */
void reap_reason(const siginfo_t *info, const struct reap_facts *facts, struct reason *ret);

#endif
