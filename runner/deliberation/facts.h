/* Facts: what has happened, as engine.h lists them. Used by engine.c. */
#ifndef RUNNER_DELIBERATION_FACTS_H
#define RUNNER_DELIBERATION_FACTS_H

#include <jansson.h>

struct engine;

/* Changes the call or the round that it is about, and nothing else. 0 when taken; -ESTALE when it
 * came too late to matter; -EINVAL when it is no fact. */
int fact_take(struct engine *e, json_t *fact);

#endif
