/* Confidence by semantic entropy (reference 10.1): a seat answers several times; how far the
 * answers say the same tells how sure it is. */
#ifndef RUNNER_DELIBERATION_ROUND_ENTROPY_H
#define RUNNER_DELIBERATION_ROUND_ENTROPY_H

#include "runner/deliberation/state/state.h"

/* After the members of a round have answered. MORE_CALLS: samples or a judge were asked; call
 * again when they are done. Sets the confidence of the members' calls. */
enum conclusion entropy_conclude(struct round *r);

/* 1 - H/ln(m) over the sizes of clusters of m samples; NAN below two samples. */
double entropy_confidence(const int *sizes, int clusters);

/* Cluster number of each text: the first cluster in which every text has similarity >= 0.5. */
int entropy_lexical(const char *const *texts, int n, int *cluster);

#endif
