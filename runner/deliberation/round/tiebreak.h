/* The chair breaks a tie. */
#ifndef RUNNER_DELIBERATION_ROUND_TIEBREAK_H
#define RUNNER_DELIBERATION_ROUND_TIEBREAK_H

struct count_of;
struct counting;
struct round;

/* Queues a call to the chair: k->tiebreak. */
void tiebreak_ask(struct round *r, struct counting *k, const struct count_of *what);
/* Takes its choice when it has answered; none has no effect. */
void tiebreak_take(struct counting *k);

#endif
