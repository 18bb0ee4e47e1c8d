/* Seats in which a whole council answers. */
#ifndef PROTO_COUNCIL_SEAT_SEAT_SUB_H
#define PROTO_COUNCIL_SEAT_SEAT_SUB_H

#include "bundle.h"

/* Fills `out` for a seat that is a council. `seat` is as it was written. */
void seat_sub_council(struct work *w, const json_t *seat, json_t *out, const struct merge *m,
                      const struct place *at);

#endif
