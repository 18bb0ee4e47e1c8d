/* The rounds of a council: types and presets, quorum, router, opts, names, and the order in which
 * they may stand. */
#ifndef PROTO_COUNCIL_ROUND_RESOLVE_ROUNDS_H
#define PROTO_COUNCIL_ROUND_RESOLVE_ROUNDS_H

#include "proto/council/check/work.h"

/* All rounds, those of the expanded template instead of written ones, the chair's round appended
 * where there is a chair and none of its own. Seats and the council's router come first. A new
 * reference. */
json_t *rounds_resolve(struct work *w);

#endif
