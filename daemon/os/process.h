/* What councild does to its own process before anything else, and what
 * it remembers of how it was started so that runners get it back.
 *
 *     process_shut_memory(true);
 *     struct process_origin origin;
 *     process_prepare(&origin, &err);      the next thing in main
 *     ... signalfd or evsignal for SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGCHLD ...
 *     process_raise_open_files(&origin);   after that K can be computed from RLIMIT_NOFILE
 */
#ifndef DAEMON_OS_PROCESS_H
#define DAEMON_OS_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "common/error.h"

/* How the daemon was started. A plain value, kept for its whole life. */
struct process_origin {
    pid_t pid;                /* of the daemon: what getppid() must give in a runner */
    struct rlimit open_files; /* RLIMIT_NOFILE before it was raised */
};

/* Shut: no core is dumped of this process, and others of its user cannot look into it; its memory
 * holds keys. Lost with each exec, so the first act of a program. */
void process_shut_memory(bool shut);

/* Opens /dev/null on those of the descriptors 0, 1, 2 that are closed; makes every signal's
 * disposition explicit whatever was inherited: SIGPIPE, SIGXFSZ, SIGUSR1, SIGUSR2 and SIGALRM
 * ignored, all others default (the loop installs its handlers on top); unblocks all signals;
 * becomes a child subreaper. umask 077. Fills *ret. 0 or -errno. */
int process_prepare(struct process_origin *ret, struct error *err);

/* Raises the soft limit of open files to the hard one, for the daemon only: spawn undoes it in
 * runners. Returns the limit that now holds; never fails (the old limit stays then). */
int64_t process_raise_open_files(const struct process_origin *origin);

#endif
