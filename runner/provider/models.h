/* Which models a provider has: the request for the list, and the reading of it, as the adapter's
 * `models` says. Does no I/O, as the adapters. */
#ifndef RUNNER_PROVIDER_MODELS_H
#define RUNNER_PROVIDER_MODELS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "provider.h"

/* 0 with a GET in *ret (url and headers; provider_request_release). -ENOSYS: there is no such list
 * to be fetched. */
int models_request(const struct provider *wire, const struct provider_config *config,
                   struct provider_request *ret);
/* The ids as a new array, in the provider's order, *ret_more: there are more than these. NULL: the
 * body is no such list. */
json_t *models_read(const struct provider *wire, const char *body, size_t len, bool *ret_more);
/* The list of a provider without a network; NULL: it has to be fetched. A new array. */
json_t *models_fixed(const struct provider *wire);

/* The ids most like `model`, at most three of them, as "a, b"; malloc'ed, NULL: none is like it. */
char *models_like(json_t *ids, const char *model);

#endif
