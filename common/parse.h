/* Numbers out of text. The whole text has to be the number: no blanks, no sign but a leading '-'.
 */
#ifndef COMMON_PARSE_H
#define COMMON_PARSE_H

#include <stdbool.h>
#include <stdint.h>

/* 0, or -EINVAL (no number) or -ERANGE (outside min..max). */
int parse_int(const char *text, int64_t min, int64_t max, int64_t *ret);
/* true, false, yes, no, on, off, 1, 0: 0 or -EINVAL. */
int parse_bool(const char *text, bool *ret);

#endif
