/* The beginning of a round: who is asked, what it will need, and what is told of it. */
#ifndef RUNNER_DELIBERATION_ROUND_ROUND_OPEN_H
#define RUNNER_DELIBERATION_ROUND_ROUND_OPEN_H

struct round;

/* When it ends at the latest. */
void round_set_end(struct round *r);
/* It is known who may be asked (r->routed): the calls of the members. */
void round_ask_members(struct round *r);
void round_ask_chair(struct round *r);
void round_tell_started(struct round *r);
/* A round that is not played. */
void round_skip(struct round *r, const char *reason);

#endif
