/* Each start and each end of a run is counted once, whichever way it takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "life_fixture.h"

static void a_run_is_a_start_and_an_end(void **state)
{
    (void)state;
    static const char USAGE[] = "{\"input_tokens\":40,\"output_tokens\":2,\"cost\":0.25}";
    struct ear ear;
    struct run *run = begin(&ear, 5000, LIMIT_NONE);
    assert_int_equal(core.stats.starts, 0);
    assert_true(say_ready(run));
    assert_int_equal(core.stats.starts, 1);
    say(run, (struct link_up){.type = LINK_PROGRESS, .usage = {USAGE, sizeof USAGE - 1}});
    say(run,
        (struct link_up){.type = LINK_RESULT, .outcome = OUTCOME_DEGRADED, .result = {"{}", 2}});
    assert_int_equal(core.stats.tokens, 0);
    run->started_us -= 20 * 1000 * 1000;
    leader_exits(run, CLD_EXITED, 3);
    assert_int_equal(core.stats.reasons[REASON_EXIT], 1);
    assert_int_equal(core.stats.outcomes[OUTCOME_DEGRADED], 1);
    assert_int_equal(core.stats.durations[3], 1); /* 15 to 30 s */
    assert_in_range(core.stats.duration_ms, 20000, 29000);
    assert_int_equal(core.stats.tokens, 42);
    assert_float_equal(core.stats.cost, 0.25, 1e-9);
    assert_int_equal(core.stats.unpriced, 0);
    assert_int_equal(core.stats.starts, 1);
    assert_int_equal(core.stats.refused[RPC_START_FAILED], 0);
}

static void a_start_that_failed_is_no_end(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begin(&ear, 5000, LIMIT_NONE);
    leader_exits(run, CLD_EXITED, 0);
    const struct stats wanted = {.refused[RPC_START_FAILED] = 1};
    assert_memory_equal(&core.stats, &wanted, sizeof wanted);
}

/* Before there is a run, and when its record or its runner cannot be had. */
static void so_is_one_that_cannot_be_begun(void **state)
{
    (void)state;
    static const struct reason NONE = REASON_INIT;
    struct run *run;
    struct reason cause = NONE;
    struct stats wanted = {0};
    fake.no_room = true;
    assert_int_equal(begin_with(&run, &cause, 5000, LIMIT_NONE, true), 1);
    assert_int_equal(cause.errnum, EMFILE);
    wanted.refused[RPC_START_FAILED]++;
    assert_memory_equal(&core.stats, &wanted, sizeof wanted);
    fake.no_room = false;
    fake.new_fails = -EAGAIN;
    assert_int_equal(begin_with(&run, &cause, 5000, LIMIT_NONE, true), 1);
    assert_int_equal(cause.errnum, EAGAIN);
    wanted.refused[RPC_START_FAILED]++;
    assert_memory_equal(&core.stats, &wanted, sizeof wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_run_is_a_start_and_an_end),
        TEST(a_start_that_failed_is_no_end),
        TEST(so_is_one_that_cannot_be_begun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
