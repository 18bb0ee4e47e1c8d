/* From the ballots of a round to a tally: candidates, ballots with their weights, the rule. */
#ifndef RUNNER_DELIBERATION_ROUND_TALLYING_H
#define RUNNER_DELIBERATION_ROUND_TALLYING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "proto/council/tables/words.h"

#include "cast.h"
#include "runner/deliberation/count/aggregator.h"

struct round;
struct seat_call;

/* What is counted, beside the casts. */
struct count_of {
    enum over_word over;
    json_t *candidates; /* ids; for free: NULL, they come out of the ballots */
    json_t *texts;      /* {option: text} or NULL */
};

struct counting {
    const struct aggregator *rule;
    struct count_facts facts;
    json_t *names; /* ids; keeps the strings of `name` alive */
    const char **name;
    int n;
    struct cast *casts;
    struct ballots ballots;
    struct tally tally;
    int imputed;       /* weights that were assumed */
    int uninformative; /* ballots with one candidate */
    int *lot;
    json_t *rules; /* tie rules */
    size_t next;   /* of them */
    struct seat_call *tiebreak;
};

/* Counts the round as it stands, or as it pretends to. */
struct counting *counting_new(struct round *r, const struct count_of *what);
void counting_free(struct counting *k);
/* The candidate of that name; -1 for none. free_words: as people write it. */
int counting_find(const struct counting *k, const char *id, bool free_words);
/* Which candidates stand on a ballot. presented: ids, or NULL: all. */
void counting_fill_presented(const struct counting *k, const struct count_of *what,
                             const json_t *presented, struct ballot *v);

#endif
