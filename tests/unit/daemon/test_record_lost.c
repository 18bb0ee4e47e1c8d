/* What a daemon that was killed has left in open/: none of it may be lost, made better than it was,
 * or keep the next daemon from serving. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "daemon/records/record_lost_end.h"
#include "failing.h"
#include "record_fixture.h"

#define SPEC_WHOLE SPEC_LINE "\"council_id\":\"three\",\"recorder\":\"journal\"}\n"
#define STARTED                                                                                    \
    "{\"type\":\"start\",\"run_id\":\"%s\",\"incarnation\":1000,\"council_id\":\"three\","         \
    "\"registry\":\"default\",\"started_at\":\"2026-11-22T18:00:00.000Z\",\"started_by\":"         \
    "{\"uid\":7},\"labels\":{\"l\":\"m\"},\"resume_from\":\"0000000000900-e\","                    \
    "\"question\":\"q\",\"members\":[\"x\"]}\n"

static void leave(const char *id, const char *text)
{
    char path[96];
    snprintf(path, sizeof path, "open/0000000001000-%s.jsonl", id);
    put_file(&folder, path, text);
}

static int64_t fixed_wall(void)
{
    return 1763834405000;
}

static void expect_lost(const char *id, const char *outcome, bool torn)
{
    char part[512];
    const struct record_key key = key_of(id);
    snprintf(part, sizeof part,
             "\"ended_at\":\"2025-11-22T18:00:05.000Z\",\"pid\":null,\"reason\":{\"kind\":"
             "\"noconnection\"},\"stopped_by\":null,\"outcome\":%s,\"rusage\":null,"
             "\"containment\":null%s}",
             outcome, torn ? ",\"torn\":true" : "");
    expect_down(&key, part);
    assert_int_equal(strstr(row_of(&key), "\"torn\":true") != NULL, torn);
}

static void closes_lost_runs_as_noconnection(void **state)
{
    (void)state;
    sys.wall_ms = fixed_wall;
    leave("torn", SPEC_WHOLE "{\"seq\":1}\n{\"se");
    leave("result", SPEC_WHOLE "{\"seq\":1}\n{\"type\":\"result\",\"outcome\":\"degraded\","
                               "\"result\":{}}\n");
    leave("event", SPEC_WHOLE "{\"seq\":1,\"type\":\"run_completed\",\"result\":{\"status\":"
                              "\"failed\",\"outcome\":\"refused\",\"final\":null}}\n");
    /* What the event had to leave out stands behind it. */
    leave("both", SPEC_WHOLE "{\"seq\":1,\"type\":\"run_completed\",\"result\":{\"outcome\":"
                             "\"complete\",\"rounds\":null}}\n"
                             "{\"type\":\"result\",\"outcome\":\"complete\",\"result\":"
                             "{\"outcome\":\"complete\",\"rounds\":[1]}}\n");
    leave("halfresult", SPEC_WHOLE "{\"type\":\"result\",\"outcome\":\"degraded\",\"resu");
    leave("never", SPEC_WHOLE);
    leave("halfspec", "{\"type\":\"spec\",\"run_id\":\"hal");
    leave("nospec", "{\"seq\":1}\n");
    struct records_lost lost = close_lost();
    assert_int_equal(lost.closed, 8);
    assert_int_equal(lost.unclosed + lost.odd, 0);
    expect_lost("torn", "null", true);
    expect_lost("result", "\"degraded\"", false);
    expect_lost("event", "\"refused\"", false);
    expect_lost("both", "\"complete\"", false);
    expect_lost("halfresult", "null", true);
    expect_lost("never", "null", false);
    expect_lost("halfspec", "null", true);
    expect_lost("nospec", "null", false);
    struct record_key key = key_of("result");
    expect_result(&key, "{\"type\":\"result\",\"outcome\":\"degraded\",\"result\":{}}");
    key = key_of("both");
    expect_result(&key, "{\"type\":\"result\",\"outcome\":\"complete\",\"result\":"
                        "{\"outcome\":\"complete\",\"rounds\":[1]}}");
    key = key_of("torn");
    expect_result(&key, NULL);
    expect_in(get_file(&folder, "runs/0000000001000-torn.jsonl"),
              "\n{\"seq\":1}\n{\"se\n{\"type\":\"down\"");
    assert_int_equal(close_lost().closed, 0);
}

