/* What provider_options may name without the operator's leave, a list for each wire format: ways of
 * thinking, drawing and stopping. What costs more, stores, reaches out or chooses another model is
 * not among it; the operator adds to the lists by `allow_options` of the configuration:
 *
 *     {"openrouter": ["provider.order", "plugins"]}
 *
 * A name is that of a member of the request, or "a.b" for member b of the object a. */
#ifndef PROTO_COUNCIL_SEAT_ALLOWED_H
#define PROTO_COUNCIL_SEAT_ALLOWED_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"
#include "proto/council/tables/format_kinds.h"

/* A member of provider_options; inner NULL: as a whole. Names of the options' own. */
struct option_name {
    const char *outer, *inner;
};

/* more: `allow_options`, or NULL. True when every member is allowed; else *ret is the first that is
 * not. */
bool options_are_allowed(enum format_id format, const json_t *more, const json_t *options,
                         struct option_name *ret);
/* What of the options this format may be given: a new object, NULL when out of memory. */
json_t *options_allowed(enum format_id format, const json_t *more, const json_t *options);

/* Checks `allow_options` of a configuration. 0, or -EINVAL with a text that names the format and
 * the name. */
int allow_options_check(const json_t *more, struct error *err);

/* The list of a format, for pages; NULL at the end. NULL: whatever is given. */
const char *const *allowed_fields(enum format_id format);

#endif
