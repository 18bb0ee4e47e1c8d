/* What a runner and the table of them are made of; for runner.c and runners.c alone. */
#ifndef DAEMON_RUNNER_RUNNER_INSIDE_H
#define DAEMON_RUNNER_RUNNER_INSIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/hash.h"
#include "daemon/os/spawn.h"
#include "output.h"
#include "runlink.h"
#include "runner_owner.h"

struct cgroup_root;
struct core;

struct runner {
    struct runners *table;
    struct runner_tie tie;
    uint64_t serial; /* r<serial> is its cgroup */
    bool has_cgroup; /* born into it */
    bool reaped;     /* its number is no longer ours */
    struct spawn_child child;
    struct spawn_failure failure; /* number 0: none known */
    struct watch exited;
    struct watch exec;
    struct output out, err;
    struct runlink link;
    UT_hash_handle hh; /* by pid, until reaped */
};

struct runners {
    struct core *core;
    struct cgroup_root *cgroups; /* NULL: process groups contain them */
    int survivors_fd;            /* -1: none */
    struct spawn_env *env;
    struct runner *by_pid;
    uint64_t serial; /* of the last one: names its cgroup */
    bool child_exited;
};

#endif