/* By its hash a spec that was changed later is refused. */
static void the_spec_is_vouched_for(void **state)
{
    (void)state;
    char sha256[SHA256_HEX_SIZE], part[256], *spec;
    const size_t line = strlen(SPEC_WHOLE) - 1;
    size_t len;
    leave("a", SPEC_WHOLE "{\"seq\":1}\n");
    assert_int_equal(close_lost().closed, 1);
    sha256_hex(SPEC_WHOLE, line, sha256);
    snprintf(
        part, sizeof part,
        "{\"type\":\"down\",\"size\":%zu,\"spec_at\":0,\"spec_bytes\":%zu,\"spec_sha256\":\"%s\",",
        strlen(SPEC_WHOLE "{\"seq\":1}\n"), line, sha256);
    const char *text = get_file(&folder, "runs/0000000001000-a.jsonl");
    expect_in(text, part);
    const struct record_key key = key_of("a");
    assert_int_equal(records_read_spec(records, &key, &spec, &len), 0);
    free(spec);
    char *changed = strdup(text);
    *strstr(changed, "three") = 'T';
    put_file(&folder, "runs/0000000001000-a.jsonl", changed);
    free(changed);
    assert_int_equal(records_read_spec(records, &key, &spec, &len), -EBADMSG);
}

static void a_run_cannot_forge_its_end_for_the_next_daemon(void **state)
{
    (void)state;
    const char *spec = SPEC_WHOLE;
    char text[512];
    snprintf(text, sizeof text,
             "%s{\"type\":\"down\",\"size\":%zu,\"reason\":{\"kind\":\"normal\"},\"started_by\":"
             "{\"uid\":0}}\n",
             spec, strlen(spec));
    leave("forged", text);
    assert_int_equal(close_lost().closed, 1);
    const struct record_key key = key_of("forged");
    expect_in(row_of(&key), "\"noconnection\"");
    expect_down(&key, "\"noconnection\"");
}

static void who_started_it_is_what_the_index_says(void **state)
{
    (void)state;
    char row[512];
    snprintf(row, sizeof row, STARTED, "a");
    put_file(&folder, "index.jsonl", row);
    leave("a", SPEC_LINE "\"council_id\":\"x\",\"started_by\":{\"uid\":0}}\n");
    leave("b", SPEC_LINE "\"council_id\":\"x\",\"started_by\":{\"uid\":0}}\n");
    assert_int_equal(close_lost().closed, 2);
    struct record_key key = key_of("a");
    expect_down(&key, "\"started_by\":{\"uid\":7},\"labels\":{\"l\":\"m\"},"
                      "\"resume_from\":\"0000000000900-e\"");
    key = key_of("b");
    struct record_end_texts end;
    assert_int_equal(records_read_end(records, &key, &end), 0);
    assert_null(strstr(end.down, "started_by"));
    record_end_texts_release(&end);
}

static void removes_lost_runs_that_leave_no_record(void **state)
{
    (void)state;
    leave("none", SPEC_LINE "\"recorder\":\"none\",\"council_id\":\"x\"}\n{\"seq\":1}\n");
    leave("empty", "");
    const struct records_lost lost = close_lost();
    assert_int_equal(lost.closed + lost.unclosed + lost.odd, 0);
    assert_int_equal(records_count(records), 0);
    assert_false(exists(&folder, "open/0000000001000-none.jsonl"));
    assert_false(exists(&folder, "open/0000000001000-empty.jsonl"));
}

