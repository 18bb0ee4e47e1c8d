/* How a stop is given in JSON: milliseconds of grace, or a word of enum shutdown. Both directions.
 */
#ifndef PROTO_SHUTDOWN_WORDS_H
#define PROTO_SHUTDOWN_WORDS_H

#include <jansson.h>
#include <stdint.h>

#include "field.h"
#include "proto/json/json_span.h"

/* Milliseconds, or one of enum shutdown; of more than a hundred years they are a hundred. 0, or
 * -EINVAL: it is neither. */
int shutdown_read(struct json_span value, int64_t *ret);
/* The same as run.start takes it. A new reference, NULL: no memory. */
json_t *shutdown_json(int64_t shutdown);

#endif
