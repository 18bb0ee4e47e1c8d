/* A round: its document, its calls and what they have come to. round/ moves it; here is what
 * everybody may read of it. */
#ifndef RUNNER_DELIBERATION_STATE_ROUND_STATE_H
#define RUNNER_DELIBERATION_STATE_ROUND_STATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine_timer.h"

struct bracket_level;
struct council;
struct counting;
struct iterate;
struct label_map;
struct round_stage;
struct round_type;
struct seat_call;

enum round_phase {
    ROUND_BEFORE, /* the stages decide who is asked */
    ROUND_CALLS,
    ROUND_CLOSED,
};

struct round {
    struct council *council;
    const struct round_type *type;
    const struct round_stage *const *stages; /* in order; the last one is NULL */
    int stage;                               /* the one at hand */
    int step;                                /* how far that one is; its own to set */
    json_t *doc, *opts;
    int index, iteration;
    const char *name;
    char *key;
    enum round_phase phase;
    struct label_map *own_labels; /* scope round */
    struct seat_call *calls;      /* in document order, then what conclude added */
    int max_parallel;
    json_t *asked, *unavailable, *skipped; /* ids, ids, {id, reason} */
    int seats, need;
    int distinct; /* enum distinct_word */
    int64_t started_ms, end_ms;
    const char *end_reason;
    struct engine_timer timer;
    bool quorum_met;
    bool stopping;               /* its calls were ended for a reason that ends the round */
    json_t *routed;              /* ids that the router chose */
    struct bracket_level *level; /* pairwise_elimination: its matches */
    struct counting *counting;   /* counting.c; NULL: nothing is counted */
    struct iterate *iterate;     /* what this is an iteration of, or NULL */
    bool sequential;             /* one call at a time, each prepared when it begins */
    int converged;               /* 1, 0; -1: not asked */
    json_t *remaining;           /* ids, or NULL */
    json_t *matches, *weights;   /* or NULL */
    json_t *early_stop;          /* for the result, or NULL */
    bool early_told;
    int pretend; /* members from this number on count as still out; -1: none */
    const char *status, *reason;
    json_t *aggregate;
    double agreement;
    bool by_members; /* the aggregate orders members */
    int chair_tries;
};

/* Puts a call behind the others. The round frees it. */
void round_add_call(struct round *r, struct seat_call *c);
/* The member's own call; NULL when it was not asked. */
struct seat_call *round_call_of(const struct round *r, const char *member_id);
/* How many calls hold a reservation of tokens and money. */
int round_open_reservations(const struct round *r);

#endif
