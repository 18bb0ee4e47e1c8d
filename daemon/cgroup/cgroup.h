/* Containment by cgroup v2.
 *
 * Below the base (the daemon's own group, or the one configured) the daemon makes one directory of
 * its own, `councild-<tenant>-<8 hex digits>`, and in it `r<serial>` for each runner. Where the
 * controllers memory and pids exist they are switched on for the runs; if the base is not the root
 * of the tree the daemon moves itself into the leaf `daemon` for that (a group with processes in it
 * cannot hand controllers on), and back again when it does not help.
 *
 *     cgroup_kill_predecessor(...) of cgroup_lost.h;         under the lock, before all else
 *     cgroup_root_new(&options, &root, &err);      writes STATE_DIR/cgroup; root NULL: no cgroups
 *     fd = cgroup_create(root, serial, &err);      for spawn_params.cgroup_fd; close it afterwards
 *     cgroup_limit_memory(root, serial, bytes);    before the spec is sent
 *     cgroup_kill(root, serial);                   SIGKILL to everything in it
 *     cgroup_populated(root, serial);              poll this until 0 (1 s at most)
 *     cgroup_oom_kills(), cgroup_memory_peak();    after the exit, before removing
 *     cgroup_remove(root, serial);
 *     cgroup_root_free(root);                      at the end: moves home, removes what is empty
 *
 * No descriptor is held per run. Serial numbers are the caller's: from 1 on, never reused in its
 * life.
 *
 * Decisions: memory.oom.group stays 0, so that one greedy tool of a run dies alone and the runner
 * can tell the model; memory.swap.max is 0 wherever memory.max is set, else the limit would only
 * move the run to swap. */
#ifndef DAEMON_CGROUP_CGROUP_H
#define DAEMON_CGROUP_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

struct cgroup_root;

struct cgroup_options {
    const char *setting; /* "auto", "off", or the absolute path of a delegated cgroup */
    const char *tenant;
    int state_fd;        /* STATE_DIR: the file `cgroup` is written there, or removed */
    const char *fs_root; /* "" on a real system; tests: the folder of an imitated /proc and tree */
};

/* Finds, makes and proves the daemon's directory (a child is born into it once). 0 with *ret NULL:
 * setting off, or auto and nothing usable here (why, is in err->text; the caller may log it).
 * -errno: a configured path that does not work, or no memory. STATE_DIR/cgroup holds the absolute
 * path of the directory before the first fork. */
int cgroup_root_new(const struct cgroup_options *options, struct cgroup_root **ret,
                    struct error *err);
void cgroup_root_free(struct cgroup_root *root);

/* What can be limited. NULL: false. */
bool cgroup_can_limit_memory(const struct cgroup_root *root);
bool cgroup_can_limit_processes(const struct cgroup_root *root);
/* Runs get groups of their own: the last one that was asked for could be made. NULL: false. */
bool cgroup_holds(const struct cgroup_root *root);
const char *cgroup_root_path(const struct cgroup_root *root); /* for tests, which look into it */
/* The last part of that, which no other directory has. NULL: NULL. */
const char *cgroup_root_name(const struct cgroup_root *root);

/* Makes r<serial>: its directory descriptor (close-on-exec, the caller closes it), or -errno. The
 * daemon's directory is made anew when somebody has removed it. */
int cgroup_create(struct cgroup_root *root, uint64_t serial, struct error *err);
int cgroup_limit_memory(struct cgroup_root *root, uint64_t serial, int64_t bytes);
int cgroup_limit_processes(struct cgroup_root *root, uint64_t serial, int64_t count);

/* SIGKILL to every process in it and below: 0 or -errno. */
int cgroup_kill(struct cgroup_root *root, uint64_t serial);
/* 1 some process lives, 0 none (also when the directory is gone), -errno. Zombies do not count. */
int cgroup_populated(struct cgroup_root *root, uint64_t serial);
/* How many processes the kernel killed for want of memory; 0 when the file is missing or
 * malformed. */
int64_t cgroup_oom_kills(struct cgroup_root *root, uint64_t serial);
/* Bytes, or -1 when the kernel does not tell. */
int64_t cgroup_memory_peak(struct cgroup_root *root, uint64_t serial);
/* Removes it and the groups that the run made below it: 0, or -EBUSY while processes live in it. */
int cgroup_remove(struct cgroup_root *root, uint64_t serial);

#endif
