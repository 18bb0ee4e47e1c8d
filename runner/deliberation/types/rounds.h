/* The round types, one file each (round_*.c), and what they share. */
#ifndef RUNNER_DELIBERATION_TYPES_ROUNDS_H
#define RUNNER_DELIBERATION_TYPES_ROUNDS_H

#include "runner/deliberation/call/prompt.h"
#include "runner/deliberation/round/counting.h"
#include "runner/deliberation/state/state.h"

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

/* Ids of the members with a current answer that are not eliminated, in document order; new. */
json_t *candidate_ids(struct council *c);
/* Those of them that a reader may judge; new. */
json_t *judged_by(const struct round *r, const struct seat *reader);
/* Shows these candidates under their labels and notes them in the call as presented. */
void present_answers(struct prompt *p, json_t *ids);
/* The form of an answer round: the seat's own schema, else text with the tail that its confidence
 * wants, and `changed` where the round asks for it. */
void answer_form(struct seat_call *c, bool changed);

#endif
