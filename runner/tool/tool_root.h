/* A root folder of a tool's own, in the mount namespace that its init has just got: the system
 * read-only, so that no mode, owner or time in it can be changed; what its entry lists; some
 * devices; its own /proc; and /tmp, which it works in, a file system of a given size in memory. The
 * rest of the machine is not there. */
#ifndef RUNNER_TOOL_TOOL_ROOT_H
#define RUNNER_TOOL_TOOL_ROOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "tool_files.h"

#define TOOL_ROOT_WORK "/tmp"

/* Goes there: `/` is the new root, the working directory is TOOL_ROOT_WORK. *ret_proc: there is a
 * /proc of its own; else an empty folder stands there. 0 or -errno. */
int tool_root_enter(const struct tool_files *files, int64_t disk_bytes, bool *ret_proc,
                    struct error *err);

#endif
