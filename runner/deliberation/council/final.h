/* The final answer of a council and its outcome. */
#ifndef RUNNER_DELIBERATION_COUNCIL_FINAL_H
#define RUNNER_DELIBERATION_COUNCIL_FINAL_H

#include <stdbool.h>

struct council;

/* Is it degraded, and may it not answer then? */
bool council_refuses(const struct council *c);
/* Sets c->final. With a chair's answer at hand (c->chair_call) at once, else when no round is left.
 */
void final_decide(struct council *c);
/* complete, degraded, refused, failed, cancelled */
const char *council_outcome(const struct council *c);

#endif
