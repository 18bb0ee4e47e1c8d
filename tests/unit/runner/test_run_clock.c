/* The time of a run that councild keeps from going on is not the run's: its deadline would come
 * before its answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/run_clock.h"

static void the_clock_stands_still_while_it_is_held(void **state)
{
    (void)state;
    struct run_clock c;
    run_clock_start(&c, 1000);
    assert_int_equal(run_clock_now(&c, 1000), 0);
    assert_int_equal(run_clock_now(&c, 1250), 250);
    run_clock_hold(&c, true, 1300);
    run_clock_hold(&c, true, 1400);
    assert_int_equal(run_clock_now(&c, 9000), 300);
    run_clock_hold(&c, false, 2300);
    run_clock_hold(&c, false, 2400);
    assert_int_equal(run_clock_now(&c, 2400), 400);
    run_clock_hold(&c, true, 2500);
    run_clock_hold(&c, false, 3500);
    assert_int_equal(run_clock_now(&c, 3600), 600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_clock_stands_still_while_it_is_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
