/* What is left on the heap by a test that frees all that it has: a program without a sanitizer is
 * told so too. */
#ifndef TESTS_UNIT_HEAP_KEPT_H
#define TESTS_UNIT_HEAP_KEPT_H

#include <malloc.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct heap_user {
    void (*test)(void **state);
};

static inline void *heap_use(void *user)
{
    ((struct heap_user *)user)->test(NULL);
    return NULL;
}

/* In a thread of its own: with it go the chunks that a thread keeps for itself, which would count
 * as used. */
static inline size_t heap_after(void (*test)(void **state))
{
    struct heap_user user = {test};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, heap_use, &user), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    return mallinfo2().uordblks;
}

/* Runs the test, which has passed before, again and again. What it loses it loses every time; what
 * is made once counts in some of the turns only. */
static inline void assert_keeps_nothing(void (*test)(void **state))
{
    enum { TURNS = 5, LEAST_CHUNK = 32 };
    size_t before = heap_after(test), grown = LEAST_CHUNK;
    for (int i = 0; i < TURNS && grown >= LEAST_CHUNK; i++) {
        const size_t after = heap_after(test);
        grown = after > before ? after - before : 0;
        before = after;
    }
    if (grown >= LEAST_CHUNK)
        fail_msg("%zu bytes are kept", grown);
}

#endif
