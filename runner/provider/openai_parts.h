/* The parts of requests that OpenAI's formats and their like share. */
#ifndef RUNNER_PROVIDER_OPENAI_PARTS_H
#define RUNNER_PROVIDER_OPENAI_PARTS_H

#include "provider.h"

/* The body of a request for a chat completion; a new reference. own: the format whose messages are
 * given back as they came. */
json_t *openai_body(const struct provider *own, const struct provider_config *config,
                    const struct provider_ask *ask);
/* [{type: "function", function: {name, description, parameters}}]; a new reference. */
json_t *openai_tools(json_t *tools);
/* A schema's name in the characters that are allowed there; malloc'ed. */
char *openai_schema_name(const char *name);
/* "strict" demands that every object names all its properties as required and forbids others. */
bool openai_is_strict(json_t *schema);

#endif
