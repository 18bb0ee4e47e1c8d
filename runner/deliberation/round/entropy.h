/* Confidence by semantic entropy: a seat answers several times; how far the
 * answers say the same tells how sure it is. */
#ifndef RUNNER_DELIBERATION_ROUND_ENTROPY_H
#define RUNNER_DELIBERATION_ROUND_ENTROPY_H

#include "stage.h"

/* After the members of a round have answered: asks for samples, then perhaps a judge, and sets the
 * confidence of the members' calls. */
extern const struct round_stage entropy_stage;

/* 1 - H/ln(m) over the sizes of clusters of m samples; NAN below two samples. */
double entropy_confidence(const int *sizes, int clusters);

/* Cluster number of each text: the first cluster in which every text has similarity >= 0.5. */
int entropy_lexical(const char *const *texts, int n, int *cluster);

#endif
