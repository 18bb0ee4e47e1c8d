/* The form of an answer round. */
#ifndef RUNNER_DELIBERATION_TYPES_ANSWER_FORM_H
#define RUNNER_DELIBERATION_TYPES_ANSWER_FORM_H

#include <stdbool.h>

struct seat_call;

/* The seat's own schema, else text with the tail that its confidence wants, and `changed` where the
 * round asks for it. */
void answer_form(struct seat_call *c, bool changed);

#endif