static void what_is_no_record_is_put_aside(void **state)
{
    (void)state;
    put_file(&folder, "open/stray", "not a record");
    put_file(&folder, "runs/0000000001000-taken.jsonl", SPEC_WHOLE);
    leave("taken", SPEC_WHOLE "{\"seq\":1}\n");
    assert_int_equal(mkdirat(folder.fd, "open/0000000001000-dir", 0700), 0);
    assert_int_equal(mkdirat(folder.fd, "open/0000000001000-dir/deeper", 0700), 0);
    assert_int_equal(symlinkat("nowhere", folder.fd, "open/0000000001000-link.jsonl"), 0);
    leave("good", SPEC_WHOLE);
    struct records_lost lost = close_lost();
    assert_int_equal(lost.closed, 1);
    assert_int_equal(lost.odd, 4);
    assert_true(exists(&folder, "odd/stray"));
    assert_true(exists(&folder, "odd/0000000001000-taken.jsonl"));
    assert_true(exists(&folder, "odd/0000000001000-dir"));
    assert_true(exists(&folder, "odd/0000000001000-link.jsonl"));
    assert_string_equal(get_file(&folder, "runs/0000000001000-taken.jsonl"), SPEC_WHOLE);
    put_file(&folder, "open/stray", "once more");
    assert_int_equal(close_lost().odd, 1);
    assert_string_equal(get_file(&folder, "odd/stray.1"), "once more");
}

static void a_full_disk_does_not_keep_it_from_serving(void **state)
{
    (void)state;
    leave("a", SPEC_WHOLE "{\"type\":\"result\",\"outcome\":\"complete\",\"result\":1}\n");
    reopen();
    sys.write = no_write;
    struct records_lost lost;
    assert_int_equal(records_close_predecessor(records, &lost), 0);
    assert_int_equal(lost.unclosed, 1);
    const struct record_key key = key_of("a");
    expect_in(row_of(&key), "\"reason\":{\"kind\":\"noconnection\"}");
    expect_in(row_of(&key), "\"record_error\":\"ENOSPC\"");
    expect_down(&key, "\"outcome\":\"complete\"");
    expect_result(&key, "{\"type\":\"result\",\"outcome\":\"complete\",\"result\":1}");
    assert_true(exists(&folder, "open/0000000001000-a.jsonl"));
    assert_int_equal(records_close_again(records), 1);
    sys_reset();
    assert_int_equal(records_close_again(records), 0);
    assert_true(exists(&folder, "runs/0000000001000-a.jsonl"));
    expect_down(&key, "\"outcome\":\"complete\"");
    reopen();
    expect_result(&key, "{\"type\":\"result\",\"outcome\":\"complete\",\"result\":1}");
}

/* ---- which line is its result ---- */

#define RESULT_LINE(outcome)     "{\"type\":\"result\",\"outcome\":" outcome ",\"result\":{}}\n"
#define EVENT_LINE(type, result) "{\"seq\":1,\"type\":\"" type "\",\"result\":" result "}\n"
#define FOUR_MORE                "{\"seq\":2}\n{\"seq\":3}\n{\"seq\":4}\n{\"seq\":5}\n"
#define FIFTEEN_MORE             FOUR_MORE FOUR_MORE FOUR_MORE "{}\n7\n[]\n"

