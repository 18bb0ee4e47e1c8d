/* Reasons as records and DOWNs show them, and names that are not the kernel's. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <string.h>

#include "common/cleanup.h"
#include "heap_kept.h"
#include "proto/event.h"
#include "proto/reason.h"
#include "proto/record_line.h"
#include "proto/runid.h"

static void assert_json(const struct reason *reason, const char *expected)
{
    json_t *json = reason_to_json(reason);
    json_t *wanted = json_loads(expected, 0, NULL);
    assert_true(json_equal(json, wanted));
    json_decref(json);
    json_decref(wanted);
}

static void reasons_go_to_json(void **state)
{
    (void)state;
    static const struct {
        struct reason reason;
        const char *json;
    } rows[] = {
        {{.kind = REASON_NORMAL}, "{\"kind\":\"normal\"}"},
        {{.kind = REASON_EXIT, .code = 137}, "{\"kind\":\"exit\",\"code\":137}"},
        {{.kind = REASON_SHUTDOWN}, "{\"kind\":\"shutdown\"}"},
        {{.kind = REASON_SIGNAL, .signal = SIGTERM},
         "{\"kind\":\"signal\",\"signal\":\"SIGTERM\"}"},
        {{.kind = REASON_SIGNAL, .signal = SIGSEGV, .core = true},
         "{\"kind\":\"signal\",\"signal\":\"SIGSEGV\",\"core\":true}"},
        {{.kind = REASON_KILLED, .by = REASON_BY_SUPERVISOR},
         "{\"kind\":\"killed\",\"by\":\"supervisor\"}"},
        {{.kind = REASON_KILLED, .by = REASON_BY_OOM}, "{\"kind\":\"killed\",\"by\":\"oom\"}"},
        {{.kind = REASON_KILLED, .by = REASON_BY_UNKNOWN},
         "{\"kind\":\"killed\",\"by\":\"unknown\"}"},
        {{.kind = REASON_NOPROC}, "{\"kind\":\"noproc\"}"},
        {{.kind = REASON_NOCONNECTION}, "{\"kind\":\"noconnection\"}"},
        {{.kind = REASON_UNKNOWN}, "{\"kind\":\"unknown\"}"},
        {{.kind = REASON_TIMEOUT}, "{\"kind\":\"timeout\"}"},
        {{.kind = REASON_LINK}, "{\"kind\":\"link\"}"},
        {{.kind = REASON_EXEC, .errnum = ENOENT}, "{\"kind\":\"exec\",\"errno\":\"ENOENT\"}"},
        {{.kind = REASON_SPAWN, .errnum = EAGAIN}, "{\"kind\":\"spawn\",\"errno\":\"EAGAIN\"}"},
        {{.kind = REASON_RECORD, .errnum = ENOSPC}, "{\"kind\":\"record\",\"errno\":\"ENOSPC\"}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_json(&rows[i].reason, rows[i].json);
}

static void failed_keeps_what_the_runner_said(void **state)
{
    (void)state;
    struct reason reason = {.kind = REASON_FAILED}, copy;
    reason.failed = json_loads("{\"message\":\"m\",\"code\":\"version\",\"data\":[1]}", 0, NULL);
    reason_copy(&copy, &reason);
    reason_release(&reason);
    assert_null(reason_to_json(&reason));
    assert_json(&copy, "{\"kind\":\"failed\",\"message\":\"m\",\"code\":\"version\",\"data\":[1]}");
    reason_release(&copy);
}

/* A member `kind` in what the runner said must not pass for the kind. */
static void failed_cannot_pose_as_something_else(void **state)
{
    (void)state;
    struct reason reason = {.kind = REASON_FAILED};
    reason.failed = json_loads("{\"message\":\"m\",\"kind\":\"normal\"}", 0, NULL);
    json_t *json = reason_to_json(&reason);
    assert_string_equal(json_string_value(json_object_get(json, "kind")), "failed");
    json_decref(json);
    reason_release(&reason);
}

static void signals_have_names(void **state)
{
    (void)state;
    char name[SIGNAL_NAME_SIZE];
    assert_string_equal(signal_name(SIGSEGV, name), "SIGSEGV");
    assert_string_equal(signal_name(SIGRTMIN, name), "SIGRTMIN");
    assert_string_equal(signal_name(SIGRTMIN + 3, name), "SIGRTMIN+3");
    assert_string_equal(signal_name(32, name), "SIG32");
    assert_string_equal(errno_name(EFBIG), "EFBIG");
    assert_string_equal(errno_name(0), "EUNKNOWN");
    assert_string_equal(errno_name(5000), "EUNKNOWN");
}

