/* The end of a round: current answers, quorum, what is missing, the RoundResult. */
#ifndef RUNNER_DELIBERATION_ROUND_ROUND_CLOSE_H
#define RUNNER_DELIBERATION_ROUND_ROUND_CLOSE_H

#include "runner/deliberation/state/state.h"

/* How many members (or different providers, or models) have answered. */
int round_quorum_ok(const struct round *r);
/* Once, when all members have answered or failed. */
void round_set_answers(struct round *r);
void round_close(struct round *r);

#endif
