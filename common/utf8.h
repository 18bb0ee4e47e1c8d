/* UTF-8 as RFC 3629 has it: no surrogates, no overlong forms, nothing above U+10FFFF. */
#ifndef COMMON_UTF8_H
#define COMMON_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* Length of the well-formed sequence at s (1..4), 0 when there is none in the first len bytes.
 * ret_code may be NULL. */
size_t utf8_sequence(const char *s, size_t len, uint32_t *ret_code);
bool utf8_valid(const char *s, size_t len);
/* Writes a code point: the number of bytes (1..4). */
size_t utf8_encode(uint32_t code, char ret[4]);
/* Adds the text with every ill-formed byte replaced by U+FFFD: 0 or -errno. */
int utf8_sanitize(struct buf *to, const char *s, size_t len);
/* The greatest length <= len that does not cut a sequence of valid text in two. */
size_t utf8_cut(const char *s, size_t len);

#endif
