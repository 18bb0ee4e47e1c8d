/* run.start from the request to the runner's line and the record: what is lost on that way is a
 * limit that nobody enforces, a key in a record, or a question that is never asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "desk_fixture.h"

/* A request that is waited for until its runner is ready. */
static struct run *start(int id, const char *run_id, const char *more)
{
    char params[2048];
    snprintf(params, sizeof params,
             "{\"council\":\"quick\",\"input\":\"why?\",\"run_id\":\"%s\"%s}", run_id, more);
    request_is(id, "run.start", params);
    return run_of(run_id);
}

static void ends_well(struct run *run)
{
    leader_exits(run, CLD_EXITED, 0);
}

/* ---- a start ---- */

static void a_start_is_answered_when_it_is_ready(void **state)
{
    (void)state;
    struct run *run = start(1, "r1", "");
    expect_silence();
    run->pid = 4711;
    say_ready(run);
    expect_result(1, "{\"run_id\":\"r1\",\"pid\":4711,\"council_id\":\"quick\",\"warnings\":[]}");
    ends_well(run);
    expect_silence();
}

static void whoever_watches_from_the_start_has_its_refs(void **state)
{
    (void)state;
    struct run *run = start(1, "r1", ",\"monitor\":true,\"subscribe\":true");
    say_ready(run);
    expect_result(1, "{\"run_id\":\"r1\",\"pid\":\"?\",\"council_id\":\"quick\",\"warnings\":[],"
                     "\"ref\":\"?\",\"subscription\":\"?\"}");
    assert_false(run->deltas_on);
    ends_well(run);
    expect_text(next_line(), "{\"jsonrpc\":\"2.0\",\"method\":\"run.end\",\"params\":\"?\"}");
    expect_text(next_line(), "{\"jsonrpc\":\"2.0\",\"method\":\"run.down\",\"params\":\"?\"}");
    run = start(2, "r2", ",\"subscribe\":{\"deltas\":true}");
    assert_true(run->deltas_on); /* by the spec */
    say_ready(run);
    expect_result(2, "{\"run_id\":\"r2\",\"pid\":\"?\",\"council_id\":\"quick\",\"warnings\":[],"
                     "\"subscription\":\"?\"}");
    assert_true(run->deltas_on);
    ends_well(run);
}

static void what_was_asked_for_stands_in_the_record(void **state)
{
    (void)state;
    struct run *run = start(1, "r1", "");
    expect_text(
        spec_of("r1"),
        "{\"type\":\"spec\",\"run_id\":\"r1\",\"council_id\":\"quick\",\"registry\":"
        "\"default\",\"started_at\":\"?\",\"recorder\":\"journal\",\"shutdown\":5000,"
        "\"limits\":\"?\",\"labels\":{},\"started_by\":{\"uid\":0,\"gid\":0,\"pid\":0},"
        "\"options\":null,\"verbose\":false,\"question\":\"why?\",\"members\":[\"s\",\"t\"],"
        "\"council\":\"quick\",\"input\":\"why?\"}");
    ends_well(run);
    run = start(2, "r2",
                ",\"registry\":\"mine\",\"labels\":{\"a\":\"b\"},\"callers\":[\"x\"],\"verbose\":"
                "\"debug\",\"recorder\":\"none\",\"shutdown\":\"infinity\",\"limits\":{"
                "\"open_files\":99},\"options\":{\"seed\":\"s\"}");
    expect_text(spec_of("r2"),
                "{\"type\":\"spec\",\"run_id\":\"r2\",\"council_id\":\"quick\",\"registry\":"
                "\"mine\",\"started_at\":\"?\",\"recorder\":\"none\",\"shutdown\":\"infinity\","
                "\"limits\":\"?\",\"labels\":{\"a\":\"b\"},\"started_by\":{\"uid\":0,\"gid\":0,"
                "\"pid\":0,\"callers\":[\"x\"]},\"options\":{\"seed\":\"s\"},\"verbose\":true,"
                "\"question\":\"why?\",\"members\":[\"s\",\"t\"],\"council\":\"quick\",\"input\":"
                "\"why?\"}");
    assert_string_equal(run->registry, "mine");
    assert_string_equal(run->labels, "{\"a\":\"b\"}");
    assert_int_equal(run->shutdown, SHUTDOWN_INFINITY);
    assert_false(run->keep_record);
    assert_int_equal(run->limits.open_files, 99);
    ends_well(run);
}

