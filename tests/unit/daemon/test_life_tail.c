/* The last second of a run, on a clock that is ours: a clean-up that looks too seldom makes every
 * DOWN late, one that gives up too early tells a run dead while it writes, and a number or a reason
 * that got lost on the way is believed by whoever reads the DOWN. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "daemon/run/stop.h"
#include "log_lines.h"
#include "own_clock.h"

static bool has_ended(const struct ear *ear)
{
    return strstr(ear->heard, "ended") != NULL;
}

/* Looked at `us` later. */
static void later(struct run *run, int64_t us)
{
    now += us;
    run_event(run, RUN_EV_TIMER);
}

/* ---- how long ---- */

static void silence_lasts_a_tenth_of_a_second(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begun(&ear);
    fake.undrained = true;
    leader_exits(run, CLD_EXITED, 0);
    later(run, 99999);
    assert_false(has_ended(&ear));
    assert_true(run->runner->link_open);
    later(run, 1);
    assert_true(has_ended(&ear));
    assert_null(strstr(ear.down, "survivors"));
}

static void whoever_goes_on_talking_is_cut_off_after_a_second(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begun(&ear);
    fake.undrained = true;
    leader_exits(run, CLD_EXITED, 0);
    const struct runner_tie *tie = &run->runner->tie;
    for (int i = 0; i < 19; i++) {
        later(run, 50000);
        tie->owner->heard(tie->arg);
        assert_false(has_ended(&ear));
    }
    later(run, 49999);
    assert_false(has_ended(&ear));
    later(run, 1);
    assert_true(has_ended(&ear));
    assert_null(strstr(ear.down, "survivors"));
}

static void the_rest_has_a_second_too(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begun(&ear);
    fake.rest_lives = true;
    leader_exits(run, CLD_EXITED, 0);
    later(run, 999999);
    assert_false(has_ended(&ear));
    assert_false(run->rest_resists);
    later(run, 1);
    assert_true(has_ended(&ear));
    assert_non_null(strstr(ear.down, "\"survivors\":true"));
}

static void it_is_looked_at_ever_more_seldom(void **state)
{
    (void)state;
    static const int64_t MS[] = {1, 2, 4, 8, 16, 32, 32, 32};
    struct ear ear;
    struct run *run = begun(&ear);
    fake.rest_lives = true;
    leader_exits(run, CLD_EXITED, 0);
    for (size_t i = 0; i < ARRAY_LEN(MS); i++) {
        assert_int_equal(run->cleaning.due_us - now, MS[i] * 1000);
        later(run, MS[i] * 1000);
    }
    fake.rest_lives = false;
    later(run, 0);
    assert_true(has_ended(&ear));
}

static void what_is_read_to_its_end_is_shut_and_not_read_again(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begun(&ear);
    fake.rest_lives = true;
    leader_exits(run, CLD_EXITED, 0);
    assert_int_equal(fake.drains, 1);
    assert_false(run->runner->link_open);
    later(run, 1000);
    assert_int_equal(fake.drains, 1);
    fake.rest_lives = false;
    later(run, 1000);
    assert_true(has_ended(&ear));
}

static void a_stop_that_was_under_way_has_no_say_any_more(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begun(&ear);
    life_stop(run, STOPPED_BY_CLIENT, SHUTDOWN_DEFAULT);
    assert_true(timer_is_set(&run->timer));
    fake_done();
    fake.undrained = true;
    leader_exits(run, CLD_KILLED, SIGTERM);
    assert_false(timer_is_set(&run->timer));
    stop_limit(run);
    stop_at_once(run);
    assert_false(timer_is_set(&run->timer));
    assert_string_equal(fake_done(), "reap");
    later(run, 100000);
    assert_true(has_ended(&ear));
    assert_non_null(strstr(ear.down, "\"stopped_by\":\"client\""));
}

static void who_asks_after_the_exit_has_not_stopped_it(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begun(&ear);
    fake.undrained = true;
    leader_exits(run, CLD_EXITED, 0);
    assert_int_equal(life_stop(run, STOPPED_BY_CLIENT, 0), RUN_DO_JOIN_FIRST);
    assert_int_equal(life_stop(run, STOPPED_BY_ALL, 0), RUN_DO_JOIN);
    assert_int_equal(run_view(run).shutdown, 5000);
    assert_true(life_cancel(run, true)); /* it is in the lists until it is gone */
    later(run, 100000);
    assert_non_null(strstr(ear.down, "\"stopped_by\":null"));
}

