/* Inside of struct cgroup_root: for cgroup.c and cgroup_root.c alone. */
#ifndef DAEMON_CGROUP_CGROUP_ROOT_H
#define DAEMON_CGROUP_CGROUP_ROOT_H

#include <limits.h>
#include <stdbool.h>

#define CGROUP_PREFIX      "councild-"
#define CGROUP_LEAF        "daemon" /* where the daemon itself goes */
#define CGROUP_RECORD      "cgroup" /* the file in STATE_DIR */
#define CGROUP_CONTROLLERS 2

struct cgroup_root {
    int state_fd; /* the caller's */
    int base_fd;
    int fd; /* our directory in base */
    char name[64];
    char path[PATH_MAX];              /* as the system knows it, without fs_root */
    bool own_base;                    /* base is the group that the daemon was started in */
    bool moved;                       /* the daemon is in the leaf */
    bool enabled[CGROUP_CONTROLLERS]; /* switched on in base by us */
    bool memory;
    bool processes;
    bool lost; /* the last group could not be made */
};

/* Hands memory and pids on to the runs as far as they are to be had. Never fails: what is missing
 * shows in the files that a run's group has. */
void cgroup_root_enable(struct cgroup_root *root);
/* Takes it back and moves the daemon to where it was. */
void cgroup_root_disable(struct cgroup_root *root);

#endif
