/* Reasons as records and DOWNs show them, and names that are not the kernel's. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>

#include "common/cleanup.h"
#include "proto/event.h"
#include "proto/reason.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reasons_go_to_json),
        cmocka_unit_test(failed_keeps_what_the_runner_said),
        cmocka_unit_test(failed_cannot_pose_as_something_else),
        cmocka_unit_test(signals_have_names),
        cmocka_unit_test(ids_have_their_form),
        cmocka_unit_test(events_have_their_class),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
