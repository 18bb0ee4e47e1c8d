/* JSON Schema, the part that providers of language models use: type, properties,
 * required, additionalProperties, items, enum, const, minimum, maximum, exclusiveMinimum,
 * exclusiveMaximum, minLength, maxLength, minItems, maxItems, uniqueItems, anyOf, $defs with local
 * $ref. Other keywords are annotations. */
#ifndef RUNNER_DELIBERATION_FORM_SCHEMA_H
#define RUNNER_DELIBERATION_FORM_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "runner/deliberation/words/strbuf.h"

/* Checks a value. The first faults are appended to `errors` (an array, may be NULL) as lines
 * "/path: what is wrong". True when there is none. A check takes SCHEMA_STEPS at most; what is not
 * known by then is a fault too: references that lead down a thousand ways must not keep a run from
 * its deadline. */
bool schema_check(json_t *schema, json_t *value, json_t *errors);
/* The same for several checks that share their steps; none is left below 0. */
enum { SCHEMA_STEPS = 200000 };
bool schema_check_within(json_t *schema, json_t *value, json_t *errors, int64_t *steps);

/* Equal as JSON Schema has it: 1 and 1.0 are. */
bool schema_equal(const json_t *a, const json_t *b);

/* What a `$ref` names in the schema whose root this is; NULL: nothing. Borrowed. */
json_t *schema_target(json_t *root, const char *ref);

/* A filled example of what the schema asks for, for models: "...", numbers, one item per list; one
 * that grows too long ends in dots. */
void schema_skeleton(json_t *schema, struct strbuf *out);

#endif
