/* Relations between the merged fields of a seat: what no single layer can tell. */
#ifndef PROTO_COUNCIL_SEAT_SEAT_CHECKS_H
#define PROTO_COUNCIL_SEAT_SEAT_CHECKS_H

#include "bundle.h"

/* Provider and model are there, the tool choice can be met, and so on. `tools` are all of the
 * seat's, resolved. */
void seat_relations_check(struct work *w, const struct merge *m, const json_t *tools,
                          const struct place *at);

#endif
