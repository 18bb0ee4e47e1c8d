/* What daemons that died have left in the cgroup tree. cgroup_kill_predecessor of cgroup.h stands
 * in the same file. Used by cgroup.c alone. */
#ifndef DAEMON_CGROUP_CGROUP_LOST_H
#define DAEMON_CGROUP_CGROUP_LOST_H

/* Removes the empty directories of daemons that live no more below a base. */
void cgroup_sweep(int base_fd);

#endif
