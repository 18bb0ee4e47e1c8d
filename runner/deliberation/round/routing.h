/* Routers: who of the pool takes part in a round (reference 6.1). */
#ifndef RUNNER_DELIBERATION_ROUND_ROUTING_H
#define RUNNER_DELIBERATION_ROUND_ROUTING_H

#include "runner/deliberation/state/state.h"

/* Sets r->routed (ids) from the pool. MORE_CALLS: a model was asked; call again when its call is
 * done. A router that selects nobody selects everybody, with a warning. */
enum conclusion routing_decide(struct round *r);

#endif
