/* The parts that resolve one seat. */
#ifndef PROTO_COUNCIL_SEAT_RESOLVE_SEAT_H
#define PROTO_COUNCIL_SEAT_RESOLVE_SEAT_H

#include "bundle.h"

struct layers {
    struct layer at[LAYERS_MAX];
    size_t count;
};

/* seat_layers.c: merges all layers above the built-in one. The merge points into *l. */
void seat_merge(struct work *w, const json_t *seat, const struct place *at, struct merge *m,
                struct layers *l);

/* seat_checks.c: provider and model are there, the tool choice can be met, and so on. */
void seat_relations_check(struct work *w, const struct merge *m, const json_t *tools,
                          const struct place *at);

/* seat_sub.c: fills `out` for a seat that is a council. `seat` is as it was written. */
void seat_sub_council(struct work *w, const json_t *seat, json_t *out, const struct merge *m,
                      const struct place *at);

/* seat.c */
json_t *timeouts_filled(struct work *w, const json_t *given);
void reliability_key(struct work *w, json_t *out, const char *provider, const char *model);

#endif
