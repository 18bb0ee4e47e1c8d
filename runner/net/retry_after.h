/* The Retry-After header [RFC 9110, 10.2.3]: seconds (a fraction is understood too), or one of the
 * three HTTP date forms. */
#ifndef RUNNER_NET_RETRY_AFTER_H
#define RUNNER_NET_RETRY_AFTER_H

#include <stdint.h>

/* Milliseconds to wait, >= 0 (a date that has passed gives 0); -1 when the text is neither.
 * now_ms: wall clock, milliseconds since 1970. */
int64_t retry_after_ms(const char *text, int64_t now_ms);

#endif
