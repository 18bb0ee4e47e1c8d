/* Timers that fire early, twice, or not at all kill runs that did nothing wrong. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "serve/timer.h"

static void never(void *arg)
{
    (void)arg;
    fail_msg("timers_take only hands timers out");
}

static void in_order_and_never_early(void **state)
{
    (void)state;
    struct timers timers = {0};
    struct timer t[3];
    for (int i = 0; i < 3; i++)
        assert_int_equal(timer_init(&timers, &t[i], never, NULL), 0);
    timer_set(&t[0], 1000, 30);
    timer_set(&t[1], 1000, 10);
    timer_set(&t[2], 1000, 20);
    assert_int_equal(timers_next(&timers), 11000);
    assert_null(timers_take(&timers, 10999));
    assert_ptr_equal(timers_take(&timers, 11000), &t[1]);
    assert_false(timer_is_set(&t[1]));
    timer_set(&t[0], 1000, 15); /* moved forward */
    assert_ptr_equal(timers_take(&timers, 100000), &t[0]);
    timer_clear(&t[2]);
    timer_clear(&t[2]);
    assert_null(timers_take(&timers, INT64_MAX));
    assert_int_equal(timers_next(&timers), INT64_MAX);
    for (int i = 0; i < 3; i++)
        timer_release(&t[i]);
    timers_release(&timers);
}

static void huge_times_do_not_overflow(void **state)
{
    (void)state;
    struct timers timers = {0};
    struct timer t;
    assert_int_equal(timer_init(&timers, &t, never, NULL), 0);
    timer_set(&t, 5000, INT64_MAX);
    assert_true(timers_next(&timers) > 5000);
    timer_set(&t, 5000, -7);
    assert_int_equal(timers_next(&timers), 5000);
    timer_release(&t);
    timers_release(&timers);
}

/* Thousands of random sets, moves and clears against a plain search. */
static void agrees_with_a_plain_list(void **state)
{
    (void)state;
    enum { COUNT = 200, STEPS = 20000 };
    static struct timer t[COUNT];
    struct timers timers = {0};
    unsigned seed = 7;
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(timer_init(&timers, &t[i], never, NULL), 0);
    for (int step = 0; step < STEPS; step++) {
        struct timer *one = &t[rand_r(&seed) % COUNT];
        if (rand_r(&seed) % 3)
            timer_set(one, 0, rand_r(&seed) % 1000);
        else
            timer_clear(one);
        int64_t least = INT64_MAX;
        for (int i = 0; i < COUNT; i++)
            if (timer_is_set(&t[i]) && t[i].due_us < least)
                least = t[i].due_us;
        assert_int_equal(timers_next(&timers), least);
    }
    int64_t last = 0;
    struct timer *next;
    while ((next = timers_take(&timers, INT64_MAX))) {
        assert_true(next->due_us >= last);
        last = next->due_us;
    }
    for (int i = 0; i < COUNT; i++)
        timer_release(&t[i]);
    assert_int_equal(timers.reserved, 0);
    timers_release(&timers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order_and_never_early),
        cmocka_unit_test(huge_times_do_not_overflow),
        cmocka_unit_test(agrees_with_a_plain_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
