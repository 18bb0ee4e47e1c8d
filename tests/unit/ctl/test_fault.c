/* An end that is told wrongly, and an exit status that a script would misread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "ctl/terminal/exit_status.h"
#include "ctl/view/down_line.h"
#include "ctl/view/fault.h"
#include "heap_kept.h"

static void reasons_in_words(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"{\"kind\": \"normal\"}", "normal"},
        {"{\"kind\": \"exit\", \"code\": 137}", "exit 137"},
        {"{\"kind\": \"shutdown\"}", "shutdown"},
        {"{\"kind\": \"killed\", \"by\": \"oom\"}", "killed by oom"},
        {"{\"kind\": \"signal\", \"signal\": \"SIGSEGV\", \"core\": true}",
         "signal SIGSEGV, core dumped"},
        {"{\"kind\": \"signal\", \"signal\": \"SIGTERM\", \"core\": false}", "signal SIGTERM"},
        {"{\"kind\": \"exec\", \"errno\": \"ENOENT\"}", "exec ENOENT"},
        {"{\"kind\": \"failed\", \"code\": \"version\", \"message\": \"m\\u0007\"}",
         "failed version m\\x07"},
        {"null", "-"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        json_t *reason = json_loads(rows[i][0], JSON_DECODE_ANY, NULL);
        assert_non_null(reason);
        struct buf out = BUF_INIT(1000);
        fault_add_reason(&out, reason);
        assert_string_equal(buf_str(&out), rows[i][1]);
        buf_release(&out);
        json_decref(reason);
    }
}

static void statuses_of_outcomes(void **state)
{
    (void)state;
    static const struct {
        const char *outcome;
        int status;
    } rows[] = {{"complete", 0},  {"failed", 1},  {"degraded", 3}, {"refused", 4},
                {"cancelled", 5}, {"no such", 6}, {NULL, 6}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_int_equal(exit_status_of_outcome(rows[i].outcome), rows[i].status);
        json_t *down =
            json_pack("{s:{s:s}, s:s?}", "reason", "kind", "normal", "outcome", rows[i].outcome);
        assert_int_equal(down_exit_status(down), rows[i].status);
        json_decref(down);
    }
    json_t *down = json_pack("{s:{s:s}, s:n}", "reason", "kind", "noproc", "outcome");
    assert_int_equal(down_exit_status(down), EXIT_FAILED);
    json_object_set_new(json_object_get(down, "reason"), "kind", json_string("noconnection"));
    assert_int_equal(down_exit_status(down), EXIT_NO_CONNECTION);
    json_decref(down);
}

static void statuses_of_refusals(void **state)
{
    (void)state;
    static const char *const usage[] = {"invalid_council",  "invalid_option",   "invalid_parameter",
                                        "invalid_request",  "method_not_found", "parse_error",
                                        "request_too_large"};
    for (size_t i = 0; i < ARRAY_LEN(usage); i++)
        assert_int_equal(fault_exit_status(usage[i]), EXIT_USAGE);
    assert_int_equal(fault_exit_status("max_children"), EXIT_FAILED);
    assert_int_equal(fault_exit_status("not_found"), EXIT_FAILED);
    assert_int_equal(fault_exit_status("too_many_connections"), EXIT_NO_CONNECTION);
    assert_int_equal(fault_exit_status(""), EXIT_FAILED);
}

static void refusals_say_everything(void **state)
{
    (void)state;
    json_t *error =
        json_pack("{s:i, s:s, s:{s:s, s:s, s:i}}", "code", -32002, "message", "it lives", "data",
                  "reason", "already_started", "run_id", "r", "pid", 42);
    struct buf out = BUF_INIT(1000);
    fault_describe(&out, "run.start", error);
    assert_string_equal(buf_str(&out),
                        "councilctl: run.start: already_started: it lives (run_id r, pid 42)\n");
    buf_release(&out);
    json_decref(error);
}

static void is_told(void (*say)(struct buf *to, const json_t *value), const char *json,
                    const char *words)
{
    json_t *value = json_loads(json, 0, NULL);
    struct buf out = BUF_INIT(4000);
    assert_non_null(value);
    say(&out, value);
    assert_string_equal(buf_str(&out), words);
    buf_release(&out);
    json_decref(value);
}

static void describe(struct buf *to, const json_t *error)
{
    fault_describe(to, "m", error);
}

static void refusals_clause_by_clause(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"{\"message\":\"t\",\"data\":{\"reason\":\"r\"}}", "councilctl: m: r: t\n"},
        {"{\"message\":\"t\"}", "councilctl: m: -: t\n"},
        {"{\"message\":\"t\",\"data\":{\"reason\":\"r\",\"method\":\"n\",\"limit\":1,\"max\":2,"
         "\"pid\":3,\"run_id\":\"i\",\"field\":\"f\",\"other\":4}}",
         "councilctl: m: r: t (field f, run_id i, pid 3, max 2, limit 1, method n)\n"},
        {"{\"message\":\"t\",\"data\":{\"reason\":\"r\",\"max\":2,\"cause\":{\"kind\":\"exit\","
         "\"code\":1}}}",
         "councilctl: m: r: t (max 2): exit 1\n"},
        {"{\"message\":\"t\",\"data\":{\"reason\":\"r\",\"errors\":[{\"path\":\"\",\"code\":\"c\","
         "\"message\":\"x\"},{\"path\":\"/a\",\"code\":\"d\",\"message\":\"y\\n\"}]}}",
         "councilctl: m: r: t\n  (document)  c  x\n  /a  d  y \n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        is_told(describe, rows[i][0], rows[i][1]);
}

static void ends_clause_by_clause(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"{\"run_id\":\"r\",\"reason\":{\"kind\":\"normal\"}}", "r is down: normal\n"},
        {"{\"run_id\":\"r\",\"reason\":{\"kind\":\"noproc\"},\"outcome\":null}",
         "r is down: noproc (there is no such live run)\n"},
        {"{\"run_id\":\"r\",\"reason\":{\"kind\":\"exit\",\"code\":3},\"outcome\":\"failed\","
         "\"stopped_by\":\"terminate\",\"pid\":7,\"rusage\":{\"user_ms\":5,\"system_ms\":3,"
         "\"max_rss_bytes\":1572864},\"record_error\":\"ENOSPC\"}",
         "r is down: exit 3, outcome failed, stopped by terminate, pid 7, user 5 ms, system 3 ms, "
         "memory 1.5 MiB, record error ENOSPC\n"},
        {"{\"run_id\":\"r\",\"reason\":null,\"rusage\":{\"user_ms\":0}}",
         "r is down: -, user 0 ms, system 0 ms\n"},
        {"{\"run_id\":\"r\",\"reason\":null,\"rusage\":{\"user_ms\":0,\"max_rss_bytes\":0}}",
         "r is down: -, user 0 ms, system 0 ms, memory 0.0 MiB\n"},
        {"{\"run_id\":\"r\",\"reason\":null,\"rusage\":{\"system_ms\":1}}", "r is down: -\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        is_told(down_describe, rows[i][0], rows[i][1]);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(reasons_in_words);
    assert_keeps_nothing(statuses_of_outcomes);
    assert_keeps_nothing(statuses_of_refusals);
    assert_keeps_nothing(refusals_say_everything);
    assert_keeps_nothing(refusals_clause_by_clause);
    assert_keeps_nothing(ends_clause_by_clause);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reasons_in_words),          cmocka_unit_test(statuses_of_outcomes),
        cmocka_unit_test(statuses_of_refusals),      cmocka_unit_test(refusals_say_everything),
        cmocka_unit_test(refusals_clause_by_clause), cmocka_unit_test(ends_clause_by_clause),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
