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

/* ---- the table, whole: what stands nowhere here changes nothing ---- */

#define ROW(s, w, e, s2, w2, a)                                                                    \
    {                                                                                              \
        {RUN_##s, RUN_##w}, RUN_EV_##e, {RUN_##s2, RUN_##w2}, RUN_DO_##a                           \
    }

static const struct cell_row {
    struct run_machine from;
    enum run_event event;
    struct run_machine to;
    enum run_action action;
} ROWS[] = {
    ROW(STARTING, UP, READY, RUNNING, UP, ANNOUNCE),
    ROW(STARTING, UP, FAILED, STARTING, DOWN, ABORT),
    ROW(STARTING, UP, LINK_CLOSED, STARTING, UP, AWAIT_EXIT),
    ROW(STARTING, UP, EXITED, ENDING, UP, CLEAN),
    ROW(STARTING, UP, TIMER, STARTING, DOWN, ABORT),
    ROW(STARTING, UP, TERMINATE, STARTING, DOWN, ABORT),
    ROW(STARTING, UP, CANCEL, STARTING, UP, REFUSE),
    ROW(STARTING, DOWN, EXITED, ENDING, DOWN, CLEAN),
    ROW(STARTING, DOWN, TIMER, STARTING, DOWN, CLIMB),
    ROW(STARTING, DOWN, TERMINATE, STARTING, DOWN, JOIN),
    ROW(STARTING, DOWN, CANCEL, STARTING, DOWN, REFUSE),
    ROW(RUNNING, UP, LINK_CLOSED, RUNNING, UP, NOTE_LINK),
    ROW(RUNNING, UP, EXITED, ENDING, UP, CLEAN),
    ROW(RUNNING, UP, TIMER, RUNNING, UP, DEADLINE),
    ROW(RUNNING, UP, TERMINATE, TERMINATING, DOWN, STOP),
    ROW(RUNNING, UP, CANCEL, RUNNING, UP, CANCEL),
    ROW(TERMINATING, DOWN, LINK_CLOSED, TERMINATING, DOWN, NOTE_LINK),
    ROW(TERMINATING, DOWN, EXITED, ENDING, DOWN, CLEAN),
    ROW(TERMINATING, DOWN, TIMER, TERMINATING, DOWN, CLIMB),
    ROW(TERMINATING, DOWN, TERMINATE, TERMINATING, DOWN, JOIN),
    ROW(TERMINATING, DOWN, CANCEL, TERMINATING, DOWN, CANCEL),
    ROW(ENDING, UP, READY, ENDING, UP, ANNOUNCE),
    ROW(ENDING, UP, TIMER, ENDING, UP, CLEAN_ON),
    ROW(ENDING, UP, TERMINATE, ENDING, DOWN, JOIN_FIRST),
    ROW(ENDING, UP, CANCEL, ENDING, UP, CANCEL),
    ROW(ENDING, UP, CLEAN, GONE, UP, FINISH),
    ROW(ENDING, DOWN, TIMER, ENDING, DOWN, CLEAN_ON),
    ROW(ENDING, DOWN, TERMINATE, ENDING, DOWN, JOIN),
    ROW(ENDING, DOWN, CANCEL, ENDING, DOWN, CANCEL),
    ROW(ENDING, DOWN, CLEAN, GONE, DOWN, FINISH),
    ROW(GONE, UP, TERMINATE, GONE, UP, REFUSE),
    ROW(GONE, UP, CANCEL, GONE, UP, REFUSE),
    ROW(GONE, DOWN, TERMINATE, GONE, DOWN, REFUSE),
    ROW(GONE, DOWN, CANCEL, GONE, DOWN, REFUSE),
};

static struct cell_row row_of(struct run_machine from, enum run_event event)
{
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++)
        if (ROWS[i].from.state == from.state && ROWS[i].from.want == from.want &&
            ROWS[i].event == event)
            return ROWS[i];
    return (struct cell_row){from, event, from, RUN_DO_NOTHING};
}

static void each_cell_moves_as_it_is_written(void **unused)
{
    (void)unused;
    for (int state = 0; state < RUN_STATES; state++) {
        for (int want = 0; want < RUN_WANTS; want++) {
            for (int event = 0; event < RUN_EVENTS; event++) {
                const struct run_machine from = at((enum run_state)state, (enum run_want)want);
                const struct cell_row row = row_of(from, (enum run_event)event);
                check(from, row.event, row.action, row.to.state, row.to.want);
            }
        }
    }
}

static void lists_show_what_was_ready_and_is_not_gone(void **unused)
{
    (void)unused;
    static const bool SHOWN[RUN_STATES] = {
        [RUN_RUNNING] = true, [RUN_TERMINATING] = true, [RUN_ENDING] = true};
    for (int state = 0; state < RUN_STATES; state++) {
        assert_int_equal(run_is_listed((enum run_state)state, true), SHOWN[state]);
        assert_false(run_is_listed((enum run_state)state, false));
    }
}

/* The log is read by them. */
static void each_state_and_event_has_a_name(void **unused)
{
    (void)unused;
    static const char *const STATES[] = {"starting", "running", "terminating", "ending", "gone"};
    static const char *const EVENTS[] = {"ready", "failed",    "link closed", "exited",
                                         "timer", "terminate", "cancel",      "clean"};
    for (int state = 0; state < RUN_STATES; state++)
        assert_string_equal(run_state_name((enum run_state)state), STATES[state]);
    for (int event = 0; event < RUN_EVENTS; event++)
        assert_string_equal(run_event_name((enum run_event)event), EVENTS[event]);
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
        cmocka_unit_test(each_cell_moves_as_it_is_written),
        cmocka_unit_test(lists_show_what_was_ready_and_is_not_gone),
        cmocka_unit_test(each_state_and_event_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