/* ---- what is told ---- */

static void what_the_kernel_counted_is_told(void **state)
{
    (void)state;
    struct ear ear;
    fake.usage = (struct rusage){.ru_utime = {2, 750999}, .ru_stime = {1, 4000}};
    leader_exits(begun(&ear), CLD_EXITED, 0);
    assert_non_null(strstr(ear.down, "\"rusage\":{\"user_ms\":2750,\"system_ms\":1004,"
                                     "\"max_rss_bytes\":null}"));
}

static int64_t told_peak(const struct ear *ear)
{
    static const char MEMBER[] = "\"max_rss_bytes\":";
    const char *at = strstr(ear->down, MEMBER);
    assert_non_null(at);
    return at[strlen(MEMBER)] == 'n' ? -1 : strtoll(at + strlen(MEMBER), NULL, 10);
}

static bool say_result(struct run *run)
{
    static const char RESULT[] = "{\"x\":1}";
    return say(run, (struct link_up){.type = LINK_RESULT,
                                     .outcome = OUTCOME_COMPLETE,
                                     .result = {RESULT, sizeof RESULT - 1}});
}

static void the_peak_of_the_group_is_told_or_else_that_of_the_leader(void **state)
{
    (void)state;
    struct ear ear;
    fake.peak_known = true;
    fake.usage.ru_maxrss = 1; /* KiB */
    for (fake.peak = 0; fake.peak < 2; fake.peak++) {
        leader_exits(begun(&ear), CLD_EXITED, 0);
        assert_int_equal(told_peak(&ear), fake.peak);
    }
    fake.peak_known = false;
    leader_exits(begun(&ear), CLD_EXITED, 0);
    assert_int_equal(told_peak(&ear), 1024);
    fake.usage.ru_maxrss = 5;
    leader_exits(begun(&ear), CLD_EXITED, 0);
    assert_int_equal(told_peak(&ear), 5120);
    fake.peak_known = true;
    fake.peak = 77;
    leader_exits(begun(&ear), CLD_EXITED, 0);
    assert_int_equal(told_peak(&ear), 77);
}

enum asked { NOBODY, A_CLIENT, BRUTALLY, THE_DAEMON, TO_NO_MORE };

static void ask_for_its_end(struct run *run, enum asked asked)
{
    if (asked == A_CLIENT)
        life_stop(run, STOPPED_BY_CLIENT, SHUTDOWN_DEFAULT);
    if (asked == BRUTALLY)
        life_stop(run, STOPPED_BY_CLIENT, SHUTDOWN_BRUTAL_KILL);
    core.stop_level = asked == THE_DAEMON   ? STOP_ORDERLY
                      : asked == TO_NO_MORE ? STOP_DRAINING
                                            : STOP_NONE;
}

#define ENDED(level, what) "<" level ">run ended run_id=r1 pid=4001 reason=" what " outcome="

