/* The quorum of a round: how many members (or different providers, or models) must answer, how many
 * have, and what it means when they have not. Rounds of the chair and of judges have none. */
#ifndef RUNNER_DELIBERATION_ROUND_QUORUM_H
#define RUNNER_DELIBERATION_ROUND_QUORUM_H

#include <jansson.h>
#include <stdbool.h>

struct round;

/* From the document of the round, when it is known who is asked. */
void quorum_set(struct round *r);
/* How many have answered, as the quorum counts them. */
int quorum_ok(const struct round *r);
/* Does the council end when it is lost? Else it goes on as degraded. */
bool quorum_loss_refuses(const struct round *r);
/* At the end: sets the status of the round, and ends the council where it must. */
void quorum_check(struct round *r);
json_t *quorum_wanted(const struct round *r); /* {need, of, distinct} or null, new */
json_t *quorum_json(const struct round *r);   /* {need, of, ok, met} or null, new */

#endif
