/* Runs a piece of code once for each allocation in it, with that allocation failing, and at last
 * with none failing:
 *
 *     for (int k = 0; failing_next(&k);) {
 *         int r = thing_new(&thing);
 *         failing_stop();
 *         ... r is 0 or -ENOMEM; free what there is ...
 *     }
 *     assert_true(failing_no_leak());
 *
 * Under AddressSanitizer, whose allocator cannot be replaced, the code runs once, undisturbed. */
#ifndef TESTS_UNIT_DAEMON_FAILING_H
#define TESTS_UNIT_DAEMON_FAILING_H

#include <errno.h>
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

static volatile int failing_countdown;
static volatile bool failing_happened;
static long failing_live; /* allocations */
static long failing_before;

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
extern void __libc_free(void *p);

void *malloc(size_t size)
{
    void *p = failing_now() ? NULL : __libc_malloc(size);
    failing_live += p != NULL;
    return p;
}

void *calloc(size_t count, size_t size)
{
    void *p = failing_now() ? NULL : __libc_calloc(count, size);
    failing_live += p != NULL;
    return p;
}

void *realloc(void *old, size_t size)
{
    void *p = failing_now() ? NULL : __libc_realloc(old, size);
    failing_live += p != NULL && old == NULL;
    return p;
}

void free(void *p)
{
    failing_live -= p != NULL;
    __libc_free(p);
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
        failing_before = failing_live;
    else if (!failing_happened)
        return false;
    failing_happened = false;
    failing_countdown = ++*k;
    return true;
}

static inline bool failing_no_leak(void)
{
    return failing_live <= failing_before;
}

#endif
