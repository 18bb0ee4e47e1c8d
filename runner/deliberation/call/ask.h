/* What a call asks of a provider: the request as the caller gets it, its key, and the most that it
 * may use. */
#ifndef RUNNER_DELIBERATION_CALL_ASK_H
#define RUNNER_DELIBERATION_CALL_ASK_H

#include <stddef.h>

#include "runner/deliberation/state/ledger.h"

struct seat_call;

/* Fills c->ask for the entry of the chain that is asked now. */
void ask_fill(struct seat_call *c);
/* Hash of everything that decides what is answered; equal keys are the same question. Caller
 * frees. */
char *ask_key(const struct seat_call *c);
/* What an attempt at this entry of the chain would use at most. */
struct reservation ask_estimate(const struct seat_call *c, int index);
size_t ask_bytes(const struct seat_call *c);

#endif
