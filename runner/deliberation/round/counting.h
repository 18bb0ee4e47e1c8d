/* From the answers of a round to its aggregate: ballots with their weights, the rule, the ties,
 * the document (reference 4). */
#ifndef RUNNER_DELIBERATION_ROUND_COUNTING_H
#define RUNNER_DELIBERATION_ROUND_COUNTING_H

#include "runner/deliberation/count/count.h"
#include "runner/deliberation/state/state.h"

struct counting;

/* One ballot that counts in this round. */
struct cast {
    struct seat *seat;
    json_t *ballot;    /* as read; NULL: the seat is silent and counts for missing_counts_as */
    json_t *presented; /* ids */
    double confidence;
    double share;                 /* of the seat's vote, when several of its ballots count */
    const char *provider, *model; /* who gave it */
    bool carried;
    bool unheard; /* its call was ended by an early stop: a seat, but not a missing ballot */
    struct cast *next;
};

struct cast *cast_new(const struct seat_call *c);
/* A seat without a ballot. */
struct cast *cast_silent(struct seat *s, bool unheard);
struct cast *cast_copy(const struct cast *c);
void cast_free(struct cast *c);
void casts_free(struct cast *list);

/* What is counted, beside the casts. */
struct count_of {
    const char *over;   /* members, options, free */
    json_t *candidates; /* ids; for free: NULL, they come out of the ballots */
    json_t *texts;      /* {option: text} or NULL */
    const char *absent; /* the aggregator when the opts name none */
};

/* Counts and settles; MORE_CALLS when the chair was asked to break a tie: call again when it has
 * answered. At the end r->aggregate and r->agreement are set. */
enum conclusion counting_conclude(struct round *r, const struct count_of *what);
void counting_free(struct counting *k);

/* After each settled ballot: is the leader beyond reach? Reports it once, and with early_stop
 * `stop` ends the calls that are still open. */
void counting_watch(struct round *r, const struct count_of *what);

/* Does the round pretend that this member's ballot is still out? */
bool round_pretends(const struct round *r, const struct seat *s);

/* The casts of this round, with those that a loop retains; the caller frees them. */
struct cast *round_casts(struct round *r);

#endif
