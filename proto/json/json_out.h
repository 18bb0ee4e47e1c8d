/* Writing JSON into buffers: compact, always well-formed UTF-8, never a raw line break. All
 * functions return 0, -ENOMEM or -EMSGSIZE, and leave the buffer as it was on failure. */
#ifndef PROTO_JSON_JSON_OUT_H
#define PROTO_JSON_JSON_OUT_H

#include <jansson.h>
#include <stddef.h>

#include "common/buf.h"
#include "json_span.h"

/* A tree, or `null` for NULL. */
int json_out(struct buf *to, const json_t *json);
/* A string in quotes; ill-formed UTF-8 becomes U+FFFD. NULL gives `null`. */
int json_out_string(struct buf *to, const char *text);
int json_out_text(struct buf *to, const char *text, size_t len);
/* Bytes that are JSON already, or `null` for at == NULL. Line breaks between values, which a file
 * may have and a line may not, become blanks. */
int json_out_span(struct buf *to, struct json_span json);
/* The same as a member that is not the first: `,"name":` before it. The name is a plain word. */
int json_out_member(struct buf *to, const char *name, struct json_span json);

#endif
