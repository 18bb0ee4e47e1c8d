/* The schemas that Gemini takes. */
#ifndef RUNNER_PROVIDER_GEMINI_SCHEMA_H
#define RUNNER_PROVIDER_GEMINI_SCHEMA_H

#include <jansson.h>

/* A JSON Schema in the part of OpenAPI's form that responseSchema knows: unknown keywords are left
 * out, references filled in, `const` becomes an enum, ["x", "null"] a nullable x, and the order of
 * the properties is told. References that lead down many ways are filled in to about a MiB; what is
 * behind that is left open. A new reference. */
json_t *gemini_schema(json_t *schema);

#endif
