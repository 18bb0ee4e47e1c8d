/* A seat that a whole council answers: it runs inside the call of its seat. */
#ifndef RUNNER_DELIBERATION_COUNCIL_BY_COUNCIL_H
#define RUNNER_DELIBERATION_COUNCIL_BY_COUNCIL_H

#include <jansson.h>
#include <stdbool.h>

#include "runner/deliberation/state/answerer.h"

extern const struct answerer answered_by_council;

/* Is it for a seat of this document? */
bool seat_is_council(const json_t *seat);

#endif
