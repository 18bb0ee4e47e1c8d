/* A seat that a provider's model answers. */
#ifndef RUNNER_DELIBERATION_CALL_BY_MODEL_H
#define RUNNER_DELIBERATION_CALL_BY_MODEL_H

#include "runner/deliberation/state/answerer.h"

extern const struct answerer answered_by_model;

#endif