static void the_reason_is_told_and_logged(void **state)
{
    (void)state;
    static const struct {
        enum asked asked;
        bool out_of_memory;
        int code, status;
        const char *reason, *line;
    } CASES[] = {
        {NOBODY, false, CLD_EXITED, 0, "{\"kind\":\"normal\"}",
         ENDED("6", "normal code=0 signal=- by=- stopped_by=-")},
        {NOBODY, false, CLD_EXITED, 3, "{\"kind\":\"exit\",\"code\":3}",
         ENDED("4", "exit code=3 signal=- by=- stopped_by=-")},
        {A_CLIENT, false, CLD_KILLED, SIGTERM, "{\"kind\":\"shutdown\"}",
         ENDED("6", "shutdown code=0 signal=- by=- stopped_by=client")},
        {THE_DAEMON, false, CLD_KILLED, SIGTERM, "{\"kind\":\"shutdown\"}",
         ENDED("6", "shutdown code=0 signal=- by=- stopped_by=-")},
        {TO_NO_MORE, false, CLD_KILLED, SIGTERM, "{\"kind\":\"signal\",\"signal\":\"SIGTERM\"}",
         ENDED("4", "signal code=0 signal=SIGTERM by=- stopped_by=-")},
        {NOBODY, false, CLD_KILLED, SIGTERM, "{\"kind\":\"signal\",\"signal\":\"SIGTERM\"}",
         ENDED("4", "signal code=0 signal=SIGTERM by=- stopped_by=-")},
        {A_CLIENT, false, CLD_KILLED, SIGHUP,
         "{\"kind\":\"signal\",\"signal\":\"SIGHUP\",\"core\":false}",
         ENDED("4", "signal code=0 signal=SIGHUP by=- stopped_by=client")},
        {NOBODY, false, CLD_DUMPED, SIGSEGV,
         "{\"kind\":\"signal\",\"signal\":\"SIGSEGV\",\"core\":true}",
         ENDED("4", "signal code=0 signal=SIGSEGV by=- stopped_by=-")},
        {NOBODY, false, CLD_KILLED, SIGKILL, "{\"kind\":\"killed\",\"by\":\"unknown\"}",
         ENDED("4", "killed code=0 signal=- by=unknown stopped_by=-")},
        {NOBODY, true, CLD_KILLED, SIGKILL, "{\"kind\":\"killed\",\"by\":\"oom\"}",
         ENDED("4", "killed code=0 signal=- by=oom stopped_by=-")},
        {BRUTALLY, true, CLD_KILLED, SIGKILL, "{\"kind\":\"killed\",\"by\":\"supervisor\"}",
         ENDED("4", "killed code=0 signal=- by=supervisor stopped_by=client")},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct ear ear;
        char member[128];
        struct run *run = begun(&ear);
        run->pid = 4001;
        ask_for_its_end(run, CASES[i].asked);
        fake.out_of_memory = CASES[i].out_of_memory;
        log_lines_begin();
        leader_exits(run, CASES[i].code, CASES[i].status);
        snprintf(member, sizeof member, "\"reason\":%s,", CASES[i].reason);
        if (!strstr(ear.down, member))
            fail_msg("%s has no %s", ear.down, member);
        const char *lines = log_lines();
        if (!strstr(lines, CASES[i].line))
            fail_msg("%s has no %s", lines, CASES[i].line);
        log_lines_end();
    }
    core.stop_level = STOP_NONE;
}

/* ---- records and results that cannot be written ---- */

#define OPEN_RECORD   "open/0000000001000-r1.jsonl"
#define CLOSED_RECORD "runs/0000000001000-r1.jsonl"

static void a_result_that_cannot_be_written_waits_for_the_end(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begun(&ear);
    assert_int_equal(renameat(folder.fd, OPEN_RECORD, folder.fd, "aside"), 0);
    assert_true(say_result(run));
    char *text;
    assert_int_equal(run_result(run, &text), 0);
    assert_string_equal(text,
                        "{\"type\":\"result\",\"outcome\":\"complete\",\"result\":{\"x\":1}}");
    free(text);
    assert_int_equal(renameat(folder.fd, "aside", folder.fd, OPEN_RECORD), 0);
    leader_exits(run, CLD_EXITED, 0);
    assert_non_null(strstr(ear.down, "\"outcome\":\"complete\""));
    assert_non_null(strstr(ear.down, "\"record_error\":\"ENOENT\""));
    assert_non_null(strstr(get_file(&folder, CLOSED_RECORD), "\"result\":{\"x\":1}"));
}

static void the_first_failure_is_the_one_that_is_told(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begun(&ear);
    assert_int_equal(unlinkat(folder.fd, OPEN_RECORD, 0), 0);
    assert_true(say_result(run)); /* ENOENT */
    assert_int_equal(mkdirat(folder.fd, OPEN_RECORD, 0700), 0);
    leader_exits(run, CLD_EXITED, 0); /* EBADMSG */
    assert_non_null(strstr(ear.down, "\"record_error\":\"ENOENT\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(silence_lasts_a_tenth_of_a_second),
        TEST(whoever_goes_on_talking_is_cut_off_after_a_second),
        TEST(the_rest_has_a_second_too),
        TEST(it_is_looked_at_ever_more_seldom),
        TEST(what_is_read_to_its_end_is_shut_and_not_read_again),
        TEST(a_stop_that_was_under_way_has_no_say_any_more),
        TEST(who_asks_after_the_exit_has_not_stopped_it),
        TEST(what_the_kernel_counted_is_told),
        TEST(the_peak_of_the_group_is_told_or_else_that_of_the_leader),
        TEST(the_reason_is_told_and_logged),
        TEST(a_result_that_cannot_be_written_waits_for_the_end),
        TEST(the_first_failure_is_the_one_that_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
