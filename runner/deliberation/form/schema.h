/* JSON Schema, the part that providers of language models use: type, properties,
 * required, additionalProperties, items, enum, const, minimum, maximum, exclusiveMinimum,
 * exclusiveMaximum, minLength, maxLength, minItems, maxItems, uniqueItems, anyOf, $defs with local
 * $ref. Other keywords are annotations. */
#ifndef RUNNER_DELIBERATION_FORM_SCHEMA_H
#define RUNNER_DELIBERATION_FORM_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>

#include "runner/deliberation/words/strbuf.h"

/* Checks a value. Each fault is appended to `errors` (an array, may be NULL) as a line
 * "/path: what is wrong". True when there is none. */
bool schema_check(json_t *schema, json_t *value, json_t *errors);

/* Equal as JSON Schema has it: 1 and 1.0 are. */
bool schema_equal(const json_t *a, const json_t *b);

/* A filled example of what the schema asks for, for models: "...", numbers, one item per list. */
void schema_skeleton(json_t *schema, struct strbuf *out);

#endif
