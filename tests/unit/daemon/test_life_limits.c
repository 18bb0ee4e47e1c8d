/* How long each thing that a run is given may take, to the millisecond: a clock that stands still
 * shows what a busy machine hides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "own_clock.h"

static struct ear ear;

static void assert_exactly(const struct timer *t, int64_t ms)
{
    assert_true(timer_is_set(t));
    assert_int_equal(t->due_us - now, ms * 1000);
}

static struct run *begin_still(int64_t shutdown, int64_t deadline_ms)
{
    now = 5000000;
    loop_set_clock(core.loop, clock_of_ours);
    return begin(&ear, shutdown, deadline_ms);
}

/* The time of a run is over: it is the next timer of all. */
static void is_over(const struct run *run)
{
    now = run->timer.due_us;
    struct timer *t = timers_take(loop_timers(core.loop), now);
    assert_ptr_equal(t, &run->timer);
    t->fire(t->arg);
}

static void a_start_and_what_follows_when_it_takes_too_long(void **state)
{
    (void)state;
    struct run *run = begin_still(5000, 60000);
    assert_exactly(&run->timer, START_TIMEOUT_MS);
    is_over(run);
    assert_exactly(&run->timer, 5000);
    is_over(run);
    assert_exactly(&run->timer, KILL_LIMIT_MS);
    leader_exits(run, CLD_KILLED, SIGKILL);
    assert_int_equal(ear.cause, REASON_TIMEOUT);
}

static void the_exit_behind_the_end_of_a_link(void **state)
{
    (void)state;
    struct run *run = begin_still(5000, LIMIT_NONE);
    const struct runner_tie *tie = &run->runner->tie;
    tie->owner->closed(tie->arg);
    assert_exactly(&run->timer, 100);
    leader_exits(run, CLD_EXITED, 0);
}

static void the_end_of_a_link_is_told_a_little_later(void **state)
{
    (void)state;
    struct run *run = begin_still(5000, LIMIT_NONE);
    const struct runner_tie *tie = &run->runner->tie;
    assert_true(say_ready(run));
    assert_false(timer_is_set(&run->timer));
    tie->owner->closed(tie->arg);
    assert_exactly(&run->link_timer, 500);
    leader_exits(run, CLD_EXITED, 0);
}

static void a_deadline_and_the_time_to_obey_it(void **state)
{
    (void)state;
    struct run *run = begin_still(5000, 60000);
    now += 1000; /* from its start on, not from its beginning */
    assert_true(say_ready(run));
    assert_exactly(&run->timer, 60000);
    is_over(run);
    assert_exactly(&run->timer, 2000);
    is_over(run);
    assert_exactly(&run->timer, 5000);
    leader_exits(run, CLD_KILLED, SIGTERM);
}

static void the_longest_stop_of_one_that_has_no_limit(void **state)
{
    (void)state;
    struct run *run = begin_still(SHUTDOWN_INFINITY, LIMIT_NONE);
    life_stop(run, STOPPED_BY_CLIENT, SHUTDOWN_DEFAULT);
    assert_exactly(&run->timer, STOP_LIMIT_MS);
    leader_exits(run, CLD_KILLED, SIGTERM);
}

static void one_that_is_killed_at_once(void **state)
{
    (void)state;
    struct run *run = begin_still(SHUTDOWN_BRUTAL_KILL, LIMIT_NONE);
    assert_true(say_ready(run));
    life_stop(run, STOPPED_BY_CLIENT, SHUTDOWN_DEFAULT);
    assert_exactly(&run->timer, KILL_LIMIT_MS);
    leader_exits(run, CLD_KILLED, SIGKILL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_start_and_what_follows_when_it_takes_too_long),
        TEST(the_exit_behind_the_end_of_a_link),
        TEST(the_end_of_a_link_is_told_a_little_later),
        TEST(a_deadline_and_the_time_to_obey_it),
        TEST(the_longest_stop_of_one_that_has_no_limit),
        TEST(one_that_is_killed_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