static void the_runner_is_told_all_it_needs(void **state)
{
    (void)state;
    struct run *run =
        start(1, "r1", ",\"durable\":true,\"verbose\":\"debug\",\"options\":{\"seed\":\"s1\"}");
    json_t *line = json_loads(fake.spec, 0, NULL);
    static const char *const WANTED[][2] = {
        {"type", "\"spec\""},
        {"run_id", "\"r1\""},
        {"council_id", "\"quick\""},
        {"council", "\"quick\""},
        {"input", "\"why?\""},
        {"seed", "\"s1\""},
        {"verbose", "\"debug\""},
        {"deltas", "false"},
        {"durable", "true"},
        {"options", "{\"seed\":\"s1\"}"},
        {"keys", "{\"HOUSE_KEY\":\"" KEY "\"}"},
        {"models", "[]"},
        {"allow_addresses", "[]"},
        {"line_bytes", "8388608"},
    };
    for (size_t i = 0; i < ARRAY_LEN(WANTED); i++) {
        char *got = json_dumps(json_object_get(line, WANTED[i][0]), JSON_ENCODE_ANY | JSON_COMPACT);
        if (!got || strcmp(got, WANTED[i][1]) != 0)
            fail_msg("%s is %s, not %s", WANTED[i][0], got ? got : "(none)", WANTED[i][1]);
        free(got);
    }
    const json_t *providers = json_object_get(line, "providers");
    assert_non_null(json_object_get(providers, "house"));
    assert_non_null(json_object_get(providers, "mock"));
    assert_int_equal(json_array_size(json_object_get(line, "deny_addresses")), 6);
    assert_int_equal(fake.n_given, 2); /* its record, and the folder of it */
    json_decref(line);
    ends_well(run);
}

/* Somebody pastes a key into all that is kept. */
static void no_key_stands_in_what_is_kept(void **state)
{
    (void)state;
    request_is(1, "run.start",
               "{\"council\":\"quick\",\"input\":\"see " KEY "\",\"run_id\":\"r1\",\"labels\":"
               "{\"a\":\"" KEY "\"},\"callers\":[\"" KEY
               "\"],\"options\":{\"metadata\":{\"k\":\"" KEY "\"}}}");
    struct run *run = run_of("r1");
    assert_null(strstr(spec_of("r1"), KEY));
    assert_non_null(strstr(spec_of("r1"), "\"input\":\"see [redacted:key]\""));
    assert_non_null(strstr(spec_of("r1"), "\"question\":\"see [redacted:key]\""));
    assert_string_equal(run->labels, "{\"a\":\"[redacted:key]\"}");
    assert_string_equal(run->question, "\"see [redacted:key]\"");
    assert_null(strstr(run->started_by, KEY));
    assert_non_null(strstr(fake.spec, "\"input\":\"see " KEY "\"")); /* that is the question */
    ends_well(run);
}

/* Lists show the first 200 characters, also of an input that is no text. */
static void a_question_is_shown_by_its_beginning(void **state)
{
    (void)state;
    char params[1024], text[402], wanted[300];
    memset(text, 'q', sizeof text);
    for (int len = 199; len <= 201; len++) {
        struct run *run;
        snprintf(params, sizeof params,
                 "{\"council\":\"quick\",\"input\":\"%.*s\",\"run_id\":\"r%d\"}", len, text, len);
        request_is(1, "run.start", params);
        char id[8];
        snprintf(id, sizeof id, "r%d", len);
        run = run_of(id);
        snprintf(wanted, sizeof wanted, "\"question\":\"%.*s\",", len < 200 ? len : 200, text);
        assert_non_null(strstr(spec_of(id), wanted));
        ends_well(run);
    }
    request_is(1, "run.start", "{\"council\":\"quick\",\"input\":{\"a\":1},\"run_id\":\"x\"}");
    assert_non_null(strstr(spec_of("x"), "\"question\":\"{\\\"a\\\":1}\""));
    assert_string_equal(run_of("x")->question, "\"{\\\"a\\\":1}\"");
    assert_string_equal(run_of("x")->members, "[\"s\",\"t\"]");
    ends_well(run_of("x"));
}

/* ---- its limits and its clock ---- */

static void a_run_gets_the_daemons_clock_when_nobody_set_one(void **state)
{
    (void)state;
    enum { GRACE = 60000 };
    struct run *run = start(1, "r1", "");
    const int64_t usual = run->limits.deadline_ms; /* the council's time and a minute */
    assert_true(usual > GRACE);
    ends_well(run);
    run = start(1, "r1", ",\"limits\":{\"deadline_ms\":1234}");
    assert_int_equal(run->limits.deadline_ms, 1234);
    ends_well(run);
    config.limits.deadline_ms = usual * 10;
    run = start(1, "r1", "");
    assert_int_equal(run->limits.deadline_ms, usual * 10);
    ends_well(run);
    config.limits.deadline_ms = LIMIT_NONE;
    config.max_limits.deadline_ms = usual - 1;
    run = start(1, "r1", "");
    assert_int_equal(run->limits.deadline_ms, usual - 1);
    ends_well(run);
    config.max_limits.deadline_ms = usual + 1;
    run = start(1, "r1", "");
    assert_int_equal(run->limits.deadline_ms, usual);
    ends_well(run);
}

