/* The end of a round: what is missing, what is kept for later, the RoundResult. */
#ifndef RUNNER_DELIBERATION_ROUND_ROUND_CLOSE_H
#define RUNNER_DELIBERATION_ROUND_ROUND_CLOSE_H

struct round;

void round_close(struct round *r);

#endif
