/* The strategies by which an auto council finds the council to play. */
#ifndef RUNNER_DELIBERATION_COUNCIL_STRATEGIES_H
#define RUNNER_DELIBERATION_COUNCIL_STRATEGIES_H

#include <stdbool.h>

#include "auto_choice.h"

struct strategy {
    const char *name;
    /* options are those of the link; pick is filled on a match. Called again when the call that it
     * made is done. NULL: it tries others, its `chain`, in order. */
    enum auto_answer (*try)(struct auto_stage *s, json_t *options, struct auto_pick *pick);
    bool builds; /* a match is s->built, and not an entry */
};

/* An unknown one ends the process (words/unknown.h). */
const struct strategy *strategy_find(const char *name);

#endif
