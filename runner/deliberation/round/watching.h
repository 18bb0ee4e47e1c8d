/* What ends a round before all have answered. */
#ifndef RUNNER_DELIBERATION_ROUND_WATCHING_H
#define RUNNER_DELIBERATION_ROUND_WATCHING_H

struct round;

/* failure_mode fail_fast: a member has failed. */
void watch_fail_fast(struct round *r);
/* on_quorum_lost refuse: the quorum cannot be reached any more. */
void watch_quorum(struct round *r);

#endif
