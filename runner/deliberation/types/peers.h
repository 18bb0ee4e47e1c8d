/* What rounds share in which members read each other: peer_review, critique, debate. */
#ifndef RUNNER_DELIBERATION_TYPES_PEERS_H
#define RUNNER_DELIBERATION_TYPES_PEERS_H

#include <stdbool.h>

struct prompt;
struct round;
struct seat;
struct seat_call;

/* Does the seat have somebody else's answer to read? */
bool peers_can_ask(struct round *r, struct seat *s);
/* The answers of the others, with the own one where the round shows it, in the names of the round,
 * which the call reads from here on. */
void peers_show(struct prompt *p, bool with_own);
/* Says what is to be written, in the form for it, and finishes the prompt. and_revise: what is
 * asked beyond a review, in a form with critiques and the new answer; NULL: a review in plain
 * text. */
void peers_ask(struct prompt *p, struct seat_call *c, const char *instructions,
               const char *and_revise);

#endif
