/* A start that is asked for again under its key: a second run is paid for twice, an answer with the
 * run of somebody else tells what is not for the asker, and one that never comes leaves him to ask
 * for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "daemon/os/sys.h"
#include "daemon/records/record_archive.h"
#include "daemon/records/start_keys.h"
#include "failing.h"
#include "start_again_fixture.h"

/* ---- whose answer it is ---- */

static void the_run_of_the_first_is_the_answer(void **state)
{
    (void)state;
    struct run *run = start_ready(UNDER_K);
    call_gives("run.start", UNDER_K, ALREADY("4711"));
    call_gives("run.start", UNDER_K, ALREADY("4711"));
    assert_int_equal(runs_count(runs), 1);
    assert_int_equal(fake.made, 1);
    ends(run);
    expect_silence();
    call_gives("run.start", UNDER_K, ALREADY("null"));
    assert_int_equal(runs_count(runs), 0);
    assert_int_equal(fake.made, 1);
}

static void who_asks_while_it_starts_waits_with_the_first(void **state)
{
    (void)state;
    struct run *run = start(1, UNDER_K);
    request_is(2, "run.start", UNDER_K);
    request_is(3, "run.start", UNDER_K_AND "\"monitor\":true,\"subscribe\":{\"deltas\":true}}");
    expect_silence();
    assert_int_equal(runs_count(runs), 1);
    say_ready(run);
    expect_result(1, "{\"run_id\":\"r1\",\"pid\":4711,\"council_id\":\"quick\",\"warnings\":[]}");
    expect_result(2, ALREADY("4711"));
    expect_result(3, "{\"run_id\":\"r1\",\"pid\":4711,\"council_id\":\"quick\",\"warnings\":[],"
                     "\"already\":true,\"ref\":\"?\",\"subscription\":\"?\"}");
    assert_true(run->deltas_on);
    ends(run);
    expect_text(next_line(), "{\"jsonrpc\":\"2.0\",\"method\":\"run.end\",\"params\":\"?\"}");
    expect_text(next_line(), "{\"jsonrpc\":\"2.0\",\"method\":\"run.down\",\"params\":\"?\"}");
    expect_silence();
}

static void a_start_that_failed_is_made_anew(void **state)
{
    (void)state;
    struct run *run = start(1, UNDER_K);
    request_is(2, "run.start", UNDER_K);
    say(run,
        (struct link_up){.type = LINK_FAILED, .failed = json_pack("{s:s}", "message", "not now")});
    request_is(3, "run.start", UNDER_K); /* it is known to have failed, and still there */
    expect_silence();
    leader_exits(run, CLD_EXITED, 1);
    for (int id = 1; id <= 3; id++)
        expect_error(id, "start_failed",
                     ",\"cause\":{\"kind\":\"failed\",\"message\":\"not now\"}");
    fake.new_fails = -EAGAIN;
    call_fails("run.start", UNDER_K, "start_failed",
               ",\"cause\":{\"kind\":\"spawn\",\"errno\":\"EAGAIN\"}");
    fake.new_fails = 0;
    run = start_ready(
        "{\"council\":\"quick\",\"input\":\"another\",\"key\":\"k\",\"run_id\":\"r1\"}");
    ends(run);
}

static void who_waits_outlives_the_one_that_went(void **state)
{
    (void)state;
    struct run *run = start(1, UNDER_K);
    request_is(2, "run.start", UNDER_K);
    life_stop(run, STOPPED_BY_CLIENT, SHUTDOWN_DEFAULT);
    leader_exits(run, CLD_KILLED, SIGTERM);
    expect_error(1, "start_failed", ",\"cause\":{\"kind\":\"shutdown\"}");
    expect_error(2, "start_failed", ",\"cause\":{\"kind\":\"shutdown\"}");
    expect_silence();
}

/* ---- what the second one wants to hear ---- */

