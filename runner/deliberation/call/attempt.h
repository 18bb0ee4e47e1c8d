/* The course of a call that a model answers: the next attempt is reserved and sent, waits for
 * money, for a back-off or for the breaker of its provider, goes on to the next entry of the chain,
 * or is spared because an ended run has its answer. A complete answer is handed to c->answered. */
#ifndef RUNNER_DELIBERATION_CALL_ATTEMPT_H
#define RUNNER_DELIBERATION_CALL_ATTEMPT_H

#include <stdbool.h>
#include <stdint.h>

struct seat_call;

/* Reserves and sends, or waits while other reservations of the round are open. */
void attempt_next(struct seat_call *c);
/* The next exchange of a call whose last one is answered: kind is that of the attempt. */
void attempt_go_on(struct seat_call *c, const char *kind);
/* The same entry once more, after a while. */
void attempt_retry(struct seat_call *c, int64_t wait_ms);
/* The next entry of the chain, at once. */
void attempt_fall_back(struct seat_call *c);
/* Looks again whether the ledger has room, when that is what it waits for. */
void attempt_retry_money(struct seat_call *c);
/* What came of the attempt, for the breaker of its provider. good: it answered, or refused for a
 * reason of the request. Calls that wait for the provider look again when it is due. */
void attempt_note(struct seat_call *c, bool good);

#endif
