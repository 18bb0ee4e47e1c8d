/* What daemons that died have left in the cgroup tree. */
#ifndef DAEMON_CGROUP_CGROUP_LOST_H
#define DAEMON_CGROUP_CGROUP_LOST_H

#include <stdint.h>

#include "common/error.h"

/* Ends what a predecessor left: kills the r<serial> groups under the path that stands in
 * STATE_DIR/cgroup, and only there, waits until they are empty or mono_us passes deadline_us,
 * removes them and the file. 0 also when there is no such file or path; -ETIMEDOUT when something
 * resists. A file that names no directory of
 * this kind is logged, removed and otherwise passed over. */
int cgroup_kill_predecessor(int state_fd, const char *fs_root, int64_t deadline_us,
                            struct error *err);

/* Removes the empty directories of daemons that live no more below a base. For cgroup.c. */
void cgroup_sweep(int base_fd);

#endif
