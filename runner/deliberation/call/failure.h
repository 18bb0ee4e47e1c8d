/* An attempt that failed: what it means, what is charged for it, and what comes next: a retry, the
 * next entry of the chain, or the end of the call. */
#ifndef RUNNER_DELIBERATION_CALL_FAILURE_H
#define RUNNER_DELIBERATION_CALL_FAILURE_H

#include <jansson.h>

struct seat_call;

/* fact: an attempt_failed. */
void failure_take(struct seat_call *c, json_t *fact);
/* Gives up the attempt that is in flight; the call is ended by the caller. */
void failure_abort(struct seat_call *c, const char *kind, const char *code);
/* Ends the call with an error of the engine's own. */
void failure_end(struct seat_call *c, const char *code, const char *message);

#endif
