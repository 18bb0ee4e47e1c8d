/* iterate: a wrapped round again and again until its condition holds (reference 3.5, 3.6). */
#ifndef RUNNER_DELIBERATION_ROUND_ITERATE_H
#define RUNNER_DELIBERATION_ROUND_ITERATE_H

#include "counting.h"
#include "runner/deliberation/state/state.h"

struct iteration;

/* From the document of an iterate round. */
struct iteration *loop_new(struct council *c, json_t *doc);
void loop_free(struct iteration *l);
/* The wrapped round as a round of its own. Belongs to the loop. */
json_t *loop_round_doc(struct iteration *l);
int loop_iteration(const struct iteration *l);

/* Before an iteration: keeps the state that stands if it is lost. */
void loop_begin(struct iteration *l, struct round *r);
/* With `blind`: the prompt of the first iteration in place of the one just made. */
void loop_blind(struct iteration *l, struct seat_call *c);
/* Before the iteration closes: converged? MORE_CALLS: a judge is asked first. */
enum conclusion loop_conclude(struct round *r);
/* After it closed: true when another iteration follows. */
bool loop_next(struct iteration *l, struct round *r);
/* The iteration lost its quorum: puts the state before it back. False in the first iteration,
 * where the round's own rule holds. */
bool loop_lost(struct iteration *l, struct round *r);

/* The casts that count in this iteration: those of the round and what is retained. Takes the list
 * over and gives the one that counts back. */
struct cast *loop_casts(struct iteration *l, struct round *r, struct cast *own);
/* Does the count of this loop pool the ballots of all iterations? Then nothing stops early. */
bool loop_pools(const struct iteration *l);
/* The ballots that counted in the iteration before; NULL for none. */
const struct cast *loop_casts_before(const struct iteration *l);
/* Text of a member's answer before this iteration, NULL for none. */
const char *loop_answer_before(const struct iteration *l, const struct seat *s);

#endif
