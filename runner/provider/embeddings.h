/* Vectors of texts: POST {base_url}/embeddings, as every OpenAI-compatible server has it. The reply
 * becomes structured {"vectors": [[number]]}, in the order of the texts. */
#ifndef RUNNER_PROVIDER_EMBEDDINGS_H
#define RUNNER_PROVIDER_EMBEDDINGS_H

#include "provider.h"

/* Fills url and body; the headers are the caller's. */
void embeddings_build(const struct provider_config *config, const struct provider_ask *ask,
                      struct provider_request *ret);
/* Is this reply one with vectors? */
bool embeddings_is(const json_t *reply);
/* 0, or -EPROTO with the reply's fault. */
int embeddings_read(struct reply *reply, const json_t *doc);

#endif
