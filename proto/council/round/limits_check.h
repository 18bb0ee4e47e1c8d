/* Limits that a resolved council could not live with. */
#ifndef PROTO_COUNCIL_ROUND_LIMITS_CHECK_H
#define PROTO_COUNCIL_ROUND_LIMITS_CHECK_H

#include "proto/council/check/work.h"

/* Fault where the budget cannot even hold the quorum of the first round. */
void first_round_check(struct work *w, const json_t *resolved);

/* Fault where the council may make more calls than the operator allows. */
void planned_check(struct resolver *r, const json_t *resolved);

#endif
