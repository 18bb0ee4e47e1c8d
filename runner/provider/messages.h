/* What adapters read out of the engine's messages: [{role, content, tool_calls, assistant, ...}].
 */
#ifndef RUNNER_PROVIDER_MESSAGES_H
#define RUNNER_PROVIDER_MESSAGES_H

#include "provider.h"

/* The provider's own message of an assistant message, when this wire format made it; borrowed. */
json_t *message_own(json_t *message, const struct provider *p);
/* The object that the text of a call's arguments holds; an empty one when it holds none. A new
 * reference. */
json_t *message_args(json_t *call);
/* All system messages, a blank line between them: malloc'ed, NULL when there are none. */
char *messages_system(json_t *messages);

#endif
