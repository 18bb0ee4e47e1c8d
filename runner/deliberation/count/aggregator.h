/* An aggregator: one const struct in a file of its own, which answers for all that is different in
 * counting by this rule. Nobody compares its name. */
#ifndef RUNNER_DELIBERATION_COUNT_AGGREGATOR_H
#define RUNNER_DELIBERATION_COUNT_AGGREGATOR_H

#include <jansson.h>
#include <stdbool.h>

#include "count.h"
#include "early_stop.h"

/* What a rule may ask beside the ballots. */
struct count_facts {
    const json_t *opts;       /* of the round */
    const char *const *names; /* ids of the candidates */
    const int *lot;           /* place of each candidate in the lot order */
    double seat_weight;       /* of all seats */
};

struct aggregator {
    const char *name;    /* as the aggregate tells it */
    const char *weights; /* kind of weights that it stands for; NULL: what the opts say */
    /* Initialises the tally and fills scores, order, leaders and raw. */
    void (*count)(const struct ballots *b, const struct count_facts *f, struct tally *t);
    /* The tie rules when the opts name none, NULL behind the last one. */
    const char *ties[3];
    /* Do those who are level stay it, whatever the tie rules say? NULL: no. */
    bool (*keeps_ties)(const struct count_facts *f);
    /* Which bound tells that the leader is beyond reach; false: none does. NULL: none ever. */
    bool (*early)(const struct count_facts *f, enum early_rule *ret);
    /* EARLY_MEAN: what one ballot gives a candidate that it presents, 0..1; NAN: nothing. */
    double (*given)(const struct ballots *b, const struct ballot *v, int candidate,
                    const struct count_facts *f);
    /* A ballot with one candidate says nothing: does it not even present it? */
    bool hides_uninformative;
    /* What is told of the judges, new. NULL: nothing. */
    json_t *(*report)(const struct ballots *b, const struct tally *t, const char *const *names);
};

/* One file each; aggregators.h finds them by name. */
extern const struct aggregator aggregator_plurality;
extern const struct aggregator aggregator_majority;
extern const struct aggregator aggregator_confidence_weighted;
extern const struct aggregator aggregator_reliability_weighted;
extern const struct aggregator aggregator_borda;
extern const struct aggregator aggregator_peer_ranking;
extern const struct aggregator aggregator_condorcet;
extern const struct aggregator aggregator_approval;
extern const struct aggregator aggregator_median_confidence;
extern const struct aggregator aggregator_mean_score;

#endif
