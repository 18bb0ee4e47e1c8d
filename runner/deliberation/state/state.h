/* The state of a run, shared by the files of the engine: engine > council > round > call.
 *
 * Everything moves in two steps. A fact or a timer changes the call or round that it belongs to and
 * nothing else; then the engine lets every live council look at its round until nothing moves any
 * more. So no function finds its round closed under its feet. */
#ifndef RUNNER_DELIBERATION_STATE_STATE_H
#define RUNNER_DELIBERATION_STATE_STATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "ledger.h"
#include "usage.h"

struct answerer;
struct auto_stage;
struct breaker;
struct council;
struct engine_timer;
struct event_item;
struct seat_call;
struct want_item;

struct engine {
    const struct answerer *(*answerer_of)(const json_t *seat); /* by the seat's document */
    char *run_id, *council_id, *seed, *council_sha256, *ask_sha256;
    json_t *doc, *input, *options, *reliability;
    int max_parallel;
    int64_t wall_ms;
    bool verbose;
    int64_t now;
    int64_t seq;
    uint64_t orders;
    uint64_t turn; /* counts facts and timers: what one of them starts and ends was never sent */
    struct engine_timer *timers;
    struct event_item *events;
    struct want_item *wants, *taken;
    struct seat_call *calls; /* by id */
    struct ledger ledger;
    struct breaker *breakers;
    json_t *stored;  /* {call_id: {call_key: answers}} of the runs that are resumed, or NULL */
    json_t *carried; /* their lines, to be told at the start, or NULL */
    char *from_run_id;
    int reusable, reused_calls;
    int64_t carried_attempts, carried_tokens, saved_tokens;
    double carried_cost, saved_cost;
    struct council *root;
    struct auto_stage *stage; /* the choice of the council, until it is made; or NULL */
    json_t *host;             /* the document of the council that makes the choice's calls */
    json_t *context;          /* what it is resolved against */
    json_t *selected;         /* what is told of the choice, or NULL */
    const char *cancel;       /* NULL, drain, now */
    const char *cancel_reason;
    char *fault;    /* what keeps the run's journal from being written, or NULL */
    int64_t effort; /* tokens of answers times twice their seat's tier: a sum without rounding */
    json_t *warnings, *errors;
    struct usage usage;
    struct cost cost;
    int attempts, n_calls, unpriced_calls;
    bool started, finished;
    const char *outcome;
    json_t *result;
};

#endif
