/* Single steps on directories of a cgroup v2 tree, all through the system-call seam. Used by
 * cgroup.c and cgroup_root.c. */
#ifndef DAEMON_CGROUP_CGROUP_TREE_H
#define DAEMON_CGROUP_CGROUP_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A directory descriptor, or -errno. */
int cgroup_tree_open(int dir, const char *path);

/* Reads and writes <name>/<file> below a directory: length or 0, or -errno. */
ssize_t cgroup_tree_read(int dir, const char *name, const char *file, char *to, size_t size);
int cgroup_tree_write(int dir, const char *name, const char *file, const char *text);

/* The number behind a key at the beginning of a line ("populated 1"), -1 when there is none. */
long long cgroup_tree_number(const char *text, const char *key);

int cgroup_tree_kill(int dir, const char *name);      /* 0 or -errno; gone is 0 */
int cgroup_tree_populated(int dir, const char *name); /* 1, 0 (also gone), -errno */
/* Removes the group and those below it: 0 (also gone), -EBUSY or another -errno. */
int cgroup_tree_remove(int dir, const char *name);

#endif
