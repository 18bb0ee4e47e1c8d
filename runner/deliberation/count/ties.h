/* Tie rules: each narrows the tied set, the next goes on with what is left. The
 * rule `chair` needs a call, so the work can stop there and go on later. */
#ifndef RUNNER_DELIBERATION_COUNT_TIES_H
#define RUNNER_DELIBERATION_COUNT_TIES_H

#include "count.h"

struct tie_facts {
    const struct ballots *ballots;
    const char *const *names; /* ids of the candidates */
    const int *lot;           /* place of each candidate in the lot order, or NULL */
};

enum tie_state {
    TIE_SETTLED, /* t->winner is set, or -1 because none was left */
    TIE_CHAIR,   /* the chair has to choose among t->leader, then ties_choose and ties_run */
};

/* Applies rules[*next ..] (an array of words) to the leaders of the tally. *next starts at 0. */
enum tie_state ties_run(struct tally *t, json_t *rules, size_t *next, const struct tie_facts *f);
/* The chair's choice; -1 when it made none (no effect). */
void ties_choose(struct tally *t, int candidate);

#endif
