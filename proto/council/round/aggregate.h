/* Aggregators: which ballots each counts, and which opts it has a use for. */
#ifndef PROTO_COUNCIL_ROUND_AGGREGATE_H
#define PROTO_COUNCIL_ROUND_AGGREGATE_H

#include "round_info.h"

/* Chooses the aggregator and checks its opts and rules for ties; `ballots` are those of the round.
 * Fills in `aggregator` and `tie_break`. */
void aggregate_resolve(struct work *w, const struct round_info *info, json_t *opts,
                       unsigned ballots);

/* Takes the opts that the aggregator has no use for out of filled opts. */
void aggregate_prune(json_t *opts);

#endif
