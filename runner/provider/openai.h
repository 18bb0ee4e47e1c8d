/* Reading what comes back in the format of OpenAI chat completions. The functions of the adapter
 * (provider.h), apart from the making of requests. */
#ifndef PROVIDER_OPENAI_H
#define PROVIDER_OPENAI_H

#include "reply.h"

int openai_event(struct reply *reply, const char *type, const char *data, size_t len);
int openai_whole(struct reply *reply, const char *body, size_t len);
void openai_error(const char *body, size_t len, struct reply_fault *ret);

#endif
