/* The table of all runners that are not reaped, by pid; and where they are born.
 *
 *     runners_new(core, &options, &table);
 *     runner_new(table, false, &r);             forks; the rest is in runner.h
 *     ...
 *     runners_free(table);                      with those that are left, which die with the daemon
 */
#ifndef DAEMON_RUNNER_RUNNERS_H
#define DAEMON_RUNNER_RUNNERS_H

#include <stdbool.h>
#include <stddef.h>

struct cgroup_root;
struct core;
struct runner;
struct runners;

struct runners_options {
    struct cgroup_root *cgroups; /* NULL: process groups contain them. Both stay the caller's */
    int survivors_fd;            /* inherited by each, for as long as it lives; -1: none */
};

int runners_new(struct core *core, const struct runners_options *options, struct runners **ret);
void runners_free(struct runners *t); /* NULL is fine */
size_t runners_count(const struct runners *t);
/* Whether there are descriptors for one more, and some to spare for the rest of the daemon. */
bool runners_have_room(const struct runners *t);
/* A SIGCHLD came: the next runners_reap_rest looks for the ends that no pidfd has reported: adopted
 * orphans, and leaders whose pidfd is about to. For the exits phase. */
void runners_child_exited(struct runners *t);
void runners_reap_rest(struct runners *t);

/* Forks one; `early` lets it close itself in before it has its spec (LINK_EARLY_SUFFIX). 0, or
 * -errno with nothing left: EAGAIN, ENOMEM, EMFILE ... EMFILE also when runners_have_room says no.
 */
int runner_new(struct runners *t, bool early, struct runner **ret);

#endif
