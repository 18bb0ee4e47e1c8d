/* Runs a piece of code once for each allocation in it, with that allocation failing, and at last
 * with none failing:
 *
 *     for (int k = 0; failing_next(&k);) {
 *         int r = thing_new(&thing);
 *         failing_stop();
 *         ... r is 0 or -ENOMEM; free what there is ...
 *     }
 *     failing_no_leak();
 *
 * Under AddressSanitizer, whose allocator cannot be replaced, the code runs once, undisturbed. */
#ifndef TESTS_UNIT_DAEMON_FAILING_H
#define TESTS_UNIT_DAEMON_FAILING_H

#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define FAILING_WORKS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FAILING_WORKS 0
#endif
#endif
#ifndef FAILING_WORKS
#define FAILING_WORKS 1
#endif

static int failing_countdown;
static bool failing_happened;
static size_t failing_in_use;

static inline bool failing_now(void)
{
    if (failing_countdown == 0 || --failing_countdown > 0)
        return false;
    failing_happened = true;
    errno = ENOMEM;
    return true;
}

#if FAILING_WORKS
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *p, size_t size);

void *malloc(size_t size)
{
    return failing_now() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return failing_now() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *p, size_t size)
{
    return failing_now() ? NULL : __libc_realloc(p, size);
}
#endif

static inline void failing_stop(void)
{
    failing_countdown = 0;
}

static inline bool failing_next(int *k)
{
    failing_stop();
    if (*k == 0)
        failing_in_use = mallinfo2().uordblks;
    else if (!failing_happened)
        return false;
    failing_happened = false;
    failing_countdown = ++*k;
    return true;
}

static inline bool failing_no_leak(void)
{
    return !FAILING_WORKS || mallinfo2().uordblks <= failing_in_use;
}

#endif
