/* The keys of the configuration as a table of fields: flags, file, defaults, checks and reloading
 * come from it. Used by the config modules alone. */
#ifndef DAEMON_SETTINGS_CONFIG_KEYS_H
#define DAEMON_SETTINGS_CONFIG_KEYS_H

#include <jansson.h>
#include <stdbool.h>

#include "config.h"
#include "proto/field.h"

/* Flags of a key. */
enum {
    CONFIG_FIXED = FIELD_OWN,    /* a text that may not change on reload */
    CONFIG_PATH = FIELD_OWN << 1 /* made absolute */
};

/* They fill a struct config. A name has underscores; as a flag it has dashes. */
extern const struct field CONFIG_KEYS[];

const struct field *config_key_find(const char *name);

/* Sets the defaults that need neither another key nor memory. */
void config_keys_defaults(struct config *config);
/* Checks the values of an object and lays them over what the configuration holds: 0, -EINVAL with a
 * text that names the key, -ENOMEM. */
int config_keys_apply(const json_t *values, struct config *config, struct error *err);
/* Makes the paths absolute that are there: 0 or -ENOMEM. */
int config_keys_absolute(struct config *config);

bool config_key_is_flag(const struct field *key);
/* The word behind a flag as a JSON value: a new reference, NULL when out of memory. Numbers that
 * are none, and objects that are no JSON, stay strings, for config_keys_apply to refuse. */
json_t *config_key_from_flag(const struct field *key, const char *word);
/* True when a fixed key differs. */
bool config_key_changed(const struct field *key, const struct config *a, const struct config *b);

#endif