static void the_result_of_a_lost_run_is_found_where_it_may_be(void **state)
{
    (void)state;
    static const struct {
        const char *lines, *outcome; /* NULL: there is none */
    } CASES[] = {
        {RESULT_LINE("\"complete\""), "\"complete\""},
        {RESULT_LINE("\"degraded\"") FIFTEEN_MORE, "\"degraded\""},
        {RESULT_LINE("\"degraded\"") FIFTEEN_MORE "{}\n", NULL},
        {RESULT_LINE("\"degraded\"") RESULT_LINE("\"complete\""), "\"degraded\""},
        {EVENT_LINE("run_completed", "{\"outcome\":\"refused\"}") RESULT_LINE("\"complete\""),
         "\"complete\""},
        {RESULT_LINE("\"complete\"") EVENT_LINE("run_completed", "{\"outcome\":\"refused\"}"),
         "\"complete\""},
        {EVENT_LINE("run_failed", "{\"outcome\":\"failed\"}"), "\"failed\""},
        {EVENT_LINE("run_started", "{\"outcome\":\"failed\"}"), NULL},
        {EVENT_LINE("run_completed", "{\"outcome\":7}"), NULL},
        {EVENT_LINE("run_completed", "{}"), NULL},
        {EVENT_LINE("no_such_event", "{\"outcome\":\"failed\"}"), NULL},
        {RESULT_LINE("\"splendid\""), NULL},
        {RESULT_LINE("7"), NULL},
        {RESULT_LINE("null"), NULL},
        {RESULT_LINE("\"complete-and-more-than-thirty-two-letters\""), NULL},
        {"{\"type\":\"result\",\"outcome\":\"complete\"}\n", NULL},
        {"{\"type\":7,\"outcome\":\"complete\",\"result\":{}}\n", NULL},
        {"nonsense\n", NULL},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char text[2048];
        teardown(NULL);
        setup(NULL);
        sys.wall_ms = fixed_wall;
        snprintf(text, sizeof text, "%s%s", SPEC_WHOLE, CASES[i].lines);
        leave("a", text);
        assert_int_equal(close_lost().closed, 1);
        expect_lost("a", CASES[i].outcome ? CASES[i].outcome : "null", false);
        const struct record_key key = key_of("a");
        struct record_end_texts end;
        assert_int_equal(records_read_end(records, &key, &end), 0);
        assert_int_equal(end.result != NULL, CASES[i].outcome != NULL);
        record_end_texts_release(&end);
    }
}

/* The first line is the spec, whatever it says. */
static void a_spec_is_no_result(void **state)
{
    (void)state;
    sys.wall_ms = fixed_wall;
    leave("a", RESULT_LINE("\"complete\""));
    assert_int_equal(close_lost().closed, 1);
    expect_lost("a", "null", false);
}

static void what_is_told_of_a_lost_run_is_this(void **state)
{
    (void)state;
    struct buf body = BUF_INIT(4096);
    char row[512];
    const struct record_key key = {.incarnation = 1000, .run_id = "a"};
    sys.wall_ms = fixed_wall;
    snprintf(row, sizeof row, STARTED, "a");
    assert_int_equal(record_lost_body(&body, &key, row, OUTCOME_FAILED), 0);
    assert_string_equal(
        buf_str(&body),
        "{\"run_id\":\"a\",\"incarnation\":1000,\"council_id\":\"three\",\"registry\":"
        "\"default\",\"started_at\":\"2026-11-22T18:00:00.000Z\",\"started_by\":{\"uid\":7},"
        "\"labels\":{\"l\":\"m\"},\"resume_from\":\"0000000000900-e\",\"question\":\"q\","
        "\"members\":[\"x\"],\"ended_at\":"
        "\"2025-11-22T18:00:05.000Z\",\"pid\":null,\"reason\":{\"kind\":\"noconnection\"},"
        "\"stopped_by\":null,\"outcome\":\"failed\",\"rusage\":null,\"containment\":null}");
    buf_clear(&body);
    assert_int_equal(record_lost_body(&body, &key, NULL, OUTCOME_NONE), 0);
    assert_string_equal(buf_str(&body),
                        "{\"run_id\":\"a\",\"incarnation\":1000,\"ended_at\":"
                        "\"2025-11-22T18:00:05.000Z\",\"pid\":null,\"reason\":{\"kind\":"
                        "\"noconnection\"},\"stopped_by\":null,\"outcome\":null,"
                        "\"rusage\":null,\"containment\":null}");
    buf_release(&body);
}

