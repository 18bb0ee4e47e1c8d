/* A run from its order until it is ready, or is known never to be, without a process: a step left
 * out here is a start that is answered twice or never, or a record of a run that nobody has seen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "life_fixture.h"

static void a_start_is_refused_before_anything_is_made(void **state)
{
    (void)state;
    struct run *run;
    struct reason cause = {0};
    fake.no_room = true;
    assert_int_equal(begin_with(&run, &cause, 0, LIMIT_NONE, true), 1);
    assert_int_equal(cause.kind, REASON_SPAWN);
    assert_int_equal(cause.errnum, EMFILE);
    fake.no_room = false;
    fake.new_fails = -EAGAIN;
    assert_int_equal(begin_with(&run, &cause, 0, LIMIT_NONE, true), 1);
    assert_int_equal(cause.kind, REASON_SPAWN);
    assert_int_equal(cause.errnum, EAGAIN);
    assert_true(table_is_empty());
    assert_false(exists(&folder, "open/0000000001000-r1.jsonl"));
    assert_string_equal(fake_done(), "");
}

static void a_start_without_a_record_is_refused(void **state)
{
    (void)state;
    struct run *run;
    struct reason cause = {0};
    unlinkat(folder.fd, "open", AT_REMOVEDIR);
    assert_int_equal(begin_with(&run, &cause, 0, LIMIT_NONE, true), 1);
    assert_int_equal(cause.kind, REASON_RECORD);
    assert_int_equal(cause.errnum, ENOENT);
    assert_true(table_is_empty());
    assert_int_equal(fake.made, 0);
}

static void a_usual_life(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begin(&ear, 5000, LIMIT_NONE);
    assert_string_equal(fake_done(), "spec");
    assert_due(run, START_TIMEOUT_MS);
    assert_int_equal(core.runs, 1);
    assert_null(runs_find_listed(runs, "r1", 2));
    assert_true(say_ready(run));
    assert_ptr_equal(runs_find_listed(runs, "r1", 2), run);
    assert_string_equal(fake_done(), "praise");
    assert_false(timer_is_set(&run->timer));
    assert_true(say(run, (struct link_up){.type = LINK_EVENT, .seq = 7}));
    assert_true(say(run, (struct link_up){.type = LINK_DELTA, .seq = 9}));
    assert_int_equal(run->last_seq, 7);
    leader_exits(run, CLD_EXITED, 0);
    assert_string_equal(ear.heard, "ready event delta ended");
    assert_true(ear.id_was_free);
    assert_int_equal(ear.reason, REASON_NORMAL);
    assert_string_equal(fake_done(), "reap keep fill");
    assert_true(table_is_empty());
    assert_true(is_recorded());
    assert_int_equal(fake.freed, 1);
}

/* A terminate of "r" that ends "r1" ends somebody else's run. */
static void a_run_is_found_by_its_whole_id(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begin(&ear, 5000, LIMIT_NONE);
    assert_true(say_ready(run));
    assert_ptr_equal(runs_find(runs, "r1 and more", 2), run);
    static const struct {
        const char *id;
        size_t len;
    } OTHERS[] = {{"", 0}, {"r1", 1}, {"1", 1}, {"R1", 2}, {"r2", 2}, {"r12", 3}, {"r1\0", 3}};
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) {
        assert_null(runs_find(runs, OTHERS[i].id, OTHERS[i].len));
        assert_null(runs_find_listed(runs, OTHERS[i].id, OTHERS[i].len));
    }
    leader_exits(run, CLD_EXITED, 0);
    assert_null(runs_find(runs, "r1", 2));
}

static void a_runner_says_that_it_cannot(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begin(&ear, 5000, LIMIT_NONE);
    fake_done();
    assert_true(say(run, (struct link_up){.type = LINK_FAILED, .failed = json_object()}));
    assert_string_equal(fake_done(), "TERM CONT");
    assert_null(runs_find_listed(runs, "r1", 2));
    assert_string_equal(ear.heard, ""); /* only when it is gone */
    leader_exits(run, CLD_EXITED, 3);
    assert_string_equal(ear.heard, "refused");
    assert_int_equal(ear.cause, REASON_FAILED);
    assert_true(ear.id_was_free);
    assert_string_equal(fake_done(), "reap fill");
    assert_false(is_recorded());
    assert_false(exists(&folder, "open/0000000001000-r1.jsonl"));
}

