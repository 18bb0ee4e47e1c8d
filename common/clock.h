/* Time. Durations and timers use the monotonic clock; the wall clock only stamps records. */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

#include <stdint.h>

enum { CLOCK_RFC3339_SIZE = 32 };

int64_t clock_mono_ms(void); /* CLOCK_MONOTONIC, milliseconds */
int64_t clock_mono_us(void); /* the same in microseconds */
int64_t clock_wall_ms(void); /* milliseconds since 1970, UTC */

/* `2026-11-22T17:42:00.123Z`; ret has CLOCK_RFC3339_SIZE bytes. Returns ret. */
char *clock_rfc3339(int64_t wall_ms, char *ret);
/* The way back; -EINVAL when the text is no such stamp. Fractions beyond milliseconds are cut off.
 */
int clock_parse_rfc3339(const char *text, int64_t *ret_wall_ms);

#endif
