/* A complete answer of a model: charged, told, read; then the call is done, asks once more for the
 * form, or runs the tools that the model calls. */
#ifndef RUNNER_DELIBERATION_CALL_COMPLETE_ANSWER_H
#define RUNNER_DELIBERATION_CALL_COMPLETE_ANSWER_H

#include <jansson.h>

struct seat_call;

/* fact: an exchange_completed, of a provider or of an ended run. */
void answer_take(struct seat_call *c, json_t *fact);

#endif
