/* The table of round types. */
#ifndef RUNNER_DELIBERATION_TYPES_ROUND_TYPES_H
#define RUNNER_DELIBERATION_TYPES_ROUND_TYPES_H

#include "runner/deliberation/round/round_type.h"

/* NULL for one that plays others (iterate). An unknown one ends the process (words/unknown.h). */
const struct round_type *round_type_find(const char *name);

#endif
