/* Merging the layers of a seat's capability fields (deliberation 6.3). */
#ifndef PROTO_COUNCIL_SEAT_BUNDLE_H
#define PROTO_COUNCIL_SEAT_BUNDLE_H

#include "proto/council/check/work.h"

enum { LAYERS_MAX = 8, BUNDLE_FIELDS_MAX = 32 };

/* A layer that was written somewhere. Its places point at each other: layers do not move. */
struct layer {
    const json_t *bundle;
    struct place outer, inner;
    const struct place *at;
};

/* Later layers win, field by field. `fields` holds only what some layer gave. */
struct merge {
    json_t *fields;
    const struct layer *from[BUNDLE_FIELDS_MAX]; /* by index in BUNDLE: the layer that gave it */
    bool tier_dropped;                           /* the model changed after the tier was given */
};

void merge_layer(struct resolver *r, struct merge *m, const struct layer *layer);

/* Where a merged field was written; `seat` when no layer gave it. ret is storage for the place. */
const struct place *merge_place(const struct merge *m, const char *field, const struct place *seat,
                                struct place *ret);

#endif