static void what_comes_first_is_why_a_start_failed(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begin(&ear, 5000, LIMIT_NONE);
    const struct runner_tie *tie = &run->runner->tie;
    tie->owner->nonsense(tie->arg);
    tie->owner->nonsense(tie->arg);
    assert_string_equal(fake_done(), "spec TERM CONT");
    json_t *failed = json_object();
    say(run, (struct link_up){.type = LINK_FAILED, .failed = failed});
    json_decref(failed); /* it was not taken */
    leader_exits(run, CLD_KILLED, SIGTERM);
    assert_string_equal(ear.heard, "refused");
    assert_int_equal(ear.cause, REASON_LINK);
}

static void a_start_takes_too_long(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begin(&ear, SHUTDOWN_INFINITY, LIMIT_NONE);
    fake_done();
    run_event(run, RUN_EV_TIMER);
    assert_string_equal(fake_done(), "TERM CONT");
    assert_due(run, STOP_LIMIT_MS); /* `infinity` is for those who were ready */
    run_event(run, RUN_EV_TIMER);
    assert_string_equal(fake_done(), "KILL-ALL");
    assert_true(say_ready(run)); /* too late */
    leader_exits(run, CLD_KILLED, SIGKILL);
    assert_string_equal(ear.heard, "refused");
    assert_int_equal(ear.cause, REASON_TIMEOUT);
}

static void a_link_that_closes_waits_for_the_exit_status(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begin(&ear, 5000, LIMIT_NONE);
    const struct runner_tie *tie = &run->runner->tie;
    fake_done();
    tie->owner->closed(tie->arg);
    assert_string_equal(fake_done(), "");
    assert_due(run, 100);
    leader_exits(run, CLD_EXITED, 9);
    assert_int_equal(ear.cause, REASON_EXIT);

    run = begin(&ear, 5000, LIMIT_NONE);
    tie = &run->runner->tie;
    tie->owner->closed(tie->arg);
    run_event(run, RUN_EV_TIMER); /* it lives on */
    leader_exits(run, CLD_KILLED, SIGTERM);
    assert_int_equal(ear.cause, REASON_LINK);
}

static void a_runner_without_its_limits_never_works(void **state)
{
    (void)state;
    struct ear ear;
    fake.limit_fails = -EPERM;
    struct run *run = begin(&ear, 0, LIMIT_NONE);
    assert_string_equal(fake_done(), "spec TERM CONT KILL-ALL");
    leader_exits(run, CLD_KILLED, SIGKILL);
    assert_string_equal(ear.heard, "refused");
    assert_int_equal(ear.cause, REASON_SPAWN);
}

static void an_exec_that_failed_is_the_cause(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begin(&ear, 5000, LIMIT_NONE);
    fake.failure = (struct spawn_failure){.stage = SPAWN_STAGE_EXEC, .number = ENOENT};
    leader_exits(run, CLD_EXITED, 127);
    assert_int_equal(ear.cause, REASON_EXEC);
}

static void a_ready_that_is_read_after_the_exit_counts(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begin(&ear, 5000, LIMIT_NONE);
    fake.says = "ready";
    leader_exits(run, CLD_EXITED, 0);
    assert_string_equal(ear.heard, "ready ended");
    assert_true(is_recorded());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_start_is_refused_before_anything_is_made),
        TEST(a_start_without_a_record_is_refused),
        TEST(a_usual_life),
        TEST(a_run_is_found_by_its_whole_id),
        TEST(a_runner_says_that_it_cannot),
        TEST(what_comes_first_is_why_a_start_failed),
        TEST(a_start_takes_too_long),
        TEST(a_link_that_closes_waits_for_the_exit_status),
        TEST(a_runner_without_its_limits_never_works),
        TEST(an_exec_that_failed_is_the_cause),
        TEST(a_ready_that_is_read_after_the_exit_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
