/* Nearly every event of a stream in the format of OpenAI's chat completions is a piece of text and
 * nothing else: it is read here, without making a tree of it. */
#ifndef RUNNER_PROVIDER_OPENAI_PLAIN_H
#define RUNNER_PROVIDER_OPENAI_PLAIN_H

#include "reply.h"

/* 1: taken; 0: it holds more and has to be read as a tree; < 0: failed, with the reply's fault. */
int openai_plain(struct reply *reply, const char *data, size_t len);

#endif
