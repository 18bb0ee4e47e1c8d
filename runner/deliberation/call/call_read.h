/* What a call makes of an answer. */
#ifndef RUNNER_DELIBERATION_CALL_CALL_READ_H
#define RUNNER_DELIBERATION_CALL_CALL_READ_H

#include <jansson.h>

struct seat_call;

/* Reads the answer of an exchange into c->reading. */
void call_read(struct seat_call *c, json_t *fact);
/* Puts the answer and the corrective request behind the conversation. */
void call_add_reask(struct seat_call *c, const json_t *fact);
/* Why an answer was of no use. */
const char *call_invalid_reason(const struct seat_call *c);
/* Warns when flags of fence_clean tell of attempts to steer readers. */
void call_warn_steering(struct seat_call *c, int flags, const char *message);
/* Looks for attempts to steer other seats, and tells of repairs. */
void call_inspect(struct seat_call *c);

#endif
