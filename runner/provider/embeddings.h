/* Vectors of texts, as every OpenAI-compatible server has them under /embeddings. The reply becomes
 * structured {"vectors": [[number]]}, in the order of the texts. */
#ifndef RUNNER_PROVIDER_EMBEDDINGS_H
#define RUNNER_PROVIDER_EMBEDDINGS_H

#include "provider.h"

/* The body of the request; a new reference. */
json_t *embeddings_body(const struct provider_ask *ask);
/* Is this reply one with vectors? */
bool embeddings_is(const json_t *reply);
/* 0, or -EPROTO with the reply's fault. */
int embeddings_read(struct reply *reply, const json_t *doc);

#endif
