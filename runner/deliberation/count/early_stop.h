/* Can the leader still be caught? Pure bounds over the ballots that are cast and
 * those that are still out; never wrong, whatever the outstanding ones will say. */
#ifndef RUNNER_DELIBERATION_COUNT_EARLY_STOP_H
#define RUNNER_DELIBERATION_COUNT_EARLY_STOP_H

#include "count.h"

enum early_rule {
    EARLY_PLURALITY,
    EARLY_MAJORITY_SEATS,
    EARLY_MAJORITY_CAST,
    EARLY_MEAN, /* borda, peer_ranking, approval, mean_score */
    EARLY_CONDORCET,
};

struct early_stop {
    enum early_rule rule;
    const struct ballots *cast;
    const struct ballots *out; /* outstanding: only presented and weight count */
    const double *sum;    /* EARLY_MEAN: numerator per candidate, each ballot giving 0..weight */
    const double *weight; /* EARLY_MEAN: denominator per candidate */
    double threshold;     /* majority */
    double seats;         /* majority of seats: weight of all seats */
    bool free;            /* an option that nobody has named yet may still come up */
};

enum { EARLY_OPEN = -1, EARLY_NEGATIVE = -2 };

/* The candidate that nobody can tie any more; EARLY_NEGATIVE: it is certain that none will reach
 * the majority; EARLY_OPEN otherwise. */
int early_stop_leader(const struct early_stop *e);

#endif
