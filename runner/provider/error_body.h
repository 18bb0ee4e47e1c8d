/* Error bodies: the words in which providers say why not, common to all wire formats. */
#ifndef RUNNER_PROVIDER_ERROR_BODY_H
#define RUNNER_PROVIDER_ERROR_BODY_H

#include <jansson.h>

#include "reply.h"

/* Reads an error value as found in a body or in a stream: {message, type, code, status, ...}, a
 * bare string, or something that holds one of these under `error` or `detail`. Sets the message,
 * and kind and code where they tell more than the HTTP status does; without a status (has_status
 * false, and no number in `code`) also where they stand in for it. */
void error_body_read(json_t *value, bool has_status, struct reply_fault *ret);
/* The same from the body of a reply with an error status, which may be no JSON at all (then it is
 * the message). */
void error_body_parse(const char *body, size_t len, struct reply_fault *ret);
/* An error that came in the place of an answer, under a status that says nothing: the server's own,
 * unless it is recognised or names a status. Always -EPROTO. */
int error_body_fail(struct reply *reply, json_t *value);

#endif
