/* Canonical JSON: keys sorted by bytes, no white space, reals with 17 significant digits; and the
 * SHA-256 of it, by which documents, questions and tasks are known. There is no other form. */
#ifndef PROTO_JSON_CANONICAL_H
#define PROTO_JSON_CANONICAL_H

#include <jansson.h>
#include <stddef.h>

enum { SHA256_HEX_SIZE = 65 }; /* 64 lower-case hex digits and a NUL */

/* A malloc'ed string, NULL when out of memory. ret_len may be NULL. */
char *json_canonical(const json_t *value, size_t *ret_len);

/* SHA-256 of the canonical form. 0 or -ENOMEM. */
int json_canonical_sha256(const json_t *value, char ret[SHA256_HEX_SIZE]);

/* SHA-256 of bytes; returns ret. */
char *sha256_hex(const void *bytes, size_t len, char ret[SHA256_HEX_SIZE]);

#endif
