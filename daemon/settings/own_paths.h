/* Paths of councild's own, which no tool of a run gets to see, whatever its entry lists: the state
 * directory, the folder of the socket, the credentials, the client keys of providers. */
#ifndef DAEMON_SETTINGS_OWN_PATHS_H
#define DAEMON_SETTINGS_OWN_PATHS_H

#include <jansson.h>

struct config;

/* [path], for specs, of a configuration that is complete but for them. A new reference; NULL: no
 * memory. */
json_t *own_paths(const struct config *config);

#endif
