#include "run_limits.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>

#include "common/cleanup.h"
#include "daemon/os/sys.h"
#include "proto/fields.h"
#include "proto/json/json_make.h"

static const char *const POINTERS[] = {
#define POINTER(name, ...) "/limits/" #name,
    RUN_LIMITS(POINTER)
#undef POINTER
};

static int64_t *value_in(struct run_limits *l, const struct field *row)
{
    return (int64_t *)((char *)l + row->offset);
}

static int64_t value_of(const struct run_limits *l, const struct field *row)
{
    return *(const int64_t *)((const char *)l + row->offset);
}

/* One limit: what was asked for, else the default, else the cap. */
static int resolve_one(const struct field *row, int64_t asked, int64_t fallback, int64_t cap,
                       int64_t *ret, struct error *err)
{
    if (asked != LIMIT_NONE && cap != LIMIT_NONE && asked > cap)
        return error_set(err, EINVAL, "%s: at most %" PRId64 " is allowed here", row->name, cap);
    int64_t value = asked != LIMIT_NONE ? asked : fallback;
    if (cap != LIMIT_NONE && (value == LIMIT_NONE || value > cap))
        value = cap;
    *ret = value;
    return 0;
}

int run_limits_resolve(const struct run_limits *asked, const struct run_limits *defaults,
                       const struct run_limits *caps, const struct cgroup_root *root,
                       struct run_limits *ret, const char **ret_pointer, struct error *err)
{
    struct run_limits result;
    for (size_t i = 0; i < ARRAY_LEN(POINTERS); i++) {
        const struct field *row = &FIELDS_RUN_LIMITS[i];
        int r = resolve_one(row, value_of(asked, row), value_of(defaults, row), value_of(caps, row),
                            value_in(&result, row), err);
        if (r < 0) {
            *ret_pointer = POINTERS[i];
            return r;
        }
    }
    if (!cgroup_can_limit_processes(root)) {
        if (asked->processes != LIMIT_NONE) {
            *ret_pointer = "/limits/processes";
            return error_set(err, EINVAL,
                             "processes cannot be limited here: there is no cgroup "
                             "with the pids controller");
        }
        result.processes = LIMIT_NONE;
    }
    *ret = result;
    return 0;
}

int run_limits_check_cores(const struct run_limits *l, const struct sandbox_policy *sandbox,
                           struct error *err)
{
    if (l->core_bytes <= 0 || !sandbox_shuts_memory(sandbox))
        return 0;
    return error_set(err, EINVAL,
                     "core_bytes: a core would hold keys: only 0 is possible unless the operator "
                     "sets allow_cores of sandbox");
}

/* Soft and hard alike, and never above the hard limit that the runner has: raising that takes
 * privileges. */
static int limit_resource(pid_t pid, int resource, int64_t value)
{
    struct rlimit limit;
    if (sys.prlimit(pid, resource, NULL, &limit) < 0)
        return -errno;
    if ((rlim_t)value < limit.rlim_max)
        limit.rlim_max = (rlim_t)value;
    limit.rlim_cur = limit.rlim_max;
    return sys.prlimit(pid, resource, &limit, NULL) < 0 ? -errno : 0;
}

int run_limits_apply(const struct run_limits *l, pid_t pid, struct cgroup_root *root,
                     uint64_t serial, struct error *err)
{
    int r = 0;
    const char *what = "memory_bytes";
    if (l->memory_bytes != LIMIT_NONE)
        r = cgroup_can_limit_memory(root) ? cgroup_limit_memory(root, serial, l->memory_bytes)
                                          : limit_resource(pid, RLIMIT_DATA, l->memory_bytes);
    if (r == 0 && l->processes != LIMIT_NONE) {
        what = "processes";
        r = cgroup_can_limit_processes(root) ? cgroup_limit_processes(root, serial, l->processes)
                                             : -EOPNOTSUPP;
    }
    if (r == 0 && l->open_files != LIMIT_NONE) {
        what = "open_files";
        r = limit_resource(pid, RLIMIT_NOFILE, l->open_files);
    }
    if (r == 0 && l->core_bytes != LIMIT_NONE) {
        what = "core_bytes";
        r = limit_resource(pid, RLIMIT_CORE, l->core_bytes);
    }
    return r < 0 ? error_errno(err, -r, "cannot set the limit %s", what) : 0;
}

json_t *run_limits_json(const struct run_limits *l)
{
    json_t *object = json_object();
    bool ok = object != NULL;
    for (const struct field *row = FIELDS_RUN_LIMITS; ok && row->name; row++) {
        const int64_t value = value_of(l, row);
        ok = value == LIMIT_NONE || json_put(object, row->name, json_integer(value));
    }
    return json_done(object, ok);
}
