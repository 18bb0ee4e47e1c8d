/* A run that is to end, without a process: every signal and every word is looked at. A step left
 * out here is a run that cannot be ended, or one that is killed before it was asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/run/stop.h"
#include "life_fixture.h"

static void the_stop_sequence_climbs(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = running(&ear, 5000);
    assert_int_equal(life_stop(run, STOPPED_BY_CLIENT, SHUTDOWN_DEFAULT), RUN_DO_STOP);
    assert_string_equal(fake_done(), "TERM CONT");
    assert_due(run, 5000);
    run_event(run, RUN_EV_TIMER);
    assert_string_equal(fake_done(), "KILL-ALL");
    assert_due(run, KILL_LIMIT_MS);
    run_event(run, RUN_EV_TIMER);
    assert_string_equal(ear.heard, "ready unkillable");
    assert_true(run->told_unkillable);
    run_event(run, RUN_EV_TIMER); /* that was the top */
    assert_string_equal(ear.heard, "ready unkillable");
    assert_string_equal(fake_done(), "");
    leader_exits(run, CLD_KILLED, SIGKILL); /* after all */
    assert_string_equal(ear.heard, "ready unkillable ended");
    assert_int_equal(ear.reason, REASON_KILLED);
}

static void how_gently_is_said_by_the_request_or_the_run(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = running(&ear, 5000);
    life_stop(run, STOPPED_BY_CLIENT, SHUTDOWN_BRUTAL_KILL);
    assert_string_equal(fake_done(), "KILL-ALL");
    leader_exits(run, CLD_KILLED, SIGKILL);

    run = running(&ear, 0);
    life_stop(run, STOPPED_BY_CLIENT, SHUTDOWN_DEFAULT);
    assert_string_equal(fake_done(), "TERM CONT KILL-ALL");
    leader_exits(run, CLD_KILLED, SIGKILL);

    run = running(&ear, 1);
    life_stop(run, STOPPED_BY_CLIENT, SHUTDOWN_DEFAULT);
    assert_string_equal(fake_done(), "TERM CONT");
    assert_true(due_in_ms(run) <= 1);
    leader_exits(run, CLD_KILLED, SIGTERM);

    run = running(&ear, SHUTDOWN_INFINITY);
    core.stop_level = STOP_DRAINING; /* which ends nothing */
    life_stop(run, STOPPED_BY_CLIENT, SHUTDOWN_DEFAULT);
    assert_string_equal(fake_done(), "TERM CONT");
    assert_false(timer_is_set(&run->timer));
    stop_limit(run); /* now the daemon stops */
    assert_due(run, STOP_LIMIT_MS);
    leader_exits(run, CLD_EXITED, 0);
}

static void while_the_daemon_stops_infinity_has_an_end(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = running(&ear, SHUTDOWN_INFINITY);
    core.stop_level = STOP_ORDERLY;
    life_stop(run, STOPPED_BY_STOP, SHUTDOWN_DEFAULT);
    assert_due(run, STOP_LIMIT_MS);
    leader_exits(run, CLD_KILLED, SIGTERM);
    assert_int_equal(ear.reason, REASON_SHUTDOWN);
}

static void the_first_request_decides(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = running(&ear, 5000);
    life_stop(run, STOPPED_BY_ALL, SHUTDOWN_DEFAULT);
    fake_done();
    assert_int_equal(life_stop(run, STOPPED_BY_CLIENT, SHUTDOWN_BRUTAL_KILL), RUN_DO_JOIN);
    assert_int_equal(run->stopped_by, STOPPED_BY_ALL);
    assert_int_equal(run->shutdown, 5000);
    assert_string_equal(fake_done(), "");
    leader_exits(run, CLD_KILLED, SIGTERM);
    assert_int_equal(ear.reason, REASON_SHUTDOWN);
}

static void a_start_is_called_off(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begin(&ear, 5000, LIMIT_NONE);
    assert_int_equal(life_stop(run, STOPPED_BY_CLIENT, SHUTDOWN_DEFAULT), RUN_DO_ABORT);
    leader_exits(run, CLD_KILLED, SIGTERM);
    assert_string_equal(ear.heard, "refused");
    assert_int_equal(ear.cause, REASON_SHUTDOWN);
}

static void a_zombie_was_not_killed_by_us(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = running(&ear, 5000);
    run->runner->alive = false; /* and nobody has noticed yet */
    life_stop(run, STOPPED_BY_CLIENT, SHUTDOWN_BRUTAL_KILL);
    assert_false(run->sent_kill);
    leader_exits(run, CLD_EXITED, 0);
    assert_int_equal(ear.reason, REASON_NORMAL);
}

static void the_deadline_cancels_and_then_stops(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begin(&ear, 5000, 60000);
    say_ready(run);
    assert_due(run, 60000);
    fake_done();
    run_event(run, RUN_EV_TIMER);
    assert_string_equal(fake_done(), "cancel:deadline");
    assert_int_equal(run->machine.state, RUN_RUNNING);
    assert_int_equal(run->cancel, CANCEL_STATE_NOW);
    assert_due(run, 2000);
    run_event(run, RUN_EV_TIMER);
    assert_string_equal(fake_done(), "TERM CONT");
    assert_int_equal(run->machine.state, RUN_TERMINATING);
    assert_int_equal(run->stopped_by, STOPPED_BY_DEADLINE);
    leader_exits(run, CLD_KILLED, SIGTERM);
}

static void a_cancel_is_passed_on_and_never_softened(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begin(&ear, 5000, LIMIT_NONE);
    fake_done();
    assert_false(life_cancel(run, false)); /* nobody sees it yet */
    say_ready(run);
    fake_done();
    assert_true(life_cancel(run, false));
    assert_int_equal(run->cancel, CANCEL_STATE_DRAIN);
    assert_true(life_cancel(run, true));
    assert_true(life_cancel(run, false));
    assert_int_equal(run->cancel, CANCEL_STATE_NOW);
    assert_string_equal(fake_done(), "cancel:drain cancel:now cancel:drain");
    leader_exits(run, CLD_EXITED, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_stop_sequence_climbs),
        TEST(how_gently_is_said_by_the_request_or_the_run),
        TEST(while_the_daemon_stops_infinity_has_an_end),
        TEST(the_first_request_decides),
        TEST(a_start_is_called_off),
        TEST(a_zombie_was_not_killed_by_us),
        TEST(the_deadline_cancels_and_then_stops),
        TEST(a_cancel_is_passed_on_and_never_softened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
