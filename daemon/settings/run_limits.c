#include "run_limits.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "common/cleanup.h"
#include "daemon/os/sys.h"

static const struct limit_row {
    const char *name;
    const char *pointer;
    size_t offset;
    int64_t min;
} ROWS[] = {
    {"deadline_ms", "/limits/deadline_ms", offsetof(struct run_limits, deadline_ms), 1},
    {"memory_bytes", "/limits/memory_bytes", offsetof(struct run_limits, memory_bytes), 1},
    {"processes", "/limits/processes", offsetof(struct run_limits, processes), 1},
    {"open_files", "/limits/open_files", offsetof(struct run_limits, open_files), 1},
    {"core_bytes", "/limits/core_bytes", offsetof(struct run_limits, core_bytes), 0},
};

static int64_t *value_in(struct run_limits *l, const struct limit_row *row)
{
    return (int64_t *)((char *)l + row->offset);
}

static int64_t value_of(const struct run_limits *l, const struct limit_row *row)
{
    return *(const int64_t *)((const char *)l + row->offset);
}

void run_limits_init(struct run_limits *l)
{
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
        *value_in(l, &ROWS[i]) = LIMIT_NONE;
}

static const struct limit_row *find_row(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
        if (strcmp(name, ROWS[i].name) == 0)
            return &ROWS[i];
    return NULL;
}

int run_limits_parse(const json_t *object, struct run_limits *ret_defaults,
                     struct run_limits *ret_caps, struct error *err)
{
    struct run_limits defaults;
    struct run_limits caps;
    const char *key;
    json_t *value;
    run_limits_init(&defaults);
    run_limits_init(&caps);
    json_object_foreach ((json_t *)object, key, value) {
        const bool cap = strncmp(key, "max_", 4) == 0;
        const struct limit_row *row = find_row(cap ? key + 4 : key);
        if (!row)
            return error_set(err, EINVAL, "limits: unknown key %s", key);
        if (!json_is_integer(value) || json_integer_value(value) < row->min)
            return error_set(err, EINVAL, "limits: %s must be an integer of at least %" PRId64, key,
                             row->min);
        *value_in(cap ? &caps : &defaults, row) = json_integer_value(value);
    }
    *ret_defaults = defaults;
    *ret_caps = caps;
    return 0;
}

/* One limit: what was asked for, else the default, else the cap. */
static int resolve_one(const struct limit_row *row, int64_t asked, int64_t fallback, int64_t cap,
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
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        const struct limit_row *row = &ROWS[i];
        int r = resolve_one(row, value_of(asked, row), value_of(defaults, row), value_of(caps, row),
                            value_in(&result, row), err);
        if (r < 0) {
            *ret_pointer = row->pointer;
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
    for (size_t i = 0; object && i < ARRAY_LEN(ROWS); i++) {
        const int64_t value = value_of(l, &ROWS[i]);
        if (value == LIMIT_NONE ||
            json_object_set_new(object, ROWS[i].name, json_integer(value)) == 0)
            continue;
        json_decref(object);
        object = NULL;
    }
    return object;
}
