/* SHA-256 of JSON text by its values, without a tree: the order of members, white space and the way
 * in which a string is escaped make no difference; numbers count as they are written. */
#ifndef PROTO_JSON_JSON_DIGEST_H
#define PROTO_JSON_JSON_DIGEST_H

#include "canonical.h"
#include "json_span.h"

/* Of the object that these are the members of, without those in left_out (NULL-terminated). The
 * text has passed json_scan. */
void json_digest_members(const struct json_list *members, const char *const *left_out,
                         char ret[SHA256_HEX_SIZE]);

#endif
