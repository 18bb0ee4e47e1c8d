/* Routers: who of the pool takes part in a round. */
#ifndef RUNNER_DELIBERATION_ROUND_ROUTING_H
#define RUNNER_DELIBERATION_ROUND_ROUTING_H

#include "stage.h"

/* Sets r->routed (ids) from the pool; a model may be asked first. A router that selects nobody
 * selects everybody, with a warning. */
extern const struct round_stage routing_stage;

#endif