/* ---- what is refused, and in which order ---- */

static void what_is_wrong_is_told_in_its_order(void **state)
{
    (void)state;
    static const struct {
        const char *params, *reason, *data;
    } CASES[] = {
        {"{\"input\":\"x\"}", "invalid_parameter",
         ",\"field\":\"council\",\"message\":\"missing\""},
        {"{\"council\":\"quick\"}", "invalid_parameter",
         ",\"field\":\"input\",\"message\":\"missing\""},
        {"{\"council\":\"none\",\"input\":\"x\",\"limits\":{\"open_files\":1}}", "invalid_council",
         ",\"errors\":\"?\""},
        {"{\"council\":\"quick\",\"input\":\"x\",\"limits\":{\"open_files\":1}}", "invalid_option",
         ",\"field\":\"/limits/open_files\",\"message\":\"?\""},
        {"{\"council\":\"quick\",\"input\":\"x\",\"limits\":{\"open_files\":1000}}",
         "invalid_option",
         ",\"field\":\"/limits/open_files\",\"message\":\"open_files: at most 500 is allowed "
         "here\""},
        {"{\"council\":\"quick\",\"input\":\"x\",\"limits\":{\"processes\":5}}", "invalid_option",
         ",\"field\":\"/limits/processes\",\"message\":\"?\""},
        {"{\"council\":\"quick\",\"input\":\"x\",\"limits\":{\"core_bytes\":1}}", "invalid_option",
         ",\"field\":\"/limits/core_bytes\",\"message\":\"?\""},
        {"{\"council\":\"quick\",\"input\":\"x\",\"options\":{\"colour\":1}}", "invalid_option",
         ",\"field\":\"?\",\"message\":\"?\""},
        {"{\"council\":\"quick\",\"input\":\"x\",\"options\":{\"resume_from\":\"none\"}}",
         "invalid_option",
         ",\"field\":\"/options/resume_from\",\"message\":\"there is no record of that run\""},
        {"{\"options\":{\"resume_from\":\"none\"}}", "invalid_option",
         ",\"field\":\"/options/resume_from\",\"message\":\"there is no record of that run\""},
        {"{\"council\":\"quick\",\"input\":\"x\",\"options\":{\"resume_from\":\"alive\"}}",
         "invalid_option", ",\"field\":\"/options/resume_from\",\"message\":\"that run is alive\""},
        {"{\"council\":\"quick\",\"input\":\"x\",\"run_id\":\"alive\"}", "already_started",
         ",\"run_id\":\"alive\",\"pid\":4711"},
    };
    struct run *alive = some_run("alive");
    alive->pid = 4711;
    config.max_limits.open_files = 500;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        call_fails("run.start", CASES[i].params, CASES[i].reason, CASES[i].data);
        expect_silence();
    }
    assert_int_equal(runs_count(runs), 1);
    assert_int_equal(fake.made, 1);
    ends_well(alive);
}

static void there_is_room_for_so_many(void **state)
{
    (void)state;
    struct run *a = some_run("a"), *b = some_run("b"), *c = start(1, "c", "");
    assert_int_equal(config.max_children, 3);
    call_fails("run.start", "{\"council\":\"quick\",\"input\":\"x\",\"run_id\":\"a\"}",
               "max_children", ",\"max\":3");
    expect_silence();
    call_fails("run.start", "{\"council\":\"quick\",\"input\":\"x\",\"run_id\":\"d\"}",
               "max_children", ",\"max\":3");
    expect_silence();
    call_fails("provider.models", "{\"provider\":\"mock\"}", "max_children", ",\"max\":3");
    expect_silence();
    for (core.stop_level = STOP_DRAINING; core.stop_level <= STOP_IMMEDIATE; core.stop_level++) {
        call_fails("run.start", "{\"council\":\"quick\",\"input\":\"x\"}", "shutting_down", "");
        expect_silence();
        call_fails("provider.models", "{\"provider\":\"mock\"}", "shutting_down", "");
        expect_silence();
    }
    core.stop_level = STOP_NONE;
    assert_int_equal(runs_count(runs), 3);
    assert_int_equal(fake.made, 3);
    ends_well(a);
    ends_well(b);
    ends_well(c);
}

