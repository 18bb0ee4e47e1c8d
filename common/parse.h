/* Numbers out of text. The whole text has to be the number: no blanks, no sign but a leading '-'.
 */
#ifndef COMMON_PARSE_H
#define COMMON_PARSE_H

#include <stdint.h>

/* 0, or -EINVAL (no number) or -ERANGE (outside min..max). */
int parse_int(const char *text, int64_t min, int64_t max, int64_t *ret);

#endif
