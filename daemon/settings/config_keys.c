#include "config_keys.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/parse.h"
#include "config_paths.h"

#define KEY(member, kind, ...)                                                                     \
    {                                                                                              \
        .name = #member, .type = (kind), .offset = offsetof(struct config, member), __VA_ARGS__    \
    }
#define NUMBER(member, normal, least, most)                                                        \
    KEY(member, CONFIG_INT, .def = (normal), .min = (least), .max = (most))

enum { MIB = 1 << 20, DAY_MS = 24 * 3600 * 1000, MANY = 1000 * 1000 };

const struct config_key CONFIG_KEYS[] = {
    KEY(tenant, CONFIG_TEXT, .fixed = true),
    KEY(socket, CONFIG_PATH, .fixed = true),
    KEY(state_dir, CONFIG_PATH, .fixed = true),
    KEY(catalogue_dir, CONFIG_PATH, ),
    KEY(runner, CONFIG_PATH, ),
    NUMBER(max_children, 1000, 0, MANY),
    NUMBER(spares, 1, 0, 1000),
    NUMBER(start_timeout_ms, 10000, 1, DAY_MS),
    NUMBER(shutdown_ms, 5000, 0, DAY_MS),
    NUMBER(stop_limit_ms, 90000, 0, DAY_MS),
    NUMBER(kill_limit_ms, 10000, 0, DAY_MS),
    NUMBER(max_connections, 256, 1, MANY),
    NUMBER(max_request_bytes, 4 * MIB, 2 * MIB, 256 * MIB),
    /* 0: not given; the default follows max_request_bytes */
    NUMBER(max_output_queue_bytes, 0, 1, INT64_C(1) << 40),
    KEY(access_group, CONFIG_TEXT, .fixed = true, .nullable = true),
    KEY(limits, CONFIG_LIMITS, ),
    KEY(cgroup, CONFIG_CGROUP, .fixed = true),
    KEY(providers, CONFIG_OBJECT, ),
    KEY(defaults, CONFIG_OBJECT, ),
    KEY(budget, CONFIG_OBJECT, ),
    KEY(prices, CONFIG_PATH, ),
    NUMBER(max_planned_calls, 2000, 1, INT32_MAX),
    NUMBER(max_parallel, 16, 1, 10000),
    KEY(retention, CONFIG_RETENTION, ),
    KEY(log_level, CONFIG_LEVEL, ),
};
const size_t CONFIG_KEYS_COUNT = ARRAY_LEN(CONFIG_KEYS);

static const struct {
    const char *name;
    size_t offset;
    int64_t def;
} RETENTION_KEYS[] = {
    {"max_runs", offsetof(struct retention_policy, max_runs), 10000},
    {"max_age_days", offsetof(struct retention_policy, max_age_days), 30},
    {"max_bytes", offsetof(struct retention_policy, max_bytes), -1},
};

static void *place(struct config *config, const struct config_key *key)
{
    return (char *)config + key->offset;
}

static const void *place_const(const struct config *config, const struct config_key *key)
{
    return (const char *)config + key->offset;
}

static int64_t *retention_value(struct retention_policy *policy, size_t row)
{
    return (int64_t *)((char *)policy + RETENTION_KEYS[row].offset);
}

const struct config_key *config_key_find(const char *name)
{
    for (size_t i = 0; i < CONFIG_KEYS_COUNT; i++)
        if (strcmp(name, CONFIG_KEYS[i].name) == 0)
            return &CONFIG_KEYS[i];
    return NULL;
}

void config_keys_defaults(struct config *config)
{
    for (size_t i = 0; i < CONFIG_KEYS_COUNT; i++)
        if (CONFIG_KEYS[i].type == CONFIG_INT)
            *(int64_t *)place(config, &CONFIG_KEYS[i]) = CONFIG_KEYS[i].def;
    for (size_t i = 0; i < ARRAY_LEN(RETENTION_KEYS); i++)
        *retention_value(&config->retention, i) = RETENTION_KEYS[i].def;
    run_limits_init(&config->limits);
    run_limits_init(&config->max_limits);
    config->log_level = LOG_LEVEL_INFO;
    config->access_gid = (gid_t)-1;
}

