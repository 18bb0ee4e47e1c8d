/* The configuration of councild as its modules read it. config_load.h makes it; all paths in it are
 * absolute. */
#ifndef DAEMON_SETTINGS_CONFIG_H
#define DAEMON_SETTINGS_CONFIG_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/error.h"
#include "common/log.h"
#include "daemon/records/retention.h"
#include "proto/link.h"
#include "proto/sandbox.h"
#include "run_limits.h"

struct people;

struct config {
    char *tenant;
    char *socket;
    char *state_dir;
    char *catalogue_dir;        /* searched first */
    char *system_catalogue_dir; /* PREFIX/share/councild/catalogue; no key of its own */
    char *credentials_dir;      /* keys of providers */
    char *runner;
    char *cgroup;          /* "auto", "off" or a path */
    char *access_group;    /* NULL: none */
    gid_t access_gid;      /* (gid_t)-1: none */
    json_t *access;        /* as configured; NULL: nothing is */
    struct people *people; /* what follows from both, never NULL */
    char *prices;          /* path; CATALOGUE/prices.json by default */
    char *models;          /* path; models.json of either catalogue by default */

    int64_t max_children;
    int64_t spares;
    int64_t start_timeout_ms;
    int64_t shutdown_ms;
    int64_t stop_limit_ms;
    int64_t kill_limit_ms;
    int64_t max_connections;
    int64_t max_request_bytes;      /* L */
    int64_t max_output_queue_bytes; /* Q */
    int64_t max_planned_calls;
    int64_t max_parallel;

    struct run_limits limits;     /* defaults of a run */
    struct run_limits max_limits; /* caps */
    struct retention_policy retention;
    int log_level; /* enum log_level */

    json_t *providers;     /* object as configured (without the built-in ones), never NULL */
    json_t *defaults;      /* object, never NULL */
    json_t *budget;        /* object, never NULL */
    json_t *allow_options; /* {format: [name]}, never NULL */
    json_t *allow_addresses, *deny_addresses; /* arrays of ranges, never NULL */
    json_t *sandbox;                          /* as configured; NULL: the default */
    struct sandbox_policy sandbox_policy;     /* what it says */
    json_t *own_paths;                        /* of own_paths.h, never NULL */

    char *file;         /* --config; NULL: none */
    json_t *from_flags; /* what the command line set, for reloading */
    bool prices_set;    /* prices was named, so it has to exist */
    bool models_set;    /* the same */
};

void config_free(struct config *config); /* NULL is fine */
/* M: the longest line that a runner may send, and the longest that it may point to. */
static inline int64_t config_link_line(const struct config *c)
{
    return c->max_request_bytes < LINK_UP_MAX / 2 ? 2 * c->max_request_bytes : LINK_UP_MAX;
}

#endif
