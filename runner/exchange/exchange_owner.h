/* Who keeps an exchange, seen from below: the exchange tells it what came of the attempt, and knows
 * nothing else of it. */
#ifndef RUNNER_EXCHANGE_EXCHANGE_OWNER_H
#define RUNNER_EXCHANGE_EXCHANGE_OWNER_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/provider/reply.h"

struct exchange_owner {
    int64_t (*now)(void *context); /* the run's clock, milliseconds */
    /* attempt_failed or exchange_completed; taken over. The exchange is over then, and may not be
     * freed before the call that told it has come back. */
    void (*fact)(void *context, json_t *fact);
    /* A piece of text that may be shown; n counts from 0 within the attempt. */
    void (*delta)(void *context, enum delta kind, const char *call_id, int attempt, int64_t n,
                  const char *text, size_t len);
    /* A text for people without keys in it; malloc'ed. */
    char *(*clean)(void *context, const char *text);
    /* Replaces keys in what may be shown of a stream; how many bytes at its end have to wait. */
    size_t (*hold)(void *context, struct buf *text);
};

#endif
