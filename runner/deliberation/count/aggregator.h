/* An aggregator: a row of kinds.h and one const struct in a file of its own, which answers for all
 * that is different in counting by this rule. Nobody compares its name. */
#ifndef RUNNER_DELIBERATION_COUNT_AGGREGATOR_H
#define RUNNER_DELIBERATION_COUNT_AGGREGATOR_H

#include <jansson.h>
#include <stdbool.h>

#include "proto/council/tables/kinds.h"

#include "count.h"
#include "early_stop.h"

/* What a rule may ask beside the ballots. */
struct count_facts {
    const json_t *opts;       /* of the round */
    const char *const *names; /* ids of the candidates */
    const int *lot;           /* place of each candidate in the lot order */
    double seat_weight;       /* of all seats */
};

enum { WEIGHTS_OF_OPTS = -1 };

struct aggregator {
    const struct aggregator_kind *kind; /* its row */
    int weights; /* enum weights_word that it stands for; WEIGHTS_OF_OPTS: what the opts say */
    /* Initialises the tally and fills scores, order, leaders and raw. */
    void (*count)(const struct ballots *b, const struct count_facts *f, struct tally *t);
    /* Which bound tells that the leader is beyond reach; false: none does. NULL: none ever. */
    bool (*early)(const struct count_facts *f, enum early_rule *ret);
    /* EARLY_MEAN: what one ballot gives a candidate that it presents, 0..1; NAN: nothing. */
    double (*given)(const struct ballots *b, const struct ballot *v, int candidate,
                    const struct count_facts *f);
    /* What is told of the judges, new. NULL: nothing. */
    json_t *(*report)(const struct ballots *b, const struct tally *t, const char *const *names);
};

/* One for each row; aggregators.h finds them by name. */
#define ROW(ID, name, ...) extern const struct aggregator aggregator_##name;
#define ALIAS(...)
AGGREGATOR_ROWS(ROW, ALIAS)
#undef ROW
#undef ALIAS

#endif
