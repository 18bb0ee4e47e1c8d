/* The limits of one run: `limits` of run.start over those of the configuration, and putting them on
 * a runner before it gets its spec. */
#ifndef DAEMON_SETTINGS_RUN_LIMITS_H
#define DAEMON_SETTINGS_RUN_LIMITS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/error.h"
#include "daemon/cgroup/cgroup.h"
#include "proto/methods/method_params.h"
#include "proto/sandbox.h"

enum { LIMIT_NONE = -1 }; /* in every member of struct run_limits: not set */

/* Lays what the client asked for over the operator's defaults and holds the result under the caps:
 * a limit that the client asks for above its cap is an error, a default above it is lowered, a
 * missing one becomes the cap. `processes` asked for by the client is an error where the kernel
 * cannot do it; one that comes from the configuration is then left out. 0, or -EINVAL with
 * *ret_pointer the JSON Pointer from params, such as "/limits/memory_bytes" (static text). */
int run_limits_resolve(const struct run_limits *asked, const struct run_limits *defaults,
                       const struct run_limits *caps, const struct cgroup_root *root,
                       struct run_limits *ret, const char **ret_pointer, struct error *err);

/* Dumps of memory hold keys: only where the operator allows them, or closes nothing in, may a limit
 * ask for one. 0 or -EINVAL. */
int run_limits_check_cores(const struct run_limits *l, const struct sandbox_policy *sandbox,
                           struct error *err);

/* Puts them on a runner: cgroup files where there is a cgroup, prlimit for the rest. deadline_ms is
 * the caller's to watch. root NULL: no cgroup. 0 or -errno. */
int run_limits_apply(const struct run_limits *l, pid_t pid, struct cgroup_root *root,
                     uint64_t serial, struct error *err);

/* Those that are set, as the spec and run.info show them. NULL: out of memory. */
json_t *run_limits_json(const struct run_limits *l);

#endif
