/* Answers of an ended run: what stands in its journal for this very question takes the place of
 * attempts. */
#ifndef RUNNER_DELIBERATION_CALL_STORED_H
#define RUNNER_DELIBERATION_CALL_STORED_H

#include <jansson.h>
#include <stdint.h>

#include "runner/deliberation/state/ledger.h"

struct seat_call;

/* Looks for what the ended run has for this call and sets c->stored. */
void stored_find(struct seat_call *c);
/* The exchange that comes next; NULL when nothing is left. Borrowed. */
json_t *stored_next(const struct seat_call *c);
/* The place in the chain that gave an exchange; -1 when the chain has it no more. */
int stored_entry(const struct seat_call *c, const json_t *exchange);
/* When a call that is still queued was answered in the ended run; INT64_MAX when it was not. */
int64_t stored_answered_seq(struct seat_call *c);
/* What the first attempt of a queued call would reserve: nothing when it was answered before. */
struct reservation stored_estimate(const struct seat_call *c);

#endif
