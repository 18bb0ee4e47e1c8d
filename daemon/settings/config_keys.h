/* The keys of the configuration as a table: flags, file, defaults, checks and reloading come from
 * it. Used by the config modules alone. */
#ifndef DAEMON_SETTINGS_CONFIG_KEYS_H
#define DAEMON_SETTINGS_CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

enum config_type {
    CONFIG_TEXT,      /* char * */
    CONFIG_PATH,      /* char *, made absolute */
    CONFIG_CGROUP,    /* char *: auto, off, or a path */
    CONFIG_INT,       /* int64_t */
    CONFIG_LEVEL,     /* enum log_level */
    CONFIG_OBJECT,    /* json_t *; not a flag */
    CONFIG_LIMITS,    /* limits and max_limits; not a flag */
    CONFIG_RETENTION, /* struct retention_policy; not a flag */
};

struct config_key {
    const char *name; /* with underscores; as a flag it has dashes */
    enum config_type type;
    size_t offset;
    int64_t def; /* CONFIG_INT */
    int64_t min;
    int64_t max;
    bool fixed;    /* may not change on reload */
    bool nullable; /* null is its default */
};

extern const struct config_key CONFIG_KEYS[];
extern const size_t CONFIG_KEYS_COUNT;

const struct config_key *config_key_find(const char *name);

/* Sets the defaults that need neither another key nor memory. */
void config_keys_defaults(struct config *config);
/* Checks one value and puts it into its place: 0, -EINVAL with a text that names the key, -ENOMEM.
 */
int config_key_apply(const struct config_key *key, const json_t *value, struct config *config,
                     struct error *err);
/* The word behind a flag as a JSON value: a new reference, NULL when out of memory. Numbers that
 * are none stay strings, for config_key_apply to refuse. */
json_t *config_key_from_flag(const struct config_key *key, const char *word);
/* True when a fixed key differs. */
bool config_key_changed(const struct config_key *key, const struct config *a,
                        const struct config *b);

#endif
