/* Timers that fire early, twice, or not at all kill runs that did nothing wrong. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "daemon/failing.h"
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

/* A hundred years is for ever. */
static void huge_times_do_not_overflow(void **state)
{
    (void)state;
    static const int64_t ever = INT64_C(3155760000000);
    static const struct {
        int64_t ms, due_ms;
    } rows[] = {
        {INT64_MIN, 0},       {-7, 0},      {-1, 0},          {0, 0},           {1, 1}, {2, 2},
        {ever - 1, ever - 1}, {ever, ever}, {ever + 1, ever}, {INT64_MAX, ever}};
    struct timers timers = {0};
    struct timer t;
    assert_int_equal(timer_init(&timers, &t, never, NULL), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        timer_set(&t, 5000, rows[i].ms);
        assert_int_equal(timers_next(&timers), 5000 + rows[i].due_ms * 1000);
    }
    timer_release(&t);
    timers_release(&timers);
}

static void it_keeps_what_it_is_for(void **state)
{
    (void)state;
    struct timers timers = {0};
    struct timer t;
    memset(&t, 0xff, sizeof t);
    assert_int_equal(timer_init(&timers, &t, never, &timers), 0);
    assert_ptr_equal(t.fire, never);
    assert_ptr_equal(t.arg, &timers);
    assert_false(timer_is_set(&t));
    assert_int_equal(timers.count, 0);
    timer_set(&t, 0, 3);
    assert_true(timer_is_set(&t));
    assert_int_equal(timers.count, 1);
    timer_set(&t, 0, 4); /* set again it is one still */
    assert_int_equal(timers.count, 1);
    timer_release(&t);
    assert_false(timer_is_set(&t));
    assert_int_equal(timers.count, 0);
    assert_int_equal(timers.reserved, 0);
    timer_set(&t, 0, 5); /* of no heap any more */
    assert_false(timer_is_set(&t));
    timer_clear(&t);
    timer_release(&t);
    assert_int_equal(timers.count, 0);
    assert_int_equal(timers.reserved, 0);
    timers_release(&timers);
    assert_null(timers.heap);
    assert_int_equal(timers.size, 0);
    timers_release(&timers);
}

/* Setting never needs memory. */
static void there_is_room_for_all_that_are_known(void **state)
{
    (void)state;
    enum { COUNT = 300 };
    static struct timer t[COUNT];
    struct timers timers = {0};
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(timer_init(&timers, &t[i], never, NULL), 0);
        assert_int_equal(timers.reserved, i + 1);
        assert_true(timers.size >= timers.reserved);
        assert_true(timers.size < 64 + 2 * timers.reserved);
        timer_set(&t[i], 0, 1000 - (int64_t)i);
        assert_ptr_equal(timers.heap[0], &t[i]);
    }
    for (size_t i = COUNT; i-- > 0;)
        assert_ptr_equal(timers_take(&timers, INT64_MAX), &t[i]);
    for (size_t i = 0; i < COUNT; i++)
        timer_release(&t[i]);
    timers_release(&timers);
}

static void without_memory_there_is_no_timer(void **state)
{
    (void)state;
    for (int k = 0; failing_next(&k);) {
        struct timers timers = {0};
        struct timer t;
        int r = timer_init(&timers, &t, never, NULL);
        failing_stop();
        assert_true(r == 0 || r == -ENOMEM);
        assert_int_equal(timers.reserved, r == 0);
        timer_set(&t, 0, 1);
        assert_int_equal(timer_is_set(&t), r == 0);
        timer_release(&t);
        assert_int_equal(timers.reserved, 0);
        timers_release(&timers);
    }
    assert_true(failing_no_leak());
}

/* ---- every order of a few ---- */

enum { FEW = 6 };

static void take_all(struct timers *timers, size_t count)
{
    int64_t last = 0;
    assert_int_equal(timers->count, count);
    for (size_t i = 0; i < count; i++) {
        struct timer *next = timers_take(timers, INT64_MAX);
        assert_non_null(next);
        assert_false(timer_is_set(next));
        assert_true(next->due_us >= last);
        last = next->due_us;
    }
    assert_null(timers_take(timers, INT64_MAX));
}

/* Sets them as the digits of `order` say, base count, clears one, takes the rest. */
static void try_order(struct timers *timers, struct timer *t, int count, int order, int cleared)
{
    for (int i = 0; i < count; i++, order /= count)
        timer_set(&t[i], 0, order % count);
    if (cleared < count)
        timer_clear(&t[cleared]);
    for (size_t i = 0; i < timers->count; i++)
        assert_int_equal(timers->heap[i]->place, i + 1);
    take_all(timers, (size_t)(cleared < count ? count - 1 : count));
}

static void every_order_of_a_few_is_put_right(void **state)
{
    (void)state;
    struct timers timers = {0};
    struct timer t[FEW];
    int orders = 1;
    for (int count = 1; count <= FEW; count++) {
        assert_int_equal(timer_init(&timers, &t[count - 1], never, NULL), 0);
        orders = 1;
        for (int i = 0; i < count; i++)
            orders *= count;
        for (int order = 0; order < orders; order++)
            for (int cleared = 0; cleared <= count; cleared++)
                try_order(&timers, t, count, order, cleared);
    }
    for (int i = 0; i < FEW; i++)
        timer_release(&t[i]);
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
        cmocka_unit_test(it_keeps_what_it_is_for),
        cmocka_unit_test(there_is_room_for_all_that_are_known),
        cmocka_unit_test(without_memory_there_is_no_timer),
        cmocka_unit_test(every_order_of_a_few_is_put_right),
        cmocka_unit_test(agrees_with_a_plain_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
