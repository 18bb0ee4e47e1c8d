/* The course of a round. What kind of round it is and which stages hang on it is told from above.
 *
 *     r = round_new(c, &plan);
 *     round_start(r) or round_skip(r, reason)
 *     while (round_step(r)) ;       until r->phase is ROUND_CLOSED; facts and timers move it
 *     round_free(r); */
#ifndef RUNNER_DELIBERATION_ROUND_ROUND_H
#define RUNNER_DELIBERATION_ROUND_ROUND_H

#include <jansson.h>
#include <stdbool.h>

#include "stage.h"

struct council;
struct round;
struct round_type;

struct round_plan {
    json_t *doc; /* outlives the round */
    const char *name;
    const struct round_type *type;
    const struct round_stage *const *stages; /* in order, NULL behind the last one */
    int index, iteration;
};

struct round *round_new(struct council *c, const struct round_plan *plan);
void round_free(struct round *r);
void round_start(struct round *r);
bool round_step(struct round *r); /* true when something moved */

/* What the type concludes. */
extern const struct round_stage conclude_stage;

#endif
