/* Borda's count as a mean over the ballots on which a candidate stands (reference 4.2). */
#ifndef RUNNER_DELIBERATION_COUNT_BORDA_H
#define RUNNER_DELIBERATION_COUNT_BORDA_H

#include "count.h"

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

#endif