static void only_the_word_none_asks_for_no_record(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        bool none;
    } CASES[] = {{"{\"recorder\":\"none\"}", true},
                 {"{\"recorder\":\"journal\"}", false},
                 {"{\"recorder\":null}", false},
                 {"{\"none\":\"recorder\"}", false},
                 {"{}", false},
                 {"", false},
                 {"[]", false},
                 {"{\"recorder\":\"none\"", false}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
        assert_int_equal(record_lost_keeps_none(CASES[i].spec, strlen(CASES[i].spec)),
                         CASES[i].none);
    assert_int_equal(record_lost_outcome("{\"outcome\":\"degraded\",\"result\":{}}"),
                     OUTCOME_DEGRADED);
    assert_int_equal(record_lost_outcome("{\"result\":{\"outcome\":\"refused\"}}"),
                     OUTCOME_REFUSED);
    assert_int_equal(record_lost_outcome("{\"outcome\":\"degraded\"}"), OUTCOME_NONE);
    assert_int_equal(record_lost_outcome("nonsense"), OUTCOME_NONE);
    assert_int_equal(record_lost_outcome(NULL), OUTCOME_NONE);
}

static void names_with_a_dot_in_front_are_nobodys(void **state)
{
    (void)state;
    put_file(&folder, "open/.hidden", "x");
    put_file(&folder, "runs/.0000000001000-a.jsonl", SPEC_WHOLE);
    const struct records_lost lost = close_lost();
    assert_int_equal(lost.closed + lost.unclosed + lost.odd, 0);
    assert_true(exists(&folder, "open/.hidden"));
    assert_int_equal(records_count(records), 0);
}

/* Names as long as a file system takes them are cut before they get a number. */
static void what_is_put_aside_is_never_put_over_another(void **state)
{
    (void)state;
    char name[256], path[300];
    memset(name, 'n', 255);
    name[255] = '\0';
    snprintf(path, sizeof path, "open/%s", name);
    for (int i = 0; i < 3; i++) {
        char text[8], aside[300];
        snprintf(text, sizeof text, "%d", i);
        put_file(&folder, path, text);
        assert_int_equal(close_lost().odd, 1);
        snprintf(aside, sizeof aside, i ? "odd/%.239s.%d" : "odd/%.239s", name, i);
        assert_string_equal(get_file(&folder, aside), text);
    }
    for (int i = 0; i < 12; i++) {
        char text[8], aside[32];
        snprintf(text, sizeof text, "%d", i);
        put_file(&folder, "open/stray", text);
        assert_int_equal(close_lost().odd, 1);
        snprintf(aside, sizeof aside, i ? "odd/stray.%d" : "odd/stray", i);
        assert_string_equal(get_file(&folder, aside), text);
    }
}

static void closes_or_fails_cleanly_without_memory(void **state)
{
    (void)state;
    leave("a", SPEC_WHOLE "{\"type\":\"result\",\"outcome\":\"complete\",\"result\":1}\n");
    for (int k = 0; failing_next(&k);) {
        struct records_lost lost;
        failing_stop();
        reopen();
        const bool left = exists(&folder, "open/0000000001000-a.jsonl");
        failing_countdown = k;
        int r = records_close_predecessor(records, &lost);
        failing_stop();
        assert_true(r == -ENOMEM || r == 0);
        if (r == 0)
            assert_int_equal(lost.closed + lost.unclosed, left);
    }
    close_lost();
    /* At whatever allocation it succeeded at last, nothing was cut. */
    const struct record_key key = key_of("a");
    expect_result(&key, "{\"type\":\"result\",\"outcome\":\"complete\",\"result\":1}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(closes_lost_runs_as_noconnection),
        TEST(the_spec_is_vouched_for),
        TEST(a_run_cannot_forge_its_end_for_the_next_daemon),
        TEST(who_started_it_is_what_the_index_says),
        TEST(removes_lost_runs_that_leave_no_record),
        TEST(what_is_no_record_is_put_aside),
        TEST(a_full_disk_does_not_keep_it_from_serving),
        TEST(the_result_of_a_lost_run_is_found_where_it_may_be),
        TEST(a_spec_is_no_result),
        TEST(what_is_told_of_a_lost_run_is_this),
        TEST(only_the_word_none_asks_for_no_record),
        TEST(names_with_a_dot_in_front_are_nobodys),
        TEST(what_is_put_aside_is_never_put_over_another),
        TEST(closes_or_fails_cleanly_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
