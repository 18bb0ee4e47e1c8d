/* A runner process as the daemon holds it: number, pidfd, link, output, cgroup. It belongs to
 * somebody (runner_owner.h): to the pool of spares until a run takes it. Its descriptors are
 * watched from birth on, but for the link, which is read only after the spec was sent.
 *
 *     runner_new(table, false, &r);             of runners.h: nobody's yet
 *     runner_give(r, &OWNER, arg, run_id);      may be given on later
 *     runner_limit(r, limits); runner_send_spec(r, spec, fds, n);
 *     ... owner->exited(arg):
 *     runner_reap(r, &info, &usage);            the leader; the rest is killed first
 *     runner_drain(r) until true, runner_shut(r), runner_rest_lives(r) until false
 *     runner_free(r); */
#ifndef DAEMON_RUNNER_RUNNER_H
#define DAEMON_RUNNER_RUNNER_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "common/buf.h"
#include "common/error.h"
#include "daemon/os/spawn.h"
#include "proto/link.h"
#include "runner_owner.h"

struct run_limits;
struct runner;

/* Closes and forgets. Its process must have been reaped, or the daemon be about to go. */
void runner_free(struct runner *r); /* NULL is fine */
/* It is this owner's from now on; run_id (NULL: none) must stay as long. */
void runner_give(struct runner *r, const struct runner_owner *owner, void *arg, const char *run_id);

pid_t runner_pid(const struct runner *r);
bool runner_has_cgroup(const struct runner *r);
/* What kept it from its exec; number 0: nothing that is known by now. */
const struct spawn_failure *runner_failure(struct runner *r);
bool runner_is_reaped(const struct runner *r);
/* Not a zombie either. Only before it is reaped. */
bool runner_lives(const struct runner *r);

/* Puts the limits on it, before it gets its spec. 0 or -errno. */
int runner_limit(struct runner *r, const struct run_limits *limits, struct error *err);
/* Takes the content of `spec` and the descriptors; see runlink.h. 0 or -ENOMEM. */
int runner_send_spec(struct runner *r, struct buf *spec, const int *fds, size_t n_fds);
int runner_cancel(struct runner *r, bool now, enum link_cause cause); /* 0 or -errno: it is lost */
int runner_deltas(struct runner *r, bool on);                         /* the same */
bool runner_link_is_open(const struct runner *r);

/* To the leader alone. */
void runner_signal(struct runner *r, int signal);
/* SIGKILL to everything it started, as long as its leader is not reaped. */
void runner_kill_all(struct runner *r);
/* Reaps the leader, kills the rest first. True when *ret_info tells how it ended. */
bool runner_reap(struct runner *r, siginfo_t *ret_info, struct rusage *ret_usage);
/* After the reaping: is something of it left? */
bool runner_rest_lives(const struct runner *r);
/* Reads what link and output hold, a bounded amount. True when they are all at their end. */
bool runner_drain(struct runner *r);
/* Closes link and output, read to their end or not. */
void runner_shut(struct runner *r);
/* What its cgroup counted: bytes, -1 when nobody knows; and whether the kernel killed in it for
 * want of memory. */
int64_t runner_memory_peak(const struct runner *r);
bool runner_ran_out_of_memory(const struct runner *r);

#endif
