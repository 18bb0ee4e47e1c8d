#include "aggregator.h"
#include "plurality.h"

/* Plurality with votes that weigh as much as their voters are sure. */
const struct aggregator aggregator_confidence_weighted = {
    .name = "confidence_weighted",
    .weights = "confidence",
    .count = plurality_rule,
    .ties = {"none"},
    .early = plurality_early,
};
