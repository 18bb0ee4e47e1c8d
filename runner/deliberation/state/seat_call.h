/* A call: one question to one seat, with its attempts and what came of it. It stands in the list of
 * its round and, by its id, in the table of the engine. call/ moves it; here is what everybody may
 * read of it. */
#ifndef RUNNER_DELIBERATION_STATE_SEAT_CALL_H
#define RUNNER_DELIBERATION_STATE_SEAT_CALL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <uthash.h>

#include "proto/council/tables/call_kinds.h"

#include "engine_timer.h"
#include "ledger.h"
#include "runner/deliberation/form/form.h"
#include "runner/deliberation/form/reading.h"
#include "usage.h"
#include "want.h"

struct council;
struct engine;
struct round;
struct seat;
struct tool_loop;

enum call_state {
    CALL_QUEUED,
    CALL_MONEY,     /* waits for a reservation */
    CALL_RUNNING,   /* an attempt is in flight */
    CALL_BACKOFF,   /* waits before the next attempt */
    CALL_TOOLS,     /* tools of a turn are running */
    CALL_ELSEWHERE, /* its answerer is at work by other means */
    CALL_DONE,
};

struct seat_call {
    struct engine *e;
    struct council *council;
    struct round *round;
    struct seat *seat; /* whose bundle is used */
    enum call_kind kind;
    char *id;  /* call_id; key in the engine's table */
    char *key; /* call_key */
    enum call_state state;
    bool started;     /* member_started was told */
    bool use_reserve; /* may use the chair's reserve */
    json_t *input;    /* the task as this seat sees it */
    json_t *messages;
    json_t *handed;          /* to a council that answers in this seat (call/blocks.h), or NULL */
    json_t *embed, *vectors; /* texts and what came for them, or NULL */
    void (*check)(
        struct seat_call *c); /* looks at an answer of good form; may refuse it, or NULL */
    /* What is done with a complete answer, also with one of an ended run. */
    void (*answered)(struct seat_call *c, json_t *exchange);
    struct form form;
    int reasks_left;
    json_t *presented; /* labels in order, or NULL */
    json_t *presented_ids;
    const struct label_map *map;
    int64_t start_ms, end_ms; /* end_ms: when total_ms or an outer limit cuts it */
    const char *end_reason;
    struct engine_timer timer; /* the end of the call */
    struct engine_timer wait;  /* the end of a back-off */
    int entry;                 /* of the chain */
    int tries;                 /* attempts at this entry since the last turn */
    int dead_entries;          /* entries that failed for good */
    int attempt;               /* number of the running or last attempt */
    const char *next_kind;     /* of the next attempt: ask, retry, fallback, reask, tool */
    struct reservation reserved;
    json_t *attempts;
    json_t *current;       /* the running attempt's record, inside attempts */
    int64_t attempt_ms;    /* its start */
    uint64_t attempt_turn; /* the engine's turn in which it was wanted */
    struct engine_attempt ask;
    struct engine_want *want;
    /* outcome */
    const char *status, *reason;
    struct reading reading;
    bool read;
    json_t *error;
    json_t *flags;
    struct usage usage;
    struct cost cost;
    int64_t done_ms;
    const char *finish_reason, *model_served;
    double logprob;
    int fallback_index;      /* -1: none was used */
    struct tool_loop *tools; /* tool_loop.c; NULL: none was called */
    int exchanges;           /* complete answers so far */
    int tool_turns;          /* those of them that called tools, and had results */
    json_t *tool_log;        /* {turn, id, name, ok, latency_ms} */
    json_t *result;
    json_t *stored; /* of an ended run: {exchanges, tools}; NULL: nothing to reuse */
    size_t next_stored;
    bool reusing;                  /* the exchange at hand comes from there */
    bool asked_live;               /* something was asked anew */
    bool circuit;                  /* its back-off waits for a breaker */
    json_t *first_messages;        /* without what re-asks and tools added */
    double least_temperature;      /* of samples; NAN: the seat's own */
    void *hung;                    /* what its answerer keeps of it; NULL: a model answers */
    struct seat_call *prev, *next; /* in the round */
    UT_hash_handle hh;
};

bool call_ok(const struct seat_call *c);

#endif
