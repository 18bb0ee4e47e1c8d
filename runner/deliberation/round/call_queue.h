/* The queue of a round: its calls begin in order, no more at once than it may have. */
#ifndef RUNNER_DELIBERATION_ROUND_CALL_QUEUE_H
#define RUNNER_DELIBERATION_ROUND_CALL_QUEUE_H

#include <stdbool.h>

struct round;

/* Begins what may begin, and lets those go on that waited for money. True when something moved. */
bool queue_begin(struct round *r);
/* Answerers other than providers move with the round. True when something moved. */
bool queue_step(struct round *r);
/* How many calls are not done. */
int queue_pending(const struct round *r);

#endif
