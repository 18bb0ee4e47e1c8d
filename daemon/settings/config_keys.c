#include "config_keys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/parse.h"
#include "config_paths.h"
#include "proto/fields.h"
#include "proto/fields_tree.h"
#include "proto/json/json_read.h"

enum { MIB = 1 << 20, DAY_MS = 24 * 3600 * 1000, MANY = 1000 * 1000, TENANT_MAX = 32 };

/* ---- forms ---- */

static bool is_tenant(const char *text, size_t len)
{
    static const char LETTERS[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

    return len >= 1 && len <= TENANT_MAX && text[0] != '-' && strspn(text, LETTERS) == len;
}

static bool is_filled(const char *text, size_t len)
{
    (void)text;
    return len > 0;
}

static bool is_cgroup(const char *text, size_t len)
{
    (void)len;
    return text[0] == '/' || strcmp(text, "auto") == 0 || strcmp(text, "off") == 0;
}

static const struct field_form TENANT = {.text = "1 to 32 of A-Z a-z 0-9 _ - and not begin with -",
                                         .valid = is_tenant};
static const struct field_form FILLED = {.text = "a string that is not empty", .valid = is_filled};
static const struct field_form CGROUP = {.text = "auto, off or an absolute path",
                                         .valid = is_cgroup};

/* ---- the table ---- */

#define KEY(member, kind, ...)                                                                     \
    {                                                                                              \
        .name = #member, .type = (kind), .offset = offsetof(struct config, member), __VA_ARGS__    \
    }
#define TEXT(member, marks, text)                                                                  \
    KEY(member, FIELD_TEXT, .flags = (marks), .form = &FILLED, .doc = (text))
#define NUMBER(member, normal, least, most, text)                                                  \
    KEY(member, FIELD_INT, .def = (normal), .min = (least), .max = (most), .doc = (text))

/* A limit and its cap: names of `limits`, places in the whole configuration. */
#define LIMIT(member, least, text)                                                                 \
    {.name = #member,                                                                              \
     .type = FIELD_INT,                                                                            \
     .offset = offsetof(struct config, limits.member),                                             \
     .min = (least),                                                                               \
     .max = INT64_MAX,                                                                             \
     .def = LIMIT_NONE,                                                                            \
     .doc = (text)},                                                                               \
        {.name = "max_" #member,                                                                   \
         .type = FIELD_INT,                                                                        \
         .offset = offsetof(struct config, max_limits.member),                                     \
         .min = (least),                                                                           \
         .max = INT64_MAX,                                                                         \
         .def = LIMIT_NONE,                                                                        \
         .doc = "its cap"},
static const struct field LIMIT_KEYS[] = {RUN_LIMITS(LIMIT) FIELDS_END};

#define BOUND(member, normal, text)                                                                \
    {                                                                                              \
        .name = #member, .type = FIELD_BOUND, .offset = offsetof(struct retention_policy, member), \
        .max = INT64_MAX, .def = (normal), .doc = (text)                                           \
    }
static const struct field RETENTION_KEYS[] = {
    BOUND(max_runs, 10000, "records at most"),
    BOUND(max_age_days, 30, "from the start of the run on"),
    BOUND(max_bytes, FIELD_UNBOUNDED, "of all records together"),
    FIELDS_END,
};

const struct field CONFIG_KEYS[] = {
    KEY(tenant, FIELD_TEXT, .flags = CONFIG_FIXED, .form = &TENANT, .doc = "whom it serves"),
    TEXT(socket, CONFIG_FIXED | CONFIG_PATH, "where clients connect"),
    TEXT(state_dir, CONFIG_FIXED | CONFIG_PATH, "records, locks"),
    TEXT(catalogue_dir, CONFIG_PATH, "councils, profiles, tools ... by name"),
    TEXT(credentials_dir, CONFIG_PATH, "keys of providers, a file each"),
    TEXT(runner, CONFIG_PATH, "the program of a run"),
    NUMBER(max_children, 1000, 0, MANY, "live runs at most"),
    NUMBER(spares, 1, 0, 1000, "runners kept ready"),
    NUMBER(start_timeout_ms, 10000, 1, DAY_MS, "until a runner has to be ready"),
    NUMBER(shutdown_ms, 5000, 0, DAY_MS, "from SIGTERM to SIGKILL, unless a run says"),
    NUMBER(stop_limit_ms, 90000, 0, DAY_MS, "the longest stop of an `infinity` run"),
    NUMBER(kill_limit_ms, 10000, 0, DAY_MS, "until a run that outlives SIGKILL is told"),
    NUMBER(max_connections, 256, 1, MANY, "clients at a time"),
    NUMBER(max_request_bytes, 4 * MIB, 2 * MIB, 256 * MIB, "of a line from a client"),
    /* 0: not given; the default follows max_request_bytes */
    NUMBER(max_output_queue_bytes, 0, 1, INT64_C(1) << 40, "for each connection"),
    TEXT(access_group, CONFIG_FIXED | FIELD_NULLABLE, "its members may connect"),
    KEY(access, FIELD_ARRAY, .doc = "who may connect, and what they may do"),
    {"limits", FIELD_OBJECT, FIELD_CLOSED, 0, .sub = LIMIT_KEYS, .doc = "of a run"},
    KEY(cgroup, FIELD_TEXT, .flags = CONFIG_FIXED, .form = &CGROUP,
        .doc = "where runs get cgroups of their own"),
    KEY(providers, FIELD_OBJECT, .doc = "over the built-in ones"),
    KEY(defaults, FIELD_OBJECT, .doc = "of every seat"),
    KEY(budget, FIELD_OBJECT, .doc = "of every run that names none"),
    KEY(allow_options, FIELD_OBJECT, .doc = "of provider_options, beyond those of each format"),
    KEY(allow_addresses, FIELD_STRINGS,
        .doc = "that providers may have; empty: all but the denied"),
    KEY(deny_addresses, FIELD_STRINGS, .doc = "that they may not have"),
    KEY(sandbox, FIELD_ANY,
        .doc = "best, strict, off, or {mode, strict_network, strict_scopes, allow_cores}"),
    TEXT(prices, CONFIG_PATH, "of models"),
    TEXT(models, CONFIG_PATH, "what families of models take"),
    NUMBER(max_planned_calls, 2000, 1, INT32_MAX, "of one council"),
    NUMBER(max_parallel, 16, 1, 10000, "calls of one run at once"),
    KEY(retention, FIELD_OBJECT, .flags = FIELD_CLOSED, .sub = RETENTION_KEYS,
        .doc = "how long records stay"),
    KEY(log_level, FIELD_WORD, .def = LOG_LEVEL_INFO, .words = LOG_LEVEL_NAMES,
        .doc = "what is logged"),
    FIELDS_END,
};

const struct field *config_key_find(const char *name)
{
    for (const struct field *key = CONFIG_KEYS; key->name; key++)
        if (strcmp(name, key->name) == 0)
            return key;
    return NULL;
}

void config_keys_defaults(struct config *config)
{
    fields_defaults(CONFIG_KEYS, config);
    config->access_gid = (gid_t)-1;
}

/* ---- applying ---- */

/* "limits: unknown key memory", "max_children: must be integer 0..1000000" */
static int refuse(const struct field_fault *fault, struct error *err)
{
    const char *inside = fault->field[0] == '/' ? strchr(fault->field + 1, '/') : NULL;
    const int outer = inside ? (int)(inside - fault->field - 1) : 0;
    const char *before = inside ? ": " : "";

    if (fault->kind == FIELD_FAULT_UNKNOWN)
        return error_set(err, EINVAL, "%.*s%sunknown key %s", outer, fault->field + 1, before,
                         inside ? inside + 1 : fault->field);
    return error_set(err, EINVAL, "%.*s%s%s", outer, fault->field + 1, before, fault->message);
}

int config_keys_apply(const json_t *values, struct config *config, struct error *err)
{
    struct field_fault fault;
    int r = fields_update_tree(CONFIG_KEYS, values, config, &fault);

    if (r == -EBADMSG)
        return refuse(&fault, err);
    return r < 0 ? error_errno(err, -r, "cannot read the configuration") : 0;
}

static char **text_of(struct config *config, const struct field *key)
{
    return (char **)((char *)config + key->offset);
}

static int make_absolute(char **path)
{
    char *absolute = config_path_absolute(*path);

    if (!absolute)
        return -ENOMEM;
    free(*path);
    *path = absolute;
    return 0;
}

int config_keys_absolute(struct config *config)
{
    int r = 0;

    for (const struct field *key = CONFIG_KEYS; r == 0 && key->name; key++)
        if ((key->flags & CONFIG_PATH) && *text_of(config, key))
            r = make_absolute(text_of(config, key));
    if (r == 0 && config->cgroup && config->cgroup[0] == '/')
        r = make_absolute(&config->cgroup);
    return r;
}

bool config_key_is_flag(const struct field *key)
{
    return key->type != FIELD_OBJECT && key->type != FIELD_STRINGS && key->type != FIELD_ARRAY;
}

json_t *config_key_from_flag(const struct field *key, const char *word)
{
    int64_t number;

    if (key->type == FIELD_INT && parse_int(word, INT64_MIN, INT64_MAX, &number) == 0)
        return json_integer(number);
    json_error_t fault;
    json_t *tree = NULL;
    int r = key->type == FIELD_ANY ? json_read(word, strlen(word), &tree, &fault) : -EINVAL;
    return r == -EINVAL ? json_string(word) : tree;
}

bool config_key_changed(const struct field *key, const struct config *a, const struct config *b)
{
    if (!(key->flags & CONFIG_FIXED))
        return false;

    const char *x = *(char *const *)((const char *)a + key->offset);
    const char *y = *(char *const *)((const char *)b + key->offset);
    return x && y ? strcmp(x, y) != 0 : x != y;
}
