/* The hashes of resolved documents: of canonical JSON without some of their fields. */
#ifndef PROTO_COUNCIL_DOCUMENT_HASH_H
#define PROTO_COUNCIL_DOCUMENT_HASH_H

#include <jansson.h>

#include "proto/json/canonical.h"

/* The two hashes of a resolved document (council or auto): without metadata; and also without what
 * cannot change what a seat is asked. 0 or -ENOMEM. */
int council_document_sha256(const json_t *resolved, char ret[SHA256_HEX_SIZE]);
int council_ask_sha256(const json_t *resolved, char ret[SHA256_HEX_SIZE]);
/* What the second of them is made of. A new reference; NULL: no memory. */
json_t *council_asked(const json_t *resolved);

#endif