static int apply_text(const struct config_key *key, const json_t *value, char **to,
                      struct error *err)
{
    const char *text = json_string_value(value);
    if (!text || !*text)
        return error_set(err, EINVAL, "%s: must be a string that is not empty", key->name);
    const bool path = key->type == CONFIG_PATH ||
                      (key->type == CONFIG_CGROUP && strcmp(text, "auto") && strcmp(text, "off"));
    if (key->type == CONFIG_CGROUP && path && text[0] != '/')
        return error_set(err, EINVAL, "%s: must be auto, off or an absolute path", key->name);
    char *copy = path ? config_path_absolute(text) : strdup(text);
    if (!copy)
        return error_errno(err, ENOMEM, "%s", key->name);
    free(*to);
    *to = copy;
    return 0;
}

static int apply_int(const struct config_key *key, const json_t *value, int64_t *to,
                     struct error *err)
{
    if (!json_is_integer(value) || json_integer_value(value) < key->min ||
        json_integer_value(value) > key->max)
        return error_set(err, EINVAL, "%s: must be an integer from %" PRId64 " to %" PRId64,
                         key->name, key->min, key->max);
    *to = json_integer_value(value);
    return 0;
}

static int apply_level(const struct config_key *key, const json_t *value, enum log_level *to,
                       struct error *err)
{
    const char *text = json_string_value(value);
    if (!text || log_parse_level(text, to) < 0)
        return error_set(err, EINVAL, "%s: must be error, warning, notice, info or debug",
                         key->name);
    return 0;
}

static int apply_object(const struct config_key *key, const json_t *value, json_t **to,
                        struct error *err)
{
    if (!json_is_object(value))
        return error_set(err, EINVAL, "%s: must be an object", key->name);
    json_decref(*to);
    *to = json_incref((json_t *)value);
    return 0;
}

static int apply_retention(const json_t *value, struct retention_policy *to, struct error *err)
{
    const char *name;
    json_t *bound;
    if (!json_is_object(value))
        return error_set(err, EINVAL, "retention: must be an object");
    json_object_foreach ((json_t *)value, name, bound) {
        size_t row = 0;
        while (row < ARRAY_LEN(RETENTION_KEYS) && strcmp(name, RETENTION_KEYS[row].name) != 0)
            row++;
        if (row == ARRAY_LEN(RETENTION_KEYS))
            return error_set(err, EINVAL, "retention: unknown key %s", name);
        const bool good =
            json_is_null(bound) || (json_is_integer(bound) && json_integer_value(bound) >= 0);
        if (!good)
            return error_set(err, EINVAL, "retention: %s must be null or an integer of at least 0",
                             name);
        *retention_value(to, row) = json_is_null(bound) ? -1 : json_integer_value(bound);
    }
    return 0;
}

static int apply_limits(const json_t *value, struct config *config, struct error *err)
{
    if (!json_is_object(value))
        return error_set(err, EINVAL, "limits: must be an object");
    return run_limits_parse(value, &config->limits, &config->max_limits, err);
}

int config_key_apply(const struct config_key *key, const json_t *value, struct config *config,
                     struct error *err)
{
    void *to = place(config, key);
    if (json_is_null(value) && key->nullable)
        return 0;
    switch (key->type) {
    case CONFIG_TEXT:
    case CONFIG_PATH:
    case CONFIG_CGROUP:
        return apply_text(key, value, to, err);
    case CONFIG_INT:
        return apply_int(key, value, to, err);
    case CONFIG_LEVEL:
        return apply_level(key, value, to, err);
    case CONFIG_OBJECT:
        return apply_object(key, value, to, err);
    case CONFIG_LIMITS:
        return apply_limits(value, config, err);
    case CONFIG_RETENTION:
        return apply_retention(value, to, err);
    }
    return -EINVAL;
}

json_t *config_key_from_flag(const struct config_key *key, const char *word)
{
    int64_t number;
    if (key->type == CONFIG_INT && parse_int(word, INT64_MIN, INT64_MAX, &number) == 0)
        return json_integer(number);
    return json_string(word);
}

bool config_key_changed(const struct config_key *key, const struct config *a,
                        const struct config *b)
{
    if (!key->fixed)
        return false;
    const char *x = *(char *const *)place_const(a, key);
    const char *y = *(char *const *)place_const(b, key);
    return x && y ? strcmp(x, y) != 0 : x != y;
}
