/* Reading the pieces of the mock provider back: the functions of the adapter (provider.h), apart
 * from the making of requests. */
#ifndef RUNNER_PROVIDER_MOCK_REPLY_H
#define RUNNER_PROVIDER_MOCK_REPLY_H

#include "reply.h"

int mock_event(struct reply *reply, const char *type, const char *data, size_t len);
int mock_whole(struct reply *reply, const char *body, size_t len);
void mock_error(const char *body, size_t len, struct reply_fault *ret);

/* A time of a script or of the options, at most a day; below 0 is 0. */
int64_t mock_option_ms(json_t *object, const char *name, int64_t otherwise);

#endif