static void a_live_run_is_watched_from_its_beginning(void **state)
{
    (void)state;
    struct run *run = start_ready(UNDER_K);
    call_gives("run.start", UNDER_K_AND "\"monitor\":true}",
               "{\"run_id\":\"r1\",\"pid\":4711,\"council_id\":\"quick\",\"warnings\":[],"
               "\"already\":true,\"ref\":\"?\"}");
    assert_false(run->deltas_on);
    call_gives("run.start", UNDER_K_AND "\"subscribe\":true}",
               "{\"run_id\":\"r1\",\"pid\":4711,\"council_id\":\"quick\",\"warnings\":[],"
               "\"already\":true,\"subscription\":\"?\"}");
    assert_false(run->deltas_on);
    call_gives("run.start", UNDER_K_AND "\"subscribe\":{\"deltas\":true}}",
               "{\"run_id\":\"r1\",\"pid\":4711,\"council_id\":\"quick\",\"warnings\":[],"
               "\"already\":true,\"subscription\":\"?\"}");
    assert_true(run->deltas_on);
    ends(run);
    expect_text(next_line(), "{\"jsonrpc\":\"2.0\",\"method\":\"run.end\",\"params\":\"?\"}");
    expect_text(next_line(), "{\"jsonrpc\":\"2.0\",\"method\":\"run.end\",\"params\":\"?\"}");
    expect_text(next_line(), "{\"jsonrpc\":\"2.0\",\"method\":\"run.down\",\"params\":\"?\"}");
    expect_silence();
}

static void an_ended_run_is_played_back(void **state)
{
    (void)state;
    ends(start_ready(UNDER_K));
    request_is(2, "run.start", UNDER_K_AND "\"monitor\":true}");
    expect_result(2, "{\"run_id\":\"r1\",\"pid\":null,\"council_id\":\"quick\",\"warnings\":[],"
                     "\"already\":true,\"ref\":\"?\"}");
    assert_non_null(strstr(next_line(), "\"run_id\":\"r1\",\"pid\":null,\"reason\":{\"kind\":"
                                        "\"noproc\"}"));
    request_is(3, "run.start", UNDER_K_AND "\"subscribe\":true}");
    expect_result(3, "{\"run_id\":\"r1\",\"pid\":null,\"council_id\":\"quick\",\"warnings\":[],"
                     "\"already\":true,\"subscription\":\"?\"}");
    expect_text(next_line(), "{\"jsonrpc\":\"2.0\",\"method\":\"run.end\",\"params\":\"?\"}");
    expect_silence();
}

/* One that was chosen while it ran is known from its record. */
static void the_council_is_the_one_that_it_ran(void **state)
{
    (void)state;
    struct run *run = start_ready(UNDER_K);
    free(run->council_id);
    run->council_id = strdup("chosen");
    ends(run);
    call_gives("run.start", UNDER_K,
               "{\"run_id\":\"r1\",\"pid\":null,\"council_id\":\"chosen\",\"warnings\":[],"
               "\"already\":true}");
}

static void without_memory_it_is_no_other_council(void **state)
{
    struct run *run = start_ready(UNDER_K);
    memcpy(run->council_id, "other", 5); /* not "quick" */
    ends(run);
    for (int k = 0; failing_next(&k);) {
        char answer[4096] = "";
        request_is(1, "run.start", UNDER_K);
        failing_stop();
        turns(5);
        const ssize_t n = recv(client, answer, sizeof answer - 1, 0);
        assert_null(strstr(answer, "\"quick\""));
        if (n > 0)
            continue;
        assert_int_equal(teardown_desk(state), 0); /* the end of the connection is an answer too */
        assert_int_equal(setup_desk(state), 0);
        run = start_ready(UNDER_K);
        memcpy(run->council_id, "other", 5);
        ends(run);
    }
}

/* A younger run of its id is another. */
static void the_id_may_be_used_again(void **state)
{
    (void)state;
    ends(start_ready(UNDER_K));
    struct run *younger = start_ready("{" WHAT ",\"run_id\":\"r1\"}");
    call_gives("run.start", UNDER_K, ALREADY("null"));
    ends(younger);
}

/* ---- when it is looked up ---- */

static void it_is_looked_up_behind_faults_and_before_room(void **state)
{
    (void)state;
    struct run *run = start_ready(UNDER_K);
    config.max_children = 1;
    call_gives("run.start", UNDER_K, ALREADY("4711"));
    call_fails("run.start", "{" WHAT ",\"key\":\"new\"}", "max_children", ",\"max\":1");
    core.stop_level = STOP_ORDERLY;
    call_gives("run.start", UNDER_K, ALREADY("4711"));
    call_fails("run.start", UNDER_K_AND "\"labels\":{}}", "key_reused", ",\"run_id\":\"r1\"");
    call_fails("run.start", "{" WHAT ",\"key\":\"new\"}", "shutting_down", "");
    call_fails("run.start", UNDER_K_AND "\"nonsense\":1}", "invalid_option",
               ",\"field\":\"nonsense\",\"message\":\"?\"");
    call_fails("run.start", "{\"council\":\"none\",\"input\":\"why?\",\"key\":\"k\"}",
               "invalid_council", ",\"errors\":\"?\"");
    core.stop_level = STOP_NONE;
    ends(run);
}

