/* base64url without padding, RFC 4648 section 5. */
#ifndef COMMON_BASE64URL_H
#define COMMON_BASE64URL_H

#include <stddef.h>

#define BASE64URL_LEN(bytes) (((bytes)*8 + 5) / 6)

/* ret has BASE64URL_LEN(len) + 1 bytes; NUL-terminated. */
void base64url_encode(const void *bytes, size_t len, char *ret);

#endif
