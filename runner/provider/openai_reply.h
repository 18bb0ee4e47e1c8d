/* Reading what comes back in the format of OpenAI's chat completions: the functions of the adapter
 * (provider.h), apart from the making of requests. */
#ifndef RUNNER_PROVIDER_OPENAI_REPLY_H
#define RUNNER_PROVIDER_OPENAI_REPLY_H

#include "reply.h"

int openai_event(struct reply *reply, const char *type, const char *data, size_t len);
int openai_whole(struct reply *reply, const char *body, size_t len);

#endif
