/* Input mappers: the task as one seat sees it. */
#ifndef RUNNER_DELIBERATION_CALL_MAPPER_H
#define RUNNER_DELIBERATION_CALL_MAPPER_H

#include <jansson.h>

struct seat_call;

/* The input of the council through the seat's mapper; the input itself without one. New. */
json_t *mapped_input(const struct seat_call *call);

#endif
