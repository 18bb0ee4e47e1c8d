/* Reading what comes back in the format of Gemini's generateContent, and the schemas that it takes.
 */
#ifndef RUNNER_PROVIDER_GEMINI_H
#define RUNNER_PROVIDER_GEMINI_H

#include "reply.h"

int gemini_event(struct reply *reply, const char *type, const char *data, size_t len);
int gemini_whole(struct reply *reply, const char *body, size_t len);
void gemini_error(const char *body, size_t len, struct reply_fault *ret);

/* A JSON Schema in the part of OpenAPI's form that responseSchema knows: unknown keywords are left
 * out, references filled in, `const` becomes an enum, ["x", "null"] a nullable x, and the order of
 * the properties is told. A new reference. */
json_t *gemini_schema(json_t *schema);

#endif
