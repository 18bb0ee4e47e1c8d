/* The system calls that a tool may not make: all others it may, for councild does not know what its
 * operator's programs do. What is refused fails with EPERM, numbers from younger kernels with
 * ENOSYS. */
#ifndef RUNNER_TOOL_TOOL_CALLS_H
#define RUNNER_TOOL_TOOL_CALLS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"
#include "runner/sandbox/call_row.h"

/* What else is refused. */
struct tool_calls_for {
    bool foreign_files; /* no mounts keep modes, owners and times of the system's files */
    bool local_sockets; /* nothing keeps UNIX sockets of others away: none can be made */
    bool networks;      /* nor networks, and it has none */
    bool of_others;     /* nor what belongs to other processes of this user */
    bool groups;        /* who leaves the run's process group is not found again */
    bool truncation;    /* nothing keeps files of others from being cut off */
};

/* The rows of a table, each with its reason; for tests and pages. */
enum tool_call_table {
    TOOL_CALLS_ALWAYS,
    TOOL_CALLS_FOREIGN_FILES,
    TOOL_CALLS_LOCAL_SOCKETS,
    TOOL_CALLS_NETWORKS,
    TOOL_CALLS_OF_OTHERS,
    TOOL_CALLS_GROUPS,
    TOOL_CALLS_TRUNCATION,
    TOOL_CALL_TABLES
};
const struct call_row *tool_call_rows(enum tool_call_table table, size_t *ret_count);

/* For this process and what comes of it, for ever; no_new_privs is set. 0 or -errno. */
int tool_calls_enforce(const struct tool_calls_for *what, struct error *err);

#endif
