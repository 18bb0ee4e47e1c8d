/* Where this process stands in the cgroup v2 tree. Used by cgroup.c alone. */
#ifndef DAEMON_CGROUP_CGROUP_FIND_H
#define DAEMON_CGROUP_CGROUP_FIND_H

#include <stddef.h>

#include "common/error.h"

/* The directory of this process' own group in a mounted cgroup v2 tree (also a hybrid one), from
 * /proc/self/cgroup and /proc/self/mountinfo below fs_root. `ret` (of `size` bytes) gets the path
 * as the system knows it, without fs_root. 0 or -errno. */
int cgroup_find_own(const char *fs_root, char *ret, size_t size, struct error *err);

#endif
