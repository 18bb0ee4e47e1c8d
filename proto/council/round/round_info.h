/* One round on its way, for the parts that resolve it. */
#ifndef PROTO_COUNCIL_ROUND_ROUND_INFO_H
#define PROTO_COUNCIL_ROUND_ROUND_INFO_H

#include "proto/council/check/work.h"

struct round_info {
    const struct round_kind *kind;
    const struct place *at; /* the round, or the wrap */
    const struct place *opts;
    const json_t *pool;  /* member ids given as `members`, or NULL: everybody */
    bool answers_before; /* an answer round stands earlier */
};

/* The kind of a round whose type is settled; NULL for one with a fault. */
const struct round_kind *kind_of(const json_t *round);

/* Does a round of this kind with these opts set current answers? */
bool sets_answers(const struct round_kind *kind, const json_t *opts);

/* How many members may take part. */
size_t pool_size(const struct work *w, const struct round_info *info);

#endif