/* ---- how long it is known ---- */

static int64_t tomorrow(void)
{
    return clock_wall_ms() + START_KEY_MS + 60 * 1000;
}

static int64_t nearly_tomorrow(void)
{
    return clock_wall_ms() + START_KEY_MS - 3600 * 1000;
}

static void it_is_known_as_long_as_its_record_and_a_day(void **state)
{
    (void)state;
    ends(start_ready(UNDER_K));
    sys.wall_ms = nearly_tomorrow;
    call_gives("run.start", UNDER_K, ALREADY("null"));
    sys.wall_ms = tomorrow;
    ends(start_ready(UNDER_K));
    sys.wall_ms = clock_wall_ms;
    ends(start_ready(UNDER_K));
    call_gives("run.start", UNDER_K, ALREADY("null"));
    for (struct record_key key; records_before(records, NULL, &key) == 0;)
        assert_int_equal(records_remove(records, &key), 0);
    ends(start_ready(UNDER_K));
    assert_int_equal(fake.made, 4);
}

static void without_a_record_it_is_known_while_it_lives(void **state)
{
    (void)state;
    static const char PARAMS[] = UNDER_K_AND "\"recorder\":\"none\"}";
    struct run *run = start_ready(PARAMS);
    call_gives("run.start", PARAMS, ALREADY("4711"));
    ends(run);
    ends(start_ready(PARAMS));
    assert_int_equal(fake.made, 2);
}

/* ---- what is kept of it ---- */

static void the_key_itself_is_kept_nowhere(void **state)
{
    (void)state;
    char name[RECORD_FILE_SIZE + 8] = "runs/";
    struct run *run = start_ready("{" WHAT ",\"key\":\"a-secret-of-mine\",\"run_id\":\"r1\"}");
    const char *told = strstr(spec_of("r1"), "\"start_key\":\"");
    assert_non_null(told);
    assert_int_equal(strspn(told + 13, "0123456789abcdef"), START_KEY_LEN);
    assert_null(strstr(spec_of("r1"), "a-secret"));
    record_key_file(run_view(run).record, name + 5);
    ends(run);
    assert_null(strstr(get_file(&folder, name), "a-secret"));
    assert_non_null(
        strstr(strstr(get_file(&folder, name), "{\"type\":\"down\""), "\"start_key\":\""));
    assert_null(strstr(get_file(&folder, "index.jsonl"), "a-secret"));
    assert_null(strstr(fake.spec, "a-secret"));
    assert_null(strstr(fake.spec, "start_key"));
}

static void the_audit_tells_which_run_it_was(void **state)
{
    (void)state;
    request_is(1, "run.start", "{" WHAT ",\"key\":\"k\"}");
    struct run *run = runs_next(runs, NULL);
    char wanted[128];
    snprintf(wanted, sizeof wanted, "\"run_id\":\"%s\",\"result\":\"done\"", run->run_id);
    say_ready(run);
    expect_result(1, "\"?\"");
    ends(run);
    request_is(1, "run.start", "{" WHAT ",\"key\":\"k\"}");
    expect_result(1, "\"?\"");
    const char *text = get_file(&folder, "audit.jsonl");
    assert_non_null(strstr(text, wanted));
    assert_non_null(strstr(strstr(text, wanted) + 1, wanted));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_DESK(the_run_of_the_first_is_the_answer),
        AT_DESK(who_asks_while_it_starts_waits_with_the_first),
        AT_DESK(a_start_that_failed_is_made_anew),
        AT_DESK(who_waits_outlives_the_one_that_went),
        AT_DESK(a_live_run_is_watched_from_its_beginning),
        AT_DESK(an_ended_run_is_played_back),
        AT_DESK(the_council_is_the_one_that_it_ran),
        AT_DESK(without_memory_it_is_no_other_council),
        AT_DESK(the_id_may_be_used_again),
        AT_DESK(it_is_looked_up_behind_faults_and_before_room),
        AT_DESK(it_is_known_as_long_as_its_record_and_a_day),
        AT_DESK(without_a_record_it_is_known_while_it_lives),
        AT_DESK(the_key_itself_is_kept_nowhere),
        AT_DESK(the_audit_tells_which_run_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
