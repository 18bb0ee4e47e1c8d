/* Text that looks like a key of a provider: refused in documents, redacted in logs and errors. */
#ifndef PROTO_COUNCIL_CHECK_CREDENTIAL_H
#define PROTO_COUNCIL_CHECK_CREDENTIAL_H

#include <stddef.h>

/* Finds the first credential in the text and says in a word which kind it is; NULL when there is
 * none. ret_at and ret_len (its place and length, prefix included) may be NULL. A prefix alone is
 * no credential: "sk-" begins words of many languages, so enough key characters must follow. */
const char *credential_find(const char *text, size_t len, size_t *ret_at, size_t *ret_len);

#endif
