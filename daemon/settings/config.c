#include "config.h"

#include <stdlib.h>

#include "people.h"

void config_free(struct config *config)
{
    if (!config)
        return;
    free(config->tenant);
    free(config->socket);
    free(config->state_dir);
    free(config->catalogue_dir);
    free(config->system_catalogue_dir);
    free(config->credentials_dir);
    free(config->runner);
    free(config->cgroup);
    free(config->access_group);
    free(config->prices);
    free(config->models);
    free(config->file);
    people_free(config->people);
    json_decref(config->access);
    json_decref(config->providers);
    json_decref(config->defaults);
    json_decref(config->budget);
    json_decref(config->allow_options);
    json_decref(config->allow_addresses);
    json_decref(config->deny_addresses);
    json_decref(config->sandbox);
    json_decref(config->own_paths);
    json_decref(config->from_flags);
    free(config);
}
