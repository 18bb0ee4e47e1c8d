#include "proto/council/tables/kinds.h"

#include "aggregator.h"
#include "borda.h"
#include "peer_report.h"

/* Borda's count of what members think of each other's answers, with a report on the judges. */
const struct aggregator aggregator_peer_ranking = {
    .kind = &AGGREGATOR_KINDS[AGGREGATOR_PEER_RANKING],
    .weights = WEIGHTS_OF_OPTS,
    .count = borda_rule,
    .early = borda_early,
    .given = borda_given,
    .report = peer_report,
};
