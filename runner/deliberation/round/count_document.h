/* What is told of a count. */
#ifndef RUNNER_DELIBERATION_ROUND_COUNT_DOCUMENT_H
#define RUNNER_DELIBERATION_ROUND_COUNT_DOCUMENT_H

#include <jansson.h>
#include <stdbool.h>

struct count_of;
struct counting;
struct round;

/* The aggregate: {aggregator, over, winner, tied, order, scores, ballots, raw ...}. New. */
json_t *count_document(const struct round *r, const struct counting *k,
                       const struct count_of *what);
/* Share of heads behind the leading option, or how far the rankings agree. */
double count_agreement(const struct counting *k);
/* Are its candidates the members, by their answers? NULL: there is none. */
bool aggregate_over_members(const json_t *aggregate);

#endif
