/* The process around a run: it waits as a spare for its spec, runs it, and ends. */
#ifndef RUNNER_HOST_H
#define RUNNER_HOST_H

#include <stdbool.h>

enum {
    RUNNER_EXIT_FAILED = 1,     /* the spec was refused */
    RUNNER_EXIT_USAGE = 64,     /* not started by councild */
    RUNNER_EXIT_LINK_LOST = 69, /* councild closed the link of a run */
    RUNNER_EXIT_SETUP = 71,     /* a system call that cannot be done without failed */
};

/* Serves the link on the descriptor: the exit status of the process. Does not come back when
 * SIGTERM ends it. early: no programs will be among its tools, and it may close itself in. */
int host_main(int link_fd, bool early);

#endif
