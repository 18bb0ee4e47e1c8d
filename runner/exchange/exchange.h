/* One attempt: the request that it makes, its clocks, and its end.
 *
 *     x = exchange_new(owner, context, slot, &call);    waits for its turn
 *     exchange_begin(x, http, now_ms);                  takes a place of the provider's
 *     exchange_step(x, now_ms);                         until x->state is EXCHANGE_OVER
 *     exchange_free(x);
 *
 * The owner hears of the end from any of these, and from http_perform. */
#ifndef RUNNER_EXCHANGE_EXCHANGE_H
#define RUNNER_EXCHANGE_EXCHANGE_H

#include "exchange_state.h"
#include "runner/deliberation/engine.h"

struct exchange_call {
    const char *call_id, *seed;
    int attempt;
    const struct engine_attempt *ask;
};

/* Builds the request; of the call everything is copied or referenced as needed. NULL after a
 * failure that was told as a fact. */
struct exchange *exchange_new(const struct exchange_owner *owner, void *context,
                              struct provider_slot *slot, const struct exchange_call *call);
void exchange_free(struct exchange *x); /* aborts; gives the provider's place back */
void exchange_begin(struct exchange *x, struct http *http, int64_t now_ms);
/* Delivers what is due and watches the clocks. */
void exchange_step(struct exchange *x, int64_t now_ms);
/* When exchange_step has something to do; -1: only the network knows. */
int64_t exchange_wake_ms(const struct exchange *x);

#endif
