/* Reading what comes back in the format of OpenAI's responses. */
#ifndef RUNNER_PROVIDER_OPENAI_RESPONSES_REPLY_H
#define RUNNER_PROVIDER_OPENAI_RESPONSES_REPLY_H

#include "reply.h"

int openai_responses_event(struct reply *reply, const char *type, const char *data, size_t len);
int openai_responses_whole(struct reply *reply, const char *body, size_t len);

#endif
