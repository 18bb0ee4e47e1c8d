/* What work costs, whatever else the machine does meanwhile. */
#ifndef TESTS_UNIT_CPU_TIME_H
#define TESTS_UNIT_CPU_TIME_H

#include <time.h>

/* Of this thread. */
static inline double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

#endif
