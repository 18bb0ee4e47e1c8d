/* What clients may know of the configured providers: everything but keys, header values, and logins
 * inside URLs. */
#ifndef DAEMON_SETTINGS_PROVIDER_ROWS_H
#define DAEMON_SETTINGS_PROVIDER_ROWS_H

#include <jansson.h>
#include <stdbool.h>

#include "keys.h"
#include "providers.h"

/* [{name, type, base_url, key, key_env, headers, configured}] by name; configured is the operator's
 * part of the configuration, without the built-in names. A new reference, NULL: no memory. */
json_t *provider_list(const struct providers *providers, const struct keys *keys,
                      const json_t *configured);

/* Somebody has set it up: it stands in the configuration, or its key is there. */
bool provider_is_set_up(const char *name, const json_t *one, const struct keys *keys,
                        const json_t *configured);

#endif
