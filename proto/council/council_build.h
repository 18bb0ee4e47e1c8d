/* One council document, from submitted to resolved. */
#ifndef PROTO_COUNCIL_COUNCIL_BUILD_H
#define PROTO_COUNCIL_COUNCIL_BUILD_H

#include "proto/council/check/work.h"

/* Resolves a document whose form is not yet checked. `name` is its name in the catalogue, or NULL;
 * `outer` the council in whose seat it stands, or NULL. A new reference, or NULL when it has faults
 * (or no memory). */
json_t *council_build(struct resolver *r, json_t *document, const char *name,
                      const struct place *at, const struct work *outer);

#endif
