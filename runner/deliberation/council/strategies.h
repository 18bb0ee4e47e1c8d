/* The strategies by which an auto council finds the council to play. */
#ifndef RUNNER_DELIBERATION_COUNCIL_STRATEGIES_H
#define RUNNER_DELIBERATION_COUNCIL_STRATEGIES_H

#include "auto_choice.h"

/* NULL for one that plays others (cascade). An unknown one ends the process (words/unknown.h). */
const struct strategy *strategy_find(const char *name);

#endif
