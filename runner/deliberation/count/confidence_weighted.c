#include "proto/council/tables/kinds.h"
#include "proto/council/tables/words.h"

#include "aggregator.h"
#include "plurality.h"

/* Plurality with votes that weigh as much as their voters are sure. */
const struct aggregator aggregator_confidence_weighted = {
    .kind = &AGGREGATOR_KINDS[AGGREGATOR_CONFIDENCE_WEIGHTED],
    .weights = WEIGHTS_CONFIDENCE,
    .count = plurality_rule,
    .early = plurality_early,
};
