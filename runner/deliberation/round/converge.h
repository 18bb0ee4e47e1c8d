/* Has an iteration come to the same as the one before? What a round type takes as its answer. */
#ifndef RUNNER_DELIBERATION_ROUND_CONVERGE_H
#define RUNNER_DELIBERATION_ROUND_CONVERGE_H

#include <jansson.h>
#include <stdbool.h>

#include "cast.h"

struct round;
struct seat;
struct seat_call;

struct before {
    const char *(*answer)(const void *arg, const struct seat *s); /* text, NULL: none */
    const void *arg;
    const json_t *aggregate;         /* of the iteration before, or NULL */
    const struct cast *casts;        /* the ballots of this one */
    const struct cast *casts_before; /* and of the one before */
};

/* ---- for round types ---- */

bool converged_unchanged(struct round *r, const struct before *b);  /* nobody changed its answer */
bool converged_if_revised(struct round *r, const struct before *b); /* ... where it gives one */
bool converged_votes(struct round *r, const struct before *b); /* all alike, or all as before */
bool converged_order(struct round *r, const struct before *b); /* the same order, one first */
bool converged_one_left(struct round *r, const struct before *b);
bool converged_confident(struct round *r, const struct before *b); /* mean confidence 0.7 */

/* ---- parts ---- */

/* Changed by its own word, else by less than 0.9 similarity with the text before. */
bool call_changed(const struct seat_call *c, const char *before);
/* All cast ballots have one choice or first place; false when there is none. */
bool casts_unanimous(const struct cast *casts);
/* Mean confidence of the ok members; NAN when nobody told one. */
double round_mean_confidence(const struct round *r);

#endif
