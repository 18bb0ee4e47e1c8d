/* A run that takes a forbidden step: says ready twice, is stopped twice, comes back from its end.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/run/machine.h"

static struct run_machine at(enum run_state state, enum run_want want)
{
    return (struct run_machine){.state = state, .want = want};
}

static void check(struct run_machine from, enum run_event event, enum run_action action,
                  enum run_state state, enum run_want want)
{
    assert_int_equal(run_advance(&from, event), action);
    assert_int_equal(from.state, state);
    assert_int_equal(from.want, want);
}

static void a_usual_life(void **unused)
{
    (void)unused;
    struct run_machine m = at(RUN_STARTING, RUN_UP);
    assert_int_equal(run_advance(&m, RUN_EV_READY), RUN_DO_ANNOUNCE);
    assert_int_equal(m.state, RUN_RUNNING);
    assert_int_equal(run_advance(&m, RUN_EV_TERMINATE), RUN_DO_STOP);
    assert_int_equal(m.state, RUN_TERMINATING);
    assert_int_equal(run_advance(&m, RUN_EV_EXITED), RUN_DO_CLEAN);
    assert_int_equal(m.state, RUN_ENDING);
    assert_int_equal(run_advance(&m, RUN_EV_CLEAN), RUN_DO_FINISH);
    assert_int_equal(m.state, RUN_GONE);
}

static void an_aborted_start_stays_hidden(void **unused)
{
    (void)unused;
    enum run_event reasons[] = {RUN_EV_FAILED, RUN_EV_TIMER, RUN_EV_TERMINATE};
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        check(at(RUN_STARTING, RUN_UP), reasons[i], RUN_DO_ABORT, RUN_STARTING, RUN_DOWN);
    assert_false(run_is_listed(RUN_STARTING, false));
    /* A late ready changes nothing, before and after the exit. */
    check(at(RUN_STARTING, RUN_DOWN), RUN_EV_READY, RUN_DO_NOTHING, RUN_STARTING, RUN_DOWN);
    check(at(RUN_ENDING, RUN_DOWN), RUN_EV_READY, RUN_DO_NOTHING, RUN_ENDING, RUN_DOWN);
    check(at(RUN_STARTING, RUN_DOWN), RUN_EV_TIMER, RUN_DO_CLIMB, RUN_STARTING, RUN_DOWN);
}

static void a_ready_found_after_the_exit_counts(void **unused)
{
    (void)unused;
    check(at(RUN_STARTING, RUN_UP), RUN_EV_EXITED, RUN_DO_CLEAN, RUN_ENDING, RUN_UP);
    check(at(RUN_ENDING, RUN_UP), RUN_EV_READY, RUN_DO_ANNOUNCE, RUN_ENDING, RUN_UP);
}

static void only_the_first_stop_is_the_first(void **unused)
{
    (void)unused;
    check(at(RUN_RUNNING, RUN_UP), RUN_EV_TERMINATE, RUN_DO_STOP, RUN_TERMINATING, RUN_DOWN);
    check(at(RUN_TERMINATING, RUN_DOWN), RUN_EV_TERMINATE, RUN_DO_JOIN, RUN_TERMINATING, RUN_DOWN);
    check(at(RUN_STARTING, RUN_DOWN), RUN_EV_TERMINATE, RUN_DO_JOIN, RUN_STARTING, RUN_DOWN);
    check(at(RUN_ENDING, RUN_UP), RUN_EV_TERMINATE, RUN_DO_JOIN_FIRST, RUN_ENDING, RUN_DOWN);
    check(at(RUN_ENDING, RUN_DOWN), RUN_EV_TERMINATE, RUN_DO_JOIN, RUN_ENDING, RUN_DOWN);
    check(at(RUN_GONE, RUN_DOWN), RUN_EV_TERMINATE, RUN_DO_REFUSE, RUN_GONE, RUN_DOWN);
}

static void a_closed_link_is_no_end(void **unused)
{
    (void)unused;
    check(at(RUN_STARTING, RUN_UP), RUN_EV_LINK_CLOSED, RUN_DO_AWAIT_EXIT, RUN_STARTING, RUN_UP);
    check(at(RUN_RUNNING, RUN_UP), RUN_EV_LINK_CLOSED, RUN_DO_NOTE_LINK, RUN_RUNNING, RUN_UP);
}

static void cancel_reaches_what_is_listed(void **unused)
{
    (void)unused;
    check(at(RUN_STARTING, RUN_UP), RUN_EV_CANCEL, RUN_DO_REFUSE, RUN_STARTING, RUN_UP);
    check(at(RUN_RUNNING, RUN_UP), RUN_EV_CANCEL, RUN_DO_CANCEL, RUN_RUNNING, RUN_UP);
    check(at(RUN_TERMINATING, RUN_DOWN), RUN_EV_CANCEL, RUN_DO_CANCEL, RUN_TERMINATING, RUN_DOWN);
}

/* Whatever happens in whatever order: the wanted state never goes up again, states never go back,
 * and what is gone stays gone. */
static void no_way_back(void **unused)
{
    (void)unused;
    for (int state = 0; state < RUN_STATES; state++) {
        for (int want = 0; want < RUN_WANTS; want++) {
            for (int event = 0; event < RUN_EVENTS; event++) {
                struct run_machine m = at((enum run_state)state, (enum run_want)want);
                run_advance(&m, (enum run_event)event);
                assert_true((int)m.state >= state);
                assert_true((int)m.want >= want);
            }
        }
    }
}

static void every_state_that_lives_can_end(void **unused)
{
    (void)unused;
    for (int state = RUN_STARTING; state < RUN_ENDING; state++) {
        enum run_want want = state == RUN_TERMINATING ? RUN_DOWN : RUN_UP;
        check(at((enum run_state)state, want), RUN_EV_EXITED, RUN_DO_CLEAN, RUN_ENDING, want);
    }
    assert_true(run_is_listed(RUN_ENDING, true));
    assert_false(run_is_listed(RUN_ENDING, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_usual_life),
        cmocka_unit_test(an_aborted_start_stays_hidden),
        cmocka_unit_test(a_ready_found_after_the_exit_counts),
        cmocka_unit_test(only_the_first_stop_is_the_first),
        cmocka_unit_test(a_closed_link_is_no_end),
        cmocka_unit_test(cancel_reaches_what_is_listed),
        cmocka_unit_test(no_way_back),
        cmocka_unit_test(every_state_that_lives_can_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
