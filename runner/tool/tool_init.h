/* The first process of a tool's pid namespace: hands signals on, reaps what is left to it, tells
 * how the program ended, and takes all that the program has started along when it ends. */
#ifndef RUNNER_TOOL_TOOL_INIT_H
#define RUNNER_TOOL_TOOL_INIT_H

#include <sys/types.h>

/* Until the program has ended: its status, as waitpid gives it, is written to status_fd. All
 * signals are blocked. Does not return. */
__attribute__((noreturn)) void tool_init_run(pid_t program, int status_fd);

#endif