static void ids_have_their_form(void **state)
{
    (void)state;
    char id[RUNID_GENERATED_LEN + 1], other[RUNID_GENERATED_LEN + 1], name[130];
    for (int i = 0; i < 200; i++) {
        assert_int_equal(runid_generate(id), 0);
        assert_true(runid_valid(id, strlen(id)));
        assert_int_equal(strncmp(id, "run_", 4), 0);
        assert_non_null(strchr("AEIMQUYcgkosw048", id[14]));
        assert_int_equal(ref_generate(other), 0);
        assert_true(ref_valid(other, strlen(other)));
        assert_string_not_equal(id + 4, other + 4);
    }
    memset(name, 'a', sizeof(name));
    assert_true(runid_valid(name, 128));
    assert_false(runid_valid(name, 129));
    static const char *const good[] = {"a", "_", "0", "a.b-c_D", "_..", "1-"};
    static const char *const bad[] = {"",    ".",   "..",  "-a",       ".a",
                                      "a/b", "a b", "a\n", "\xc3\xa4", "a:b"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        assert_true(runid_valid(good[i], strlen(good[i])));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(runid_valid(bad[i], strlen(bad[i])));
    assert_false(runid_valid("a\0b", 3));
    assert_true(ref_valid("ref_AAAAAAAAAAA", 15));
    assert_true(ref_valid("ref_AAAAAAAAAAB", 15));
    assert_false(ref_valid("ref_AAAAAAAAA.A", 15));
    assert_false(ref_valid("run_AAAAAAAAAAA", 15));
    assert_false(ref_valid("ref_AAAAAAAAAA", 14));
    assert_false(ref_valid("ref_AAAAAAAAA=A", 15));
}

static void events_have_their_class(void **state)
{
    (void)state;
    int terminal = 0;
    for (int i = 0; i < EVENT_TYPE_COUNT; i++) {
        enum event_type type = (enum event_type)i;
        assert_int_equal(event_find(event_name(type), strlen(event_name(type))), i);
        terminal += event_is_terminal(type);
    }
    assert_int_equal(terminal, 2);
    assert_true(event_is_terminal(EVENT_RUN_FAILED));
    assert_false(event_is_terminal(EVENT_MEMBER_TOKEN));
    assert_int_equal(event_find("sub_run", 7), -EINVAL);
    assert_int_equal(outcome_find("degraded", 8), OUTCOME_DEGRADED);
    assert_int_equal(outcome_find("", 0), -EINVAL);
    assert_null(outcome_name(OUTCOME_NONE));
}

static const char *const EVENT_WORDS[] = {
    "run_started",        "run_resumed",       "carried",          "carried_end",
    "council_selected",   "round_started",     "member_started",   "attempt_failed",
    "exchange_completed", "tool_call_request", "tool_call_result", "member_reask",
    "member_completed",   "early_stop",        "round_completed",  "sub_run_started",
    "sub_run_completed",  "sub_run_failed",    "warning",          "cancel_requested",
    "run_completed",      "run_failed",        "member_token",     "member_reasoning",
};
static const char *const OUTCOME_WORDS[] = {NULL,      "complete", "degraded",
                                            "refused", "failed",   "cancelled"};
static const char *const KIND_WORDS[] = {
    NULL,      "normal",  "exit", "shutdown", "signal", "killed", "noproc", "noconnection",
    "unknown", "timeout", "link", "failed",   "exec",   "spawn",  "record",
};
static const char *const BY_WORDS[] = {"supervisor", "oom", "unknown"};
_Static_assert(ARRAY_LEN(EVENT_WORDS) == EVENT_TYPE_COUNT, "all of them");
_Static_assert(ARRAY_LEN(OUTCOME_WORDS) == OUTCOME_COUNT, "all of them");
_Static_assert(ARRAY_LEN(KIND_WORDS) == REASON_KIND_COUNT, "all of them");

static void is_word(const char *word, const char *wanted)
{
    if (!wanted)
        assert_null(word);
    else
        assert_string_equal(word, wanted);
}

/* As they stand in records: one that changes makes the old records unreadable. */
static void every_word(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(EVENT_WORDS); i++) {
        is_word(event_name((enum event_type)i), EVENT_WORDS[i]);
        assert_int_equal(event_find(EVENT_WORDS[i], strlen(EVENT_WORDS[i])), i);
        assert_int_equal(event_find(EVENT_WORDS[i], strlen(EVENT_WORDS[i]) - 1), -EINVAL);
        assert_int_equal(event_is_terminal((enum event_type)i),
                         i == EVENT_RUN_COMPLETED || i == EVENT_RUN_FAILED);
    }
    for (size_t i = 0; i < ARRAY_LEN(OUTCOME_WORDS); i++) {
        is_word(outcome_name((enum outcome)i), OUTCOME_WORDS[i]);
        if (OUTCOME_WORDS[i])
            assert_int_equal(outcome_find(OUTCOME_WORDS[i], strlen(OUTCOME_WORDS[i])), i);
    }
    for (size_t i = 0; i < ARRAY_LEN(KIND_WORDS); i++)
        is_word(reason_kind_name((enum reason_kind)i), KIND_WORDS[i]);
    for (size_t i = 0; i < ARRAY_LEN(BY_WORDS); i++)
        is_word(reason_by_name((enum reason_by)i), BY_WORDS[i]);
    is_word(record_line_name(RECORD_LINE_SPEC), "spec");
    is_word(record_line_name(RECORD_LINE_RESULT), "result");
    is_word(record_line_name(RECORD_LINE_DOWN), "down");
    assert_int_equal(outcome_find("completed", 9), -EINVAL);
    assert_int_equal(outcome_find("Complete", 8), -EINVAL);
    struct reason none = REASON_INIT;
    assert_null(reason_to_json(&none));
}

