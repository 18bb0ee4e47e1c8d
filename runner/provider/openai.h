/* The format of OpenAI chat completions: reading what comes back, and the parts of its requests
 * that other formats share. */
#ifndef RUNNER_PROVIDER_OPENAI_H
#define RUNNER_PROVIDER_OPENAI_H

#include "provider.h"
#include "reply.h"

int openai_event(struct reply *reply, const char *type, const char *data, size_t len);
int openai_whole(struct reply *reply, const char *body, size_t len);
void openai_error(const char *body, size_t len, struct reply_fault *ret);

/* The body of a request; a new reference. */
json_t *openai_body(const struct provider_config *config, const struct provider_ask *ask);
/* Content-Type, Accept, the key as a bearer token, and those of the configuration. */
void openai_add_headers(const struct provider_config *config, const struct provider_ask *ask,
                        struct provider_request *ret);
/* o1, o3-mini, gpt-5 and their like: a vendor prefix such as "openai/" is passed over. */
bool openai_is_reasoning(const char *model);
/* A schema's name in the characters that are allowed there; malloc'ed. */
char *openai_schema_name(const char *name);
/* "strict" demands that every object names all its properties as required and forbids others. */
bool openai_is_strict(json_t *schema);

#endif
