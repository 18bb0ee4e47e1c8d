/* From a question of the engine to a request in any format: what holds for all of them. */
#ifndef RUNNER_PROVIDER_PUT_QUESTION_H
#define RUNNER_PROVIDER_PUT_QUESTION_H

#include "provider.h"

/* What is known of a model by its name. */
struct model_family provider_family(const struct provider_config *config, const char *model);

/* The format in which this question is to be put: that of the provider, or the one to which the
 * model's family moves it. */
const struct provider *provider_to_ask(const struct provider *p,
                                       const struct provider_config *config,
                                       const struct provider_ask *ask);

/* Builds the request. The model's name has to be one in that format (-EINVAL). The conversation is
 * put in order first: a message that another provider wrote goes as plain text, calls of tools that
 * nobody answered are left out, and so is an assistant's message without anything in it. Options
 * that this format may not be given are left out as well. */
int provider_build(const struct provider *p, const struct provider_config *config,
                   const struct provider_ask *ask, struct provider_request *ret, struct error *err);

#endif
