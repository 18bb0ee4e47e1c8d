#include "aggregator.h"
#include "plurality.h"

/* Plurality with votes that weigh as much as their voters were right before. */
const struct aggregator aggregator_reliability_weighted = {
    .name = "reliability_weighted",
    .weights = "reliability",
    .count = plurality_rule,
    .ties = {"none"},
    .early = plurality_early,
};
