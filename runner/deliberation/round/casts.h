/* The ballots of a round, gathered from its calls. */
#ifndef RUNNER_DELIBERATION_ROUND_CASTS_H
#define RUNNER_DELIBERATION_ROUND_CASTS_H

#include <stdbool.h>

#include "cast.h"

struct round;

/* The casts of this round, with those that iterations retain; the caller frees them. */
struct cast *round_casts(struct round *r);
/* Does the round pretend that this member's ballot is still out? */
bool round_pretends(const struct round *r, const struct seat *s);

#endif
