/* A member that is a whole council (reference 6.2): it runs inside the call of its seat. */
#ifndef RUNNER_DELIBERATION_COUNCIL_SUB_H
#define RUNNER_DELIBERATION_COUNCIL_SUB_H

#include "runner/deliberation/state/state.h"

bool seat_is_council(const struct seat *s);
/* Starts the inner council. */
void sub_begin(struct seat_call *c);
/* Lets it move; ends the call when it is done. True when something moved. */
bool sub_step(struct seat_call *c);
/* Ends it without a result: the call was cut off. */
void sub_stop(struct seat_call *c, const char *status, const char *reason);
/* {path, council_id, outcome, final, usage, cost}, new. */
json_t *sub_json(const struct seat_call *c);

#endif
