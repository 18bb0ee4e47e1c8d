/* The breaker of each provider: after five transient failures in a row it is open
 * for 30 s, then one probe closes or re-opens it. Calls with a fallback go there meanwhile, others
 * wait. */
#ifndef RUNNER_DELIBERATION_CALL_BREAKER_H
#define RUNNER_DELIBERATION_CALL_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

struct engine;

enum breaker_state {
    BREAKER_CLOSED, /* ask; while it was open just now: as its probe */
    BREAKER_OPEN,   /* not before *ret_until; -1: when the probe has ended */
};

enum breaker_state breaker_ask(struct engine *e, const char *provider, int64_t *ret_until);
/* An attempt at the provider ended. good: it answered, or refused for a reason of the request.
 * When those who wait for it shall ask again; -1: the word is as before. */
int64_t breaker_note(struct engine *e, const char *provider, bool good);
void breakers_free(struct engine *e);

#endif
