/* Reading what comes back in the format of Gemini's generateContent. */
#ifndef RUNNER_PROVIDER_GEMINI_REPLY_H
#define RUNNER_PROVIDER_GEMINI_REPLY_H

#include "reply.h"

int gemini_event(struct reply *reply, const char *type, const char *data, size_t len);
int gemini_whole(struct reply *reply, const char *body, size_t len);

#endif
