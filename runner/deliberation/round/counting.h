/* From the answers of a round to its aggregate: the count, its ties, the document. For the round
 * types that count. */
#ifndef RUNNER_DELIBERATION_ROUND_COUNTING_H
#define RUNNER_DELIBERATION_ROUND_COUNTING_H

#include "stage.h"

struct count_of;
struct round;

/* Counts and settles; MORE_CALLS when the chair was asked to break a tie: call again when it has
 * answered. At the end r->aggregate and r->agreement are set. */
enum conclusion counting_conclude(struct round *r, const struct count_of *what);
void counting_release(struct round *r);

#endif
