/* What councils are checked against: catalogue, providers, prices, families of models. Loaded at
 * start-up and at reload, as a whole or not at all. */
#ifndef DAEMON_SETTINGS_RESOURCES_H
#define DAEMON_SETTINGS_RESOURCES_H

#include <jansson.h>

#include "common/error.h"
#include "config.h"
#include "keys.h"
#include "proto/council/check/catalogue.h"
#include "proto/council/document.h"
#include "providers.h"

struct resources {
    struct catalogue *catalogue;
    struct providers *providers;
    json_t *reliability; /* NULL: there is no store */
    json_t *prices;
    json_t *families; /* of models, an array: what those that name a model look it up in */
};

/* Faulty documents of the catalogue are logged, all else that is wrong is an error. */
int resources_load(const struct config *config, struct keys *keys, struct resources **ret,
                   struct error *err);
void resources_free(struct resources *r);

/* Borrows everything. */
void resources_context(const struct resources *r, const struct config *config,
                       struct council_context *ret);

#endif
