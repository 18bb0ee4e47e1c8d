/* Has an iteration come to the same as the one before (reference 3.5)? */
#ifndef RUNNER_DELIBERATION_ROUND_CONVERGE_H
#define RUNNER_DELIBERATION_ROUND_CONVERGE_H

#include "counting.h"
#include "runner/deliberation/state/state.h"

struct before {
    const char *(*answer)(const void *arg, const struct seat *s); /* text, NULL: none */
    const void *arg;
    const json_t *aggregate;  /* of the iteration before, or NULL */
    const struct cast *casts; /* its ballots */
};

/* Changed by its own word, else by less than 0.9 similarity with the text before. */
bool call_changed(const struct seat_call *c, const char *before);
bool round_converged(struct round *r, const struct cast *casts, const struct before *b);
/* All cast ballots have one choice or first place; false when there is none. */
bool casts_unanimous(const struct cast *casts);
/* Mean confidence of the ok members; NAN when nobody told one. */
double round_mean_confidence(const struct round *r);

#endif
