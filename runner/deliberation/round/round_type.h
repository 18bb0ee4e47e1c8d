/* A round type: a row of kinds.h and one const struct in a file of its own (types/), which answers
 * for all that is different in rounds of this type. Nobody compares its name. */
#ifndef RUNNER_DELIBERATION_ROUND_ROUND_TYPE_H
#define RUNNER_DELIBERATION_ROUND_ROUND_TYPE_H

#include <jansson.h>
#include <stdbool.h>

#include "proto/council/tables/kinds.h"

#include "stage.h"

struct before;
struct round;
struct seat;
struct seat_call;

struct round_type {
    const struct round_kind *kind; /* its row */
    bool needs_answers;            /* two current answers at least */
    bool task_alone;               /* its members see the task and nothing else */
    bool samples; /* a member's decision is worth samples, also where no answers are set */
    /* Beside needs_answers: do the opts of this round make answers its candidates? */
    bool (*over_answers)(const struct round *r);
    void (*open)(struct round *r); /* ASKS_JUDGES: makes the calls */
    /* Can this seat take part? False: no_peers. NULL: any. */
    bool (*can_ask)(struct round *r, struct seat *s);
    /* Fills form and messages of a member's call. */
    void (*prepare)(struct round *r, struct seat_call *c);
    /* After all calls: aggregate. Called again when the calls that it queued are done. */
    enum conclusion (*conclude)(struct round *r);
    /* After each settled call, while others are open: early stop. */
    void (*watch)(struct round *r);
    /* As an iteration: has it come to the same as the one before? NULL: it cannot be iterated. */
    bool (*converged)(struct round *r, const struct before *b);
    bool own_end;       /* iterated until it has converged, whatever the loop says */
    const char *answer; /* member of `parsed` that is the answer; NULL: the content is */
    void (*release)(struct round *r); /* frees what it has hung on the round */
};

#endif
