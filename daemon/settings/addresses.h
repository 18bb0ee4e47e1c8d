/* Which addresses providers may have: `allow_addresses` and `deny_addresses` of the configuration.
 * They are only checked here; the runner goes by them (runner/net/egress.h). */
#ifndef DAEMON_SETTINGS_ADDRESSES_H
#define DAEMON_SETTINGS_ADDRESSES_H

#include <jansson.h>

#include "common/error.h"

/* list: an array of texts. 0, or -EINVAL with a text that names the key and what is wrong. */
int addresses_check(const json_t *list, const char *key, struct error *err);
/* Link-local addresses, and those where clouds keep the credentials of a machine. A new reference,
 * NULL: no memory. */
json_t *addresses_denied_by_default(void);

#endif
