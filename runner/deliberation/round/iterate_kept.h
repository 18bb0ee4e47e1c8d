/* What an iterated round keeps of the iterations before the one that is being played: answers,
 * ballots, prompts. iterate.h plays the iterations. */
#ifndef RUNNER_DELIBERATION_ROUND_ITERATE_KEPT_H
#define RUNNER_DELIBERATION_ROUND_ITERATE_KEPT_H

#include <jansson.h>
#include <stdbool.h>

#include "cast.h"

struct answer;
struct council;
struct first_prompt;
struct round;
struct seat;
struct seat_call;

struct iterate {
    struct council *council;
    json_t *doc, *round_doc; /* of the iterate round, of the wrapped one */
    int iteration, max, min;
    json_t *until;
    bool blind, pool;
    char *winner;
    int same_winner;
    /* Before the iteration that is being played. */
    struct answer *answers; /* one for each member */
    json_t *aggregate;
    struct cast *casts; /* ballots that counted in the iteration before */
    struct cast *kept;  /* ballots that a later count retains */
    struct first_prompt *prompts;
};

/* Before an iteration: keeps the state that stands if it is lost. */
void iterate_keep(struct iterate *l);
/* The iteration lost its quorum: puts the state before it back. False in the first iteration, where
 * the round's own rule holds. */
bool iterate_lost(struct iterate *l, struct round *r);
/* With `blind`: the prompt of the first iteration in place of the one just made. */
void iterate_blind(struct iterate *l, struct seat_call *c);

/* The casts that count in this iteration: those of the round and what is retained. Takes the list
 * over and gives the one that counts back. */
struct cast *iterate_casts(struct iterate *l, struct cast *own);
/* Does the count pool the ballots of all iterations? Then nothing stops early. */
bool iterate_pools(const struct iterate *l);
/* The ballots that counted in the iteration before; NULL for none. */
const struct cast *iterate_casts_before(const struct iterate *l);
/* Text of a member's answer before this iteration, NULL for none. */
const char *iterate_answer_before(const struct iterate *l, const struct seat *s);
/* Frees all that is kept. */
void iterate_forget(struct iterate *l);

#endif
