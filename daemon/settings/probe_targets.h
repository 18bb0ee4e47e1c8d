/* Which models a probe has to ask: every pair of provider and model in councils. */
#ifndef DAEMON_SETTINGS_PROBE_TARGETS_H
#define DAEMON_SETTINGS_PROBE_TARGETS_H

#include <jansson.h>

#include "proto/council/document.h"

/* Adds each {provider, model} of a resolved council (fallbacks, judges and sub-councils too) whose
 * provider is a member of `providers` to the array, once. 0 or -ENOMEM. */
int probe_targets_add(json_t *targets, const json_t *document, const json_t *providers);

/* The same for a plan: of one that chooses its council when it runs, all that it can choose. */
int probe_targets_of_plan(json_t *targets, const struct council_plan *plan,
                          const json_t *providers);
/* The same for all councils of the catalogue; what is not valid there is passed over. */
int probe_targets_of_catalogue(json_t *targets, const struct council_context *context,
                               const json_t *providers);

#endif
