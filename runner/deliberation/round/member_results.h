/* What each member has come to in a round, as the RoundResult has it. */
#ifndef RUNNER_DELIBERATION_ROUND_MEMBER_RESULTS_H
#define RUNNER_DELIBERATION_ROUND_MEMBER_RESULTS_H

#include <jansson.h>

struct round;

/* {id: MemberResult}: the members', the chair's in a round of its own. New. */
json_t *member_results(const struct round *r);
/* Those of the calls that are no member's and no chair's, in order. New. */
json_t *other_results(const struct round *r);

#endif
