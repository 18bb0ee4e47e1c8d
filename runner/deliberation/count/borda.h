/* Borda's count as a mean over the ballots on which a candidate stands. */
#ifndef RUNNER_DELIBERATION_COUNT_BORDA_H
#define RUNNER_DELIBERATION_COUNT_BORDA_H

#include "aggregator.h"

enum borda_partial {
    BORDA_AVERAGE, /* unranked candidates share the places that are left */
    BORDA_ZERO,    /* they get nothing */
};

/* What one ballot gives a candidate that it presents, 0..1; NAN below two presented. */
double borda_points(const struct ballots *b, const struct ballot *ballot, int candidate,
                    enum borda_partial partial);

/* Scores, order and leaders; raw {points, uninformative}. `t` is initialised here. `names` are the
 * candidates' ids for raw. */
void borda_count(const struct ballots *b, enum borda_partial partial, const char *const *names,
                 struct tally *t);

/* ---- as a rule, for the aggregators that are it and say more ---- */

void borda_rule(const struct ballots *b, const struct count_facts *f, struct tally *t);
bool borda_early(const struct count_facts *f, enum early_rule *ret);
double borda_given(const struct ballots *b, const struct ballot *v, int candidate,
                   const struct count_facts *f);

#endif
