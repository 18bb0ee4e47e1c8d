/* The round types, one file each; round_types.h finds them by name. */
#ifndef RUNNER_DELIBERATION_TYPES_ROUNDS_H
#define RUNNER_DELIBERATION_TYPES_ROUNDS_H

#include "runner/deliberation/round/round_type.h"

extern const struct round_type round_independent_analysis;
extern const struct round_type round_peer_review;
extern const struct round_type round_anonymized_peer_review;
extern const struct round_type round_critique;
extern const struct round_type round_debate;
extern const struct round_type round_vote;
extern const struct round_type round_ranking;
extern const struct round_type round_pairwise_elimination;
extern const struct round_type round_synthesis;
extern const struct round_type round_weighted_synthesis;

#endif
