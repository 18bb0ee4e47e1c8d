/* The range of JSON numbers. */
#ifndef PROTO_JSON_JSON_NUMBER_H
#define PROTO_JSON_JSON_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Both take the text of a number that is well-formed by RFC 8259. */

/* An integer: false when it is outside of 64 bits. ret may be NULL. */
bool json_number_int(const char *at, size_t len, int64_t *ret);
/* A number with fraction or exponent: false when it overflows a double. */
bool json_number_real_fits(const char *at, size_t len);

#endif
