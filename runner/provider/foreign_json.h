/* JSON as providers write it, read with patience: what is paid for is not thrown away because of a
 * number or a letter that is not as it should be. */
#ifndef RUNNER_PROVIDER_FOREIGN_JSON_H
#define RUNNER_PROVIDER_FOREIGN_JSON_H

#include <jansson.h>
#include <stddef.h>

/* Any value; a new reference, NULL when it is no JSON even so. An integer of more than 63 bits is a
 * real, one beyond all reals the greatest; NaN and Infinity are null; a lone surrogate, a byte that
 * is no UTF-8 and, where it cannot stand, a NUL is U+FFFD; a control character in a string is taken
 * as it is. */
json_t *foreign_json(const char *at, size_t len);

#endif
