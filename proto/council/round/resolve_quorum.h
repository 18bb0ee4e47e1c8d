/* Quorums: how many have to answer. */
#ifndef PROTO_COUNCIL_ROUND_RESOLVE_QUORUM_H
#define PROTO_COUNCIL_ROUND_RESOLVE_QUORUM_H

#include "round_info.h"

/* {min, ratio, distinct} of what was written (NULL: nothing); a fault when it can never be reached.
 * `router` is the round's, resolved; `fields` is the place that holds `quorum`. A new reference. */
json_t *quorum_resolve(struct work *w, json_t *quorum, const struct round_info *info,
                       const json_t *router, const struct place *fields);

#endif
