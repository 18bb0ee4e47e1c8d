/* The aggregators there are. */
#ifndef RUNNER_DELIBERATION_COUNT_AGGREGATORS_H
#define RUNNER_DELIBERATION_COUNT_AGGREGATORS_H

#include "aggregator.h"

/* By name, or by another name for it. An unknown one ends the process (words/unknown.h). */
const struct aggregator *aggregator_find(const char *name);

#endif
