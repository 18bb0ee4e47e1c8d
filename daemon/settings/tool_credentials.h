/* Credentials that tools of the catalogue name (`credentials`): found like the keys of providers,
 * and in the `keys` of a spec beside them. Of a run's keys its tool keeper gets those that the
 * tools of the council name, and each program those of its own entry. */
#ifndef DAEMON_SETTINGS_TOOL_CREDENTIALS_H
#define DAEMON_SETTINGS_TOOL_CREDENTIALS_H

#include <jansson.h>

#include "common/error.h"
#include "keys.h"

struct catalogue;

/* Every one into keys. One that is not there, or cannot be used, is told in the log: calls of that
 * tool are refused. 0 or -ENOMEM. */
int tool_credentials_load(const struct catalogue *catalogue, struct keys *keys, struct error *err);

/* Adds those that some tools {name: document} name to `to` {name: value}; what does not exist is
 * left out. 0 or -ENOMEM. */
int tool_credentials_add(json_t *to, const json_t *tools, const struct keys *keys);

#endif
