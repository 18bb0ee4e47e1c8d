/* Attempts in flight: each is one request to one provider, from the engine's want to the fact that
 * comes of it. Joins the adapter (provider/), the transport (net/) and the clocks of an attempt.
 *
 *     x = exchanges_new(http, secrets, &hooks, context);
 *     exchanges_set_rules(x, &rules);
 *     exchanges_add_provider(x, name, config, key);      for each that the run may use
 *     exchanges_start(x, now_ms, call_id, attempt, seed, ask);
 *     timeout = exchanges_wake_ms(x) ... http_wait ... http_perform
 *     exchanges_step(x, now_ms);                         what came due; calls the hooks
 *
 * Hooks are called from exchanges_step and from http_perform; hooks->fact may not call back into
 * this module (facts are queued by the caller and fed later). Times are the run's milliseconds,
 * which stand still while the runner does not read. */
#ifndef RUNNER_EXCHANGE_EXCHANGES_H
#define RUNNER_EXCHANGE_EXCHANGES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "runner/deliberation/engine.h"
#include "runner/link/secrets.h"
#include "runner/net/http.h"
#include "runner/provider/reply.h"

struct exchanges;

/* What the operator says of all providers. Everything is borrowed. */
struct exchange_rules {
    const json_t *allow_options; /* {format: [name]}, or NULL */
    const json_t *families;      /* rows of model_family.h, or NULL */
    const struct egress *egress; /* addresses that may be asked; NULL: all */
    size_t kept_bytes;           /* of an answer (reply_bound); 0: not said */
};

struct exchange_hooks {
    int64_t (*now)(void *context); /* the run's clock */
    /* attempt_failed, exchange_completed or warning; taken over. */
    void (*fact)(void *context, json_t *fact);
    /* A piece of text; n counts from 0 within the attempt. */
    void (*delta)(void *context, enum delta kind, const char *call_id, int attempt, int64_t n,
                  const char *text, size_t len);
};

struct exchanges *exchanges_new(struct http *http, const struct secrets *secrets,
                                const struct exchange_hooks *hooks, void *context);
void exchanges_free(struct exchanges *x); /* aborts everything without a fact */

/* Before the first provider; without it there are none. */
void exchanges_set_rules(struct exchanges *x, const struct exchange_rules *rules);

/* config is the object of the spec, borrowed; key may be NULL. -EINVAL: its type is not known. */
int exchanges_add_provider(struct exchanges *x, const char *name, json_t *config, const char *key,
                           struct error *err);

/* Begins an attempt, or queues it while the provider has max_in_flight of them. Everything is
 * copied or referenced as needed. */
void exchanges_start(struct exchanges *x, const char *call_id, int attempt, const char *seed,
                     const struct engine_attempt *ask);
/* Ends an attempt without a fact. */
void exchanges_abort(struct exchanges *x, const char *call_id, int attempt);

/* When exchanges_step has something to do; -1: only the network knows. */
int64_t exchanges_wake_ms(const struct exchanges *x);
void exchanges_step(struct exchanges *x, int64_t now_ms);

#endif