static void signals_at_their_edges(void **state)
{
    (void)state;
    char name[SIGNAL_NAME_SIZE], wanted[SIGNAL_NAME_SIZE];
    assert_ptr_equal(signal_name(SIGHUP, name), name);
    assert_string_equal(name, "SIGHUP");
    assert_string_equal(signal_name(0, name), "SIG0");
    assert_string_equal(signal_name(-1, name), "SIG-1");
    assert_string_equal(signal_name(SIGSYS, name), "SIGSYS");
    assert_string_equal(signal_name(SIGRTMIN + 1, name), "SIGRTMIN+1");
    snprintf(wanted, sizeof wanted, "SIG%d", SIGRTMIN - 1);
    assert_string_equal(signal_name(SIGRTMIN - 1, name), wanted);
    snprintf(wanted, sizeof wanted, "SIGRTMIN+%d", SIGRTMAX - SIGRTMIN);
    assert_string_equal(signal_name(SIGRTMAX, name), wanted);
    snprintf(wanted, sizeof wanted, "SIG%d", SIGRTMAX + 1);
    assert_string_equal(signal_name(SIGRTMAX + 1, name), wanted);
    assert_string_equal(errno_name(-1), "EUNKNOWN");
    assert_string_equal(errno_name(EPERM), "EPERM");
    const struct reason term = {.kind = REASON_SIGNAL, .signal = SIGTERM, .core = true},
                        kill = {.kind = REASON_SIGNAL, .signal = SIGKILL};
    assert_json(&term, "{\"kind\":\"signal\",\"signal\":\"SIGTERM\"}");
    assert_json(&kill, "{\"kind\":\"signal\",\"signal\":\"SIGKILL\",\"core\":false}");
}

/* Every byte, first and behind the first. */
static void which_letters_make_an_id(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        char id[3] = {(char)c, 'a', 'a'}, ref[] = "ref_AAAAAAAAAAA";
        const bool word = c && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                      "0123456789_",
                                      c);
        assert_int_equal(runid_valid(id, 3), word);
        for (int at = 1; at < 3; at++) {
            id[0] = id[1] = id[2] = 'a';
            id[at] = (char)c;
            assert_int_equal(runid_valid(id, 3), word || c == '.' || c == '-');
        }
        for (int at = 0; at < 15; at++) {
            const char before = ref[at];
            ref[at] = (char)c;
            assert_int_equal(ref_valid(ref, 15), at < 4 ? c == before : word || c == '-');
            ref[at] = before;
        }
    }
    assert_false(ref_valid("ref_AAAAAAAAAAAA", 16));
    assert_true(runid_valid("a", 1));
    assert_false(runid_valid("a", 0));
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(reasons_go_to_json);
    assert_keeps_nothing(failed_keeps_what_the_runner_said);
    assert_keeps_nothing(failed_cannot_pose_as_something_else);
    assert_keeps_nothing(signals_have_names);
    assert_keeps_nothing(ids_have_their_form);
    assert_keeps_nothing(events_have_their_class);
    assert_keeps_nothing(every_word);
    assert_keeps_nothing(signals_at_their_edges);
    assert_keeps_nothing(which_letters_make_an_id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reasons_go_to_json),
        cmocka_unit_test(failed_keeps_what_the_runner_said),
        cmocka_unit_test(failed_cannot_pose_as_something_else),
        cmocka_unit_test(signals_have_names),
        cmocka_unit_test(ids_have_their_form),
        cmocka_unit_test(events_have_their_class),
        cmocka_unit_test(every_word),
        cmocka_unit_test(signals_at_their_edges),
        cmocka_unit_test(which_letters_make_an_id),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
