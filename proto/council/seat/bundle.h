/* Bundles: the capability fields of a seat, checked where they are written and merged by layers. */
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

/* Checks names and relations inside one written bundle; what failed becomes bad in it. */
void bundle_check(struct work *w, json_t *bundle, const struct place *at);

/* The configuration of a provider, which is noted as used; NULL when it is not configured. */
json_t *provider_use(struct resolver *r, const char *name);
/* The wire format of a configured provider; of one that is not, what its name would stand for. */
const struct format_kind *provider_format(const struct resolver *r, const char *name);

/* {input, output, cached_input} from the operator's table, or null; a new reference. */
json_t *price_look_up(struct resolver *r, const char *provider, const char *model);

#endif
