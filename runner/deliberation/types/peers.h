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
/* Are answers shown with the ids of their writers? */
bool peers_attributed(const struct round *r);
/* The answers of the others, with the own one where the round shows it. */
void peers_show(struct prompt *p, bool with_own, bool by_id);
/* Critiques and a revised answer; or a review in plain text. */
void peers_critique_form(struct seat_call *c, bool by_id);
void peers_review_form(struct seat_call *c);
/* Says what is to be written, in the form for it, and finishes the prompt. and_revise: what is
 * asked beyond a review; NULL: nothing. */
void peers_ask(struct prompt *p, struct seat_call *c, bool by_id, const char *instructions,
               const char *and_revise);

#endif
