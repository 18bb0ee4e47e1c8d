#include "aggregator.h"
#include "borda.h"
#include "peer_report.h"

/* Borda's count of what members think of each other's answers, with a report on the judges. */
const struct aggregator aggregator_peer_ranking = {
    .name = "peer_ranking",
    .count = borda_rule,
    .ties = {"pairwise", "none"},
    .early = borda_early,
    .given = borda_given,
    .report = peer_report,
};
