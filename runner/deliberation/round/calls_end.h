/* Ending the calls of a round. */
#ifndef RUNNER_DELIBERATION_ROUND_CALLS_END_H
#define RUNNER_DELIBERATION_ROUND_CALLS_END_H

#include <stdbool.h>

struct round;

/* Ends them all for a reason that ends the round. */
void round_end_calls(struct round *r, const char *status, const char *reason);
/* Cancel: `now` ends the calls, otherwise what is in flight may end by itself. r may be NULL. */
void round_drain(struct round *r, bool now);

#endif
