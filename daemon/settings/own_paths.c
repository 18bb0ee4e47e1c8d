#include "own_paths.h"

#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "proto/json/json_make.h"

static bool add(json_t *list, const char *path, size_t len)
{
    return !path || path[0] != '/' || len == 0 || json_append(list, json_stringn(path, len));
}

static bool add_whole(json_t *list, const char *path)
{
    return add(list, path, path ? strlen(path) : 0);
}

/* A file of a certificate may hold its key too. */
static bool add_keys_of(json_t *list, const json_t *provider)
{
    return add_whole(list, json_string_value(json_object_get(provider, "client_cert"))) &&
           add_whole(list, json_string_value(json_object_get(provider, "client_key")));
}

json_t *own_paths(const struct config *config)
{
    json_t *list = json_array(), *provider;
    const char *name;
    const char *slash = config->socket ? strrchr(config->socket, '/') : NULL;
    bool ok = list && add_whole(list, config->state_dir) &&
              add_whole(list, config->credentials_dir) &&
              add_whole(list, getenv("CREDENTIALS_DIRECTORY")) &&
              (!slash || add(list, config->socket, (size_t)(slash - config->socket)));
    json_object_foreach (config->providers, name, provider)
        ok = ok && add_keys_of(list, provider);
    return json_done(list, ok);
}
