/* Reading what comes back in the format of Anthropic's messages. The functions of the adapter
 * (provider.h), apart from the making of requests. */
#ifndef RUNNER_PROVIDER_ANTHROPIC_REPLY_H
#define RUNNER_PROVIDER_ANTHROPIC_REPLY_H

#include "reply.h"

/* The name of the tool that stands for "answer in this form": a call of it is the answer. */
#define ANTHROPIC_FORM_TOOL "council_answer"

int anthropic_event(struct reply *reply, const char *type, const char *data, size_t len);
int anthropic_whole(struct reply *reply, const char *body, size_t len);

#endif
