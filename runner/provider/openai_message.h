/* The assistant's message of a stream of chat completions, put together so that it can be given
 * back whole: thoughts and signatures that the next turn has to have come in members of their own.
 */
#ifndef RUNNER_PROVIDER_OPENAI_MESSAGE_H
#define RUNNER_PROVIDER_OPENAI_MESSAGE_H

#include "reply.h"

/* Keeps what a delta has beyond its text and the usual parts of calls, as far as reply_keeps. */
void openai_message_keep(struct reply *reply, json_t *delta);
/* Sets reply->assistant from everything that came. */
void openai_message_make(struct reply *reply);

#endif
