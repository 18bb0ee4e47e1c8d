/* The round types, one file each (round_*.c), and what they share. */
#ifndef RUNNER_DELIBERATION_ROUNDS_H
#define RUNNER_DELIBERATION_ROUNDS_H

#include "count.h"
#include "prompt.h"
#include "state.h"

extern const struct round_type round_independent_analysis;
extern const struct round_type round_anonymized_peer_review;
extern const struct round_type round_synthesis;

/* Ids of the candidates that a reader may judge, in document order; a new array. */
json_t *judged_by(const struct round *r, const struct seat *reader);
/* Shows these candidates under their labels and notes it in the call. */
void present_answers(struct prompt *p, json_t *ids);

/* The candidates of an aggregate: members with a current answer, in document order. */
struct electorate {
    const char **names;
    int n;
};

void electorate_of_members(struct electorate *el, struct council *c);
void electorate_release(struct electorate *el);
int electorate_find(const struct electorate *el, const char *id); /* -1: unknown */

/* Weight of a judge's ballot by the opts of the round (reference 4). ret_imputed counts guesses. */
double ballot_weight(const struct round *r, const struct call *c, int *imputed);
/* Ballots of the members' ok calls, rankings or single choices alike. */
void collect_ballots(struct round *r, const struct electorate *el, struct ballots *b, int *imputed);

/* {aggregator, over, winner, tied, order, scores, ballots, raw} of a settled tally; new. */
json_t *aggregate_json(const struct round *r, const char *aggregator, const char *over,
                       const struct electorate *el, const struct tally *t);

#endif
