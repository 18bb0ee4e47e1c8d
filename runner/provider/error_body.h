/* Error bodies: the words in which providers say why not, common to all wire formats. */
#ifndef PROVIDER_ERROR_BODY_H
#define PROVIDER_ERROR_BODY_H

#include <jansson.h>

#include "reply.h"

/* Reads an error value as found in a body or in a stream: {message, type, code, status, ...}, a
 * bare string, or something that holds one of these under `error` or `detail`. Sets the message,
 * and kind and code where they tell more than a status would. */
void error_body_read(json_t *value, struct reply_fault *ret);
/* The same from text, which may be no JSON at all (then it is the message). */
void error_body_parse(const char *body, size_t len, struct reply_fault *ret);

#endif
