/* The layers of a seat: profiles looked up, bundles merged in order. */
#ifndef PROTO_COUNCIL_SEAT_SEAT_LAYERS_H
#define PROTO_COUNCIL_SEAT_SEAT_LAYERS_H

#include "bundle.h"

struct layers {
    struct layer at[LAYERS_MAX];
    size_t count;
};

/* Merges all layers above the built-in one. The merge points into *l. */
void seat_merge(struct work *w, const json_t *seat, const struct place *at, struct merge *m,
                struct layers *l);

#endif
