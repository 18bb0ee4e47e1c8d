/* When a limit that a provider tells of in headers is over. Most of them send Retry-After with a
 * 429; some only say how much is left of each limit and when it is full again. */
#ifndef RUNNER_NET_RATE_LIMIT_H
#define RUNNER_NET_RATE_LIMIT_H

#include <stdint.h>

/* Gives the value of a header of the reply, NULL when it is absent. */
typedef const char *(*rate_limit_header)(void *context, const char *name);

/* The longest wait, in milliseconds, for a limit of which nothing is left; -1: none says so. */
int64_t rate_limit_wait_ms(rate_limit_header header, void *context, int64_t now_ms);

/* One reset time: a duration as OpenAI writes it ("6m0s", "1.2s", "20ms"), an RFC 3339 time, a
 * number of seconds, or a Unix time in seconds or milliseconds. -1: none of them. */
int64_t rate_limit_reset_ms(const char *text, int64_t now_ms);

#endif
