/* A run from its leader's exit to the DOWN, without a process: told too early it is one that is
 * told dead while it lives, told too late one whose clients wait for nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "life_fixture.h"

static void an_end_waits_until_everything_is_read(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = running(&ear, 5000);
    fake.undrained = true;
    leader_exits(run, CLD_EXITED, 0);
    assert_string_equal(ear.heard, "ready");
    assert_int_equal(run->machine.state, RUN_ENDING);
    assert_int_equal(life_stop(run, STOPPED_BY_CLIENT, 0), RUN_DO_JOIN_FIRST);
    fake.undrained = false;
    run_event(run, RUN_EV_TIMER);
    assert_string_equal(ear.heard, "ready ended");
    assert_int_equal(ear.reason, REASON_NORMAL);
}

static void silence_ends_the_reading(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = running(&ear, 5000);
    fake.undrained = true; /* somebody else holds the other end of its output */
    leader_exits(run, CLD_EXITED, 0);
    assert_true(timer_is_set(&run->cleaning));
    run->quiet_since_us -= 200 * 1000;
    const struct runner_tie *tie = &run->runner->tie;
    tie->owner->heard(tie->arg); /* but it still speaks */
    run_event(run, RUN_EV_TIMER);
    assert_string_equal(ear.heard, "ready");
    run->quiet_since_us -= 200 * 1000;
    run_event(run, RUN_EV_TIMER);
    assert_string_equal(ear.heard, "ready ended");
}

static void an_end_waits_for_the_rest_but_not_for_ever(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = running(&ear, 5000);
    fake.rest_lives = true;
    leader_exits(run, CLD_EXITED, 0);
    assert_string_equal(ear.heard, "ready");
    run_event(run, RUN_EV_TIMER);
    assert_false(run->rest_resists);
    run->ending_since_us -= 1000 * 1000;
    run_event(run, RUN_EV_TIMER);
    assert_string_equal(ear.heard, "ready ended");
    assert_non_null(strstr(get_file(&folder, "runs/0000000001000-r1.jsonl"), "\"survivors\""));
}

static void a_lost_status_is_told_as_unknown(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = running(&ear, 5000);
    fake.status_lost = true;
    leader_exits(run, CLD_EXITED, 0);
    assert_int_equal(ear.reason, REASON_UNKNOWN);
}

static void what_is_not_kept_leaves_no_record(void **state)
{
    (void)state;
    struct run *run;
    struct reason cause = {0};
    assert_int_equal(begin_with(&run, &cause, 5000, LIMIT_NONE, false), 0);
    say_ready(run);
    fake_done();
    leader_exits(run, CLD_EXITED, 0);
    assert_string_equal(fake_done(), "reap fill");
    assert_false(is_recorded());
    assert_false(exists(&folder, "open/0000000001000-r1.jsonl"));
}

static void a_record_that_cannot_be_written_is_told_with_the_end(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = running(&ear, 5000);
    assert_int_equal(unlinkat(folder.fd, "open/0000000001000-r1.jsonl", 0), 0);
    assert_int_equal(mkdirat(folder.fd, "open/0000000001000-r1.jsonl", 0700), 0);
    leader_exits(run, CLD_EXITED, 0);
    assert_string_equal(ear.heard, "ready ended");
    assert_non_null(strstr(ear.down, "\"record_error\":\"EBADMSG\""));
}

static void lines_out_of_place_are_junk(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begin(&ear, 5000, LIMIT_NONE);
    assert_false(say(run, (struct link_up){.type = LINK_EVENT, .seq = 1}));
    assert_false(say(run, (struct link_up){.type = LINK_RESULT}));
    assert_true(say_ready(run));
    assert_false(say_ready(run));
    json_t *failed = json_object();
    assert_false(say(run, (struct link_up){.type = LINK_FAILED, .failed = failed}));
    json_decref(failed);
    const struct runner_tie *tie = &run->runner->tie;
    tie->owner->nonsense(tie->arg); /* counted by the link; the run goes on */
    assert_int_equal(run->machine.state, RUN_RUNNING);
    leader_exits(run, CLD_EXITED, 0);
    assert_string_equal(ear.heard, "ready ended");
}

/* It had said ready, which came too late: what follows is no junk. */
static void lines_of_an_aborted_start_are_passed_over(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begin(&ear, 5000, LIMIT_NONE);
    assert_int_equal(life_stop(run, STOPPED_BY_CLIENT, SHUTDOWN_DEFAULT), RUN_DO_ABORT);
    assert_true(say_ready(run));
    assert_true(say(run, (struct link_up){.type = LINK_EVENT, .seq = 1}));
    assert_true(say(run, (struct link_up){.type = LINK_RESULT}));
    leader_exits(run, CLD_KILLED, SIGTERM);
    assert_string_equal(ear.heard, "refused");
}

static void deltas_are_asked_for_once(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = running(&ear, 5000);
    run_set_deltas(run, true);
    run_set_deltas(run, true);
    run_set_deltas(run, false);
    assert_string_equal(fake_done(), "deltas:on deltas:off");
    run->runner->link_open = false;
    run_set_deltas(run, true);
    assert_string_equal(fake_done(), "");
    leader_exits(run, CLD_EXITED, 0);
}

static void the_daemon_goes_before_its_runs(void **state)
{
    (void)state;
    static struct ear ear; /* heard when the table is freed */
    struct run *run = running(&ear, 5000);
    assert_non_null(run);
    runs_free(runs);
    runs = NULL;
    assert_string_equal(ear.heard, "ready drop");
    assert_int_equal(fake.freed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_end_waits_until_everything_is_read),
        TEST(silence_ends_the_reading),
        TEST(an_end_waits_for_the_rest_but_not_for_ever),
        TEST(a_lost_status_is_told_as_unknown),
        TEST(what_is_not_kept_leaves_no_record),
        TEST(a_record_that_cannot_be_written_is_told_with_the_end),
        TEST(lines_of_an_aborted_start_are_passed_over),
        TEST(lines_out_of_place_are_junk),
        TEST(deltas_are_asked_for_once),
        TEST(the_daemon_goes_before_its_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
