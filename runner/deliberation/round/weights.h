/* Weights of ballots: what each cast counts. */
#ifndef RUNNER_DELIBERATION_ROUND_WEIGHTS_H
#define RUNNER_DELIBERATION_ROUND_WEIGHTS_H

#include <stdbool.h>

struct round;
struct seat;

struct weighting {
    int kind;           /* enum weights_word */
    bool log_odds;      /* reliability only */
    int options;        /* q of the transform */
    bool none_reliable; /* no seat of the round has a score: all count 1 */
    int imputed;        /* how many weights were assumed */
};

/* From the opts of the round; `kind` overrides them where an aggregator is named for its weights
 * (-1: the opts). */
void weighting_init(struct weighting *w, const struct round *r, int kind, int options);
/* Weight of a seat's ballot with this confidence (NAN: none). */
double weighting_of(struct weighting *w, const struct seat *s, double confidence);
/* Score of a seat in the reliability snapshot; NAN when unknown. */
double seat_reliability(const struct seat *s);
/* ln((q - 1) r / (1 - r)), r within 0.01..0.99, not below 0. */
double log_odds(double r, int options);

#endif
