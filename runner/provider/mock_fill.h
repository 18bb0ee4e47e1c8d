/* Fills in a JSON Schema for the mock provider: rankings that differ between members yet agree in
 * part, votes, scores, and anything else that the schema allows, with prose where prose belongs. */
#ifndef RUNNER_PROVIDER_MOCK_FILL_H
#define RUNNER_PROVIDER_MOCK_FILL_H

#include <jansson.h>

#include "mock_prompt.h"

/* A new value that fits the schema. */
json_t *mock_fill(json_t *schema, const struct mock_prompt *p, const char *call_id);

#endif
