#include "proto/council/tables/kinds.h"
#include "proto/council/tables/words.h"

#include "aggregator.h"
#include "plurality.h"

/* Plurality with votes that weigh as much as their voters were right before. */
const struct aggregator aggregator_reliability_weighted = {
    .kind = &AGGREGATOR_KINDS[AGGREGATOR_RELIABILITY_WEIGHTED],
    .weights = WEIGHTS_RELIABILITY,
    .count = plurality_rule,
    .early = plurality_early,
};
