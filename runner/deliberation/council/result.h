/* The result document and what the opening events tell of a run. */
#ifndef RUNNER_DELIBERATION_COUNCIL_RESULT_H
#define RUNNER_DELIBERATION_COUNCIL_RESULT_H

#include <jansson.h>

struct council;
struct engine;

/* All new. */
json_t *result_document(struct council *c);
json_t *run_started_payload(struct engine *e);
json_t *members_payload(const struct council *c);
json_t *rounds_payload(const struct council *c);

#endif
