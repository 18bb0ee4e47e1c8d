/* The limits of one run: `limits` of run.start over those of the configuration, and putting them on
 * a runner before it gets its spec (supervision.md 9.5, 10). */
#ifndef DAEMON_LIMITS_H
#define DAEMON_LIMITS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cgroup.h"
#include "common/error.h"
#include "proto/methods.h"

enum { LIMIT_NONE = -1 };

/* struct run_limits is that of proto/methods.h: each member is LIMIT_NONE or the limit. */

void run_limits_init(struct run_limits *l); /* all LIMIT_NONE */

/* Lays the limits that the client gave in `limits` (NULL: none; types and ranges were checked with
 * the params) over the operator's defaults and holds the result under the caps: a limit that the
 * client asks for above its cap is an error, a default above it is lowered, a missing one becomes
 * the cap. `processes` is an error when the kernel cannot do it here. 0, or -EINVAL with
 * *ret_pointer the JSON Pointer from params, such as "/limits/memory_bytes" (static text). */
int run_limits_resolve(const struct run_limits *asked, const struct run_limits *defaults,
                       const struct run_limits *caps, const struct cgroup_root *root,
                       struct run_limits *ret, const char **ret_pointer, struct error *err);

/* Puts them on a runner: cgroup files where there is a cgroup, prlimit for the rest. deadline_ms is
 * the caller's to watch. 0 or -errno. */
int run_limits_apply(const struct run_limits *l, pid_t pid, struct cgroup_root *root,
                     uint64_t serial, struct error *err);

/* Those that are set, as the spec and run.info show them. NULL: out of memory. */
json_t *run_limits_json(const struct run_limits *l);

#endif
