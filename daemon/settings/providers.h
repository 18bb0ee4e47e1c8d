/* The configured providers: the built-in names with their usual base URLs, changed and extended by
 * the key `providers` of the configuration.
 *
 *     providers_new(config->providers, &providers, &err);
 *     providers_load_keys(providers, keys, &err);
 *     providers_document(providers)            for struct council_context
 *     keys = providers_keys(plan.providers, keys)      for struct link_spec
 *     ... spec sent: providers_wipe(keys)
 *
 * One provider is an object; its members stand in the table of providers.c. A member given under a
 * built-in name replaces that member only (null removes it); a new name needs its type, and a
 * base_url unless it is a mock. Header values count as secrets. */
#ifndef DAEMON_SETTINGS_PROVIDERS_H
#define DAEMON_SETTINGS_PROVIDERS_H

#include <jansson.h>

#include "common/error.h"
#include "keys.h"

struct providers;

/* Checks and merges. -EINVAL names the provider and its member. configured is borrowed. */
int providers_new(const json_t *configured, struct providers **ret, struct error *err);
void providers_free(struct providers *providers);

/* Every key_env into keys; a provider without a key is no error. */
int providers_load_keys(const struct providers *providers, struct keys *keys, struct error *err);

/* {name: {type, base_url, ...}}: borrowed, whole, headers included: never show it to a client. */
const json_t *providers_document(const struct providers *providers);
/* The same fit to be shown: header values, and proxies with a password, replaced by "***". A new
 * reference, NULL: no memory. */
json_t *providers_public(const struct providers *providers);

/* The keys that some of them need: {key_env: key}, for the `keys` of a spec. `some` is an object
 * like providers_document or a part of it; keys that do not exist are left out. The caller gives it
 * to providers_wipe as soon as the spec has been made. NULL: out of memory. */
json_t *providers_keys(const json_t *some, const struct keys *keys);
/* Overwrites every string in it, then drops the reference. */
void providers_wipe(json_t *secrets);

#endif