static void an_id_is_drawn_for_who_names_none(void **state)
{
    (void)state;
    request_is(1, "run.start", "{\"council\":\"quick\",\"input\":\"x\"}");
    struct run *run = runs_next(runs, NULL);
    assert_non_null(run);
    assert_int_equal(strncmp(run->run_id, "run_", 4), 0);
    assert_int_equal(strlen(run->run_id), 15);
    ends_well(run);
}

/* ---- resuming ---- */

static void a_run_goes_on_from_an_older_one(void **state)
{
    (void)state;
    struct run *run = start(1, "r1", "");
    say_ready(run);
    expect_result(1, "\"?\"");
    leader_exits(run, CLD_EXITED, 0);
    request_is(2, "run.start", "{\"run_id\":\"r2\",\"options\":{\"resume_from\":\"r1\"}}");
    run = run_of("r2");
    json_t *line = json_loads(fake.spec, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(line, "council")), "quick");
    assert_string_equal(json_string_value(json_object_get(line, "input")), "why?");
    char *chain = json_dumps(json_object_get(line, "chain"), JSON_COMPACT);
    expect_text(chain, "[{\"run_id\":\"r1\",\"outage\":false,\"bytes\":\"?\"}]");
    free(chain);
    assert_int_equal(json_integer_value(json_object_get(line, "records")), 1);
    json_decref(line);
    assert_int_equal(fake.n_given, 3);
    assert_non_null(strstr(spec_of("r2"), "\"resume_from\":\""));
    assert_non_null(strstr(spec_of("r2"), "\"question\":\"why?\""));
    say_ready(run);
    expect_result(2, "\"?\"");
    /* Its heir has both. */
    life_stop(run, STOPPED_BY_STOP, SHUTDOWN_DEFAULT);
    leader_exits(run, CLD_KILLED, SIGTERM);
    request_is(3, "run.start",
               "{\"run_id\":\"r3\",\"input\":\"more\",\"options\":{\"resume_from\":\"r2\"}}");
    run = run_of("r3");
    line = json_loads(fake.spec, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(line, "input")), "more");
    chain = json_dumps(json_object_get(line, "chain"), JSON_COMPACT);
    expect_text(chain, "[{\"run_id\":\"r2\",\"outage\":true,\"bytes\":\"?\"},"
                       "{\"run_id\":\"r1\",\"outage\":false,\"bytes\":\"?\"}]");
    free(chain);
    assert_int_equal(json_integer_value(json_object_get(line, "records")), 2);
    json_decref(line);
    assert_int_equal(fake.n_given, 4);
    ends_well(run);
}

/* ---- a start that fails ---- */

static void a_failed_start_is_told_with_its_cause(void **state)
{
    (void)state;
    fake.new_fails = -EAGAIN;
    call_fails("run.start", "{\"council\":\"quick\",\"input\":\"x\"}", "start_failed",
               ",\"cause\":{\"kind\":\"spawn\",\"errno\":\"EAGAIN\"}");
    fake.new_fails = 0;
    struct run *run = start(1, "r1", "");
    say(run, (struct link_up){.type = LINK_FAILED,
                              .failed = json_pack("{s:s}", "message", "no such thing")});
    expect_silence();
    leader_exits(run, CLD_EXITED, 1);
    expect_error(1, "start_failed",
                 ",\"cause\":{\"kind\":\"failed\",\"message\":\"no such thing\"}");
}

/* They are counted while the request is read, and none of them is kept. */
static void a_council_of_too_many_values_is_refused(void **state)
{
    (void)state;
    enum { MOST = 20000 };
    static char params[3 * MOST];
    char *at = stpcpy(params, "{\"council\":{\"a\":[");
    for (int i = 0; i < MOST; i++)
        at = stpcpy(at, i ? ",0" : "0");
    stpcpy(at, "]}}");
    call_fails("council.validate", params, "invalid_council",
               ",\"errors\":[{\"path\":\"\",\"code\":\"document_too_large\",\"message\":"
               "\"the document has more than 20000 values\"}]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_DESK(a_start_is_answered_when_it_is_ready),
        AT_DESK(whoever_watches_from_the_start_has_its_refs),
        AT_DESK(what_was_asked_for_stands_in_the_record),
        AT_DESK(the_runner_is_told_all_it_needs),
        AT_DESK(no_key_stands_in_what_is_kept),
        AT_DESK(a_question_is_shown_by_its_beginning),
        AT_DESK(a_run_gets_the_daemons_clock_when_nobody_set_one),
        AT_DESK(what_is_wrong_is_told_in_its_order),
        AT_DESK(there_is_room_for_so_many),
        AT_DESK(an_id_is_drawn_for_who_names_none),
        AT_DESK(a_run_goes_on_from_an_older_one),
        AT_DESK(a_council_of_too_many_values_is_refused),
        AT_DESK(a_failed_start_is_told_with_its_cause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
