/* Whose a run is, and what a connection sees: who is taken for the owner stops what others have
 * paid for, or reads what they asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "callers_fixture.h"

/* ---- whose a run is ---- */

static void who_asks_ends_its_own_runs_alone(void **state)
{
    (void)state;
    run_by("us", BY_US, "default");
    run_by("ann", BY_ANN, "default");
    run_by("bob", BY_BOB, "default");
    run_by("five", BY_5, "default");
    run_by("none", "{}", "default");
    caller = (struct caller){.role = ROLE_ASK, .name = "ann"};
    assert_string_equal(outcome_of("run.cancel", RUN("ann")), "done");
    assert_string_equal(outcome_of("run.cancel", RUN("us")), "denied");
    assert_string_equal(outcome_of("run.cancel", RUN("bob")), "denied");
    assert_string_equal(outcome_of("run.terminate", RUN("five")), "denied");
    assert_string_equal(outcome_of("run.terminate", RUN("none")), "denied");
    assert_string_equal(outcome_of("run.terminate", RUN("gone")), "not found");
    caller = (struct caller){.role = ROLE_ASK};
    assert_string_equal(outcome_of("run.cancel", RUN("us")), "done");
    assert_string_equal(outcome_of("run.cancel", RUN("ann")), "denied");
    caller = (struct caller){.role = ROLE_OPERATE, .name = "eve"};
    assert_string_equal(outcome_of("run.cancel", RUN("five")), "done");
    assert_string_equal(outcome_of("run.info", RUN("bob")), "done");
    end("us"), end("ann"), end("bob"), end("five"), end("none");
}

static void why_it_is_denied_is_told(void **state)
{
    (void)state;
    static const struct {
        struct caller caller;
        const char *method, *params, *role, *told;
    } CASES[] = {
        {{.role = ROLE_ASK}, "run.cancel", RUN("bob"), "operate", "the run is not yours"},
        {{.role = ROLE_ASK}, "run.terminate", RUN("bob"), "operate", "the run is not yours"},
        {{.role = ROLE_ASK, .registry = "default"},
         "run.start",
         START(",\"registry\":\"nightly\""),
         "operate",
         "the registry is not the one of this connection"},
        {{.role = ROLE_ASK},
         "run.start",
         "{\"options\":{\"resume_from\":\"old\"}}",
         "operate",
         "the run that it would resume is not yours"},
        {{.role = ROLE_OPERATE, .registry = "default"},
         "supervisor.drain",
         "{}",
         "operate",
         "not for a connection that sees one registry only"},
        {{.role = ROLE_OPERATE, .registry = "default"},
         "supervisor.stop",
         "{}",
         "operate",
         "not for a connection that sees one registry only"},
        {{.role = ROLE_OPERATE, .registry = "default"},
         "connection.act_as",
         "{\"name\":\"ann\",\"role\":\"ask\",\"registry\":\"nightly\"}",
         "ask",
         "the registry is not the one of this connection"},
    };
    run_by("bob", BY_BOB, "default");
    run_by("old", BY_BOB, "default");
    end("old");
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        char data[256];
        caller = CASES[i].caller;
        snprintf(data, sizeof data, ",\"role\":\"%s\",\"message\":\"%s\"", CASES[i].role,
                 CASES[i].told);
        call_fails(CASES[i].method, CASES[i].params, "permission_denied", data);
    }
    end("bob");
}

/* ---- what is seen ---- */

static void runs_of_another_registry_are_not_there(void **state)
{
    (void)state;
    static const char *const LOOKS[] = {"run.info", "run.subscribe", "run.cancel", "run.terminate"};
    run_by("theirs", BY_US, "default");
    run_by("ours", BY_US, "nightly");
    run_by("ended", BY_US, "default");
    end("ended");
    run_by("ended2", BY_US, "nightly");
    end("ended2");
    caller = (struct caller){.role = ROLE_OPERATE, .registry = "nightly"};
    for (size_t i = 0; i < ARRAY_LEN(LOOKS); i++)
        assert_string_equal(outcome_of(LOOKS[i], RUN("theirs")), "not found");
    assert_string_equal(outcome_of("run.info", RUN("ours")), "done");
    assert_string_equal(outcome_of("run.info", RUN("ended")), "not found");
    assert_string_equal(outcome_of("run.await", RUN("ended")), "not found");
    assert_string_equal(outcome_of("run.subscribe", RUN("ended")), "not found");
    assert_string_equal(outcome_of("run.info", RUN("ended2")), "done");
    call_gives("run.list", "{}", "{\"runs\":[\"?\",\"?\"],\"next\":null,\"unreadable\":0}");
    call_gives("run.list", "{\"registry\":\"default\"}",
               "{\"runs\":[],\"next\":null,\"unreadable\":0}");
    call_gives("supervisor.which_children", "{}", "{\"children\":[\"?\"]}");
    call_gives("supervisor.which_children", "{\"registry\":\"default\"}", "{\"children\":[]}");
    request_is(1, "supervisor.count_children", "{}");
    assert_non_null(strstr(next_line(), "\"active\":1,"));
    request_is(1, "supervisor.info", "{}");
    assert_non_null(strstr(next_line(), "\"active\":1,"));
    request_is(1, "run.monitor", RUN("theirs"));
    assert_non_null(strstr(next_line(), "\"ref\""));
    assert_non_null(strstr(next_line(), "\"noproc\""));
    request_is(1, "supervisor.terminate_all", "{}");
    end("ours");
    expect_result(1, "{\"count\":1}");
    end("theirs");
}

static void records_are_pruned_within_what_is_owned(void **state)
{
    (void)state;
    static const struct {
        struct caller caller;
        struct record_whose whose;
    } CASES[] = {
        {{.role = ROLE_OPERATE, .name = "ann"}, {.name = "ann"}},
        {{.role = ROLE_OPERATE, .registry = "n"}, {.registry = "n"}},
        {{.role = ROLE_ASK}, {.of_owner = true}},
        {{.role = ROLE_ASK, .name = "ann", .registry = "n"},
         {.of_owner = true, .name = "ann", .registry = "n"}},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        caller = CASES[i].caller;
        answer_to("run.prune");
        assert_int_equal(kept_whose.of_owner, CASES[i].whose.of_owner);
        assert_int_equal(kept_whose.uid, 0);
        assert_string_equal(kept_whose.name, CASES[i].whose.name);
        assert_string_equal(kept_whose.registry, CASES[i].whose.registry);
    }
}

/* ---- starting ---- */

static void a_start_stands_in_the_registry_of_its_connection(void **state)
{
    (void)state;
    caller = (struct caller){.role = ROLE_ASK, .name = "ann", .registry = "nightly"};
    assert_string_equal(outcome_of("run.start", START(",\"registry\":\"default\"")), "denied");
    request_is(1, "run.start", START(",\"run_id\":\"r1\""));
    struct run *run = run_of("r1");
    assert_string_equal(run->registry, "nightly");
    assert_non_null(strstr(run->started_by, "\"name\":\"ann\""));
    assert_non_null(strstr(spec_of("r1"), "\"name\":\"ann\""));
    assert_true(say_ready(run));
    turns(3);
    assert_non_null(strstr(next_line(), "\"run_id\":\"r1\""));
    caller = (struct caller){.role = ROLE_ASK, .registry = "other"};
    call_fails("run.start", START(",\"run_id\":\"r1\""), "already_started", ",\"run_id\":\"r1\"");
    end("r1");
}

#define RESUME(id) "{\"options\":{\"resume_from\":\"" id "\"}}"

static void only_what_is_owned_is_resumed(void **state)
{
    (void)state;
    static const char MISSING[] = ",\"field\":\"/options/resume_from\",\"message\":"
                                  "\"there is no record of that run\"";
    run_by("us", BY_US, "default");
    end("us");
    run_by("bob", BY_BOB, "default");
    end("bob");
    run_by("live", BY_BOB, "default");
    caller = (struct caller){.role = ROLE_ASK};
    assert_string_equal(outcome_of("run.start", RESUME("bob")), "denied");
    assert_string_not_equal(outcome_of("run.start", RESUME("us")), "denied");
    call_fails("run.start", RESUME("live"), "invalid_option",
               ",\"field\":\"/options/resume_from\",\"message\":\"that run is alive\"");
    caller = (struct caller){.role = ROLE_OPERATE, .registry = "nightly"};
    call_fails("run.start", RESUME("us"), "invalid_option", MISSING);
    call_fails("run.start", RESUME("live"), "invalid_option", MISSING);
    call_fails("run.start", RESUME("none"), "invalid_option", MISSING);
    call_fails("run.start", RESUME("us\\u0000"), "invalid_option", MISSING);
    end("live");
}

/* ---- an id that others use too ---- */

/* What run.info tells of it: it stands in this registry, and is that one's. */
static void expect_info(const char *id, const char *registry, const char *started_by)
{
    char params[64], wanted[256];
    snprintf(params, sizeof params, RUN("%s"), id);
    request_is(1, "run.info", params);
    const char *line = next_line();
    snprintf(wanted, sizeof wanted, "\"registry\":\"%s\"", registry);
    assert_non_null(strstr(line, wanted));
    snprintf(wanted, sizeof wanted, "\"started_by\":%s", started_by);
    assert_non_null(strstr(line, wanted));
}

static void who_uses_an_id_again_hides_no_record_in_another_registry(void **state)
{
    (void)state;
    run_by("x", BY_ANN, "nightly");
    end("x");
    run_by("x", BY_BOB, "default");
    for (int alive = 1; alive >= 0; alive--) {
        caller = (struct caller){.role = ROLE_ASK, .name = "ann", .registry = "nightly"};
        expect_info("x", "nightly", BY_ANN);
        assert_string_equal(outcome_of("run.await", RUN("x")), "done");
        assert_string_equal(outcome_of("run.subscribe", RUN("x")), "done");
        assert_non_null(strstr(next_line(), "\"run.end\""));
        assert_string_equal(outcome_of("run.cancel", RUN("x")), "not found");
        assert_string_equal(outcome_of("run.terminate", RUN("x")), "not found");
        caller = (struct caller){.role = ROLE_LOOK};
        expect_info("x", "default", BY_BOB);
        if (alive)
            end("x");
    }
    caller = (struct caller){.role = ROLE_LOOK, .registry = "other"};
    assert_string_equal(outcome_of("run.info", RUN("x")), "not found");
}

/* The record that the start goes on from, by the first line of its own. */
static void expect_resumed(const char *id, const char *record)
{
    char params[256], wanted[128];
    snprintf(params, sizeof params,
             "{\"council\":\"quick\",\"input\":\"q\",\"run_id\":\"heir\","
             "\"options\":{\"resume_from\":\"%s\"}}",
             id);
    request_is(1, "run.start", params);
    snprintf(wanted, sizeof wanted, "\"resume_from\":\"%s\"", record);
    const char *spec = spec_of("heir");
    assert_non_null(strstr(spec, wanted));
    snprintf(wanted, sizeof wanted, "\"chain\":[\"%s\"]", record);
    assert_non_null(strstr(spec, wanted));
    assert_true(say_ready(run_of("heir")));
    turns(3);
    assert_non_null(strstr(next_line(), "\"run_id\":\"heir\""));
    end("heir");
}

static struct record_key ended_by(const char *id, const char *started_by, const char *registry)
{
    struct record_key key;
    run_by(id, started_by, registry);
    end(id);
    assert_int_equal(records_find(records, id, NULL, &key), 0);
    return key;
}

static void who_uses_an_id_again_hides_no_record_from_its_owner(void **state)
{
    char anns[RECORD_NAME_SIZE], bobs[RECORD_NAME_SIZE];
    (void)state;
    const struct record_key older = ended_by("x", BY_ANN, "nightly"),
                            newer = ended_by("x", BY_BOB, "default");
    record_key_format(&older, anns);
    record_key_format(&newer, bobs);
    assert_string_not_equal(anns, bobs);
    run_by("x", BY_BOB, "default"); /* one that lives is nobody's elder */
    for (int alive = 1; alive >= 0; alive--) {
        caller = (struct caller){.role = ROLE_ASK, .name = "ann"};
        expect_resumed("x", anns);
        caller = (struct caller){.role = ROLE_OPERATE, .registry = "nightly"};
        expect_resumed("x", anns);
        if (alive)
            end("x");
    }
    caller = (struct caller){.role = ROLE_ASK, .name = "eve"};
    assert_string_equal(outcome_of("run.start", RESUME("x")), "denied");
}

/* ---- acting for somebody ---- */

static void a_connection_can_only_be_made_less(void **state)
{
    (void)state;
    static const char ACT[] = "connection.act_as";
    call_gives(ACT, "{\"name\":\"ann\",\"role\":\"ask\"}",
               "{\"name\":\"ann\",\"role\":\"ask\",\"registry\":null}");
    assert_int_equal(caller.role, ROLE_ASK);
    call_fails(ACT, "{\"name\":\"ann\",\"role\":\"operate\"}", "permission_denied",
               ",\"role\":\"operate\",\"message\":\"the role is above that of the connection\"");
    call_fails(ACT, "{\"name\":\"bob\",\"role\":\"ask\"}", "permission_denied",
               ",\"role\":\"ask\",\"message\":\"the connection acts for somebody else\"");
    call_gives(ACT, "{\"name\":\"ann\",\"role\":\"look\",\"registry\":\"nightly\"}",
               "{\"name\":\"ann\",\"role\":\"look\",\"registry\":\"nightly\"}");
    call_fails(ACT, "{\"name\":\"ann\",\"role\":\"look\",\"registry\":\"default\"}",
               "permission_denied", ",\"role\":\"look\"");
    call_gives(ACT, "{\"name\":\"ann\",\"role\":\"look\"}",
               "{\"name\":\"ann\",\"role\":\"look\",\"registry\":\"nightly\"}");
    call_fails(ACT, "{\"name\":\"\",\"role\":\"look\"}", "invalid_parameter",
               ",\"field\":\"name\"");
    call_fails(ACT, "{\"name\":\"a\\u0000b\",\"role\":\"look\"}", "invalid_parameter",
               ",\"field\":\"name\"");
    call_fails(ACT, "{\"name\":\"ann\"}", "invalid_parameter", ",\"field\":\"role\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_DESK(who_asks_ends_its_own_runs_alone),
        AT_DESK(why_it_is_denied_is_told),
        AT_DESK(runs_of_another_registry_are_not_there),
        AT_DESK(records_are_pruned_within_what_is_owned),
        AT_DESK(a_start_stands_in_the_registry_of_its_connection),
        AT_DESK(only_what_is_owned_is_resumed),
        AT_DESK(who_uses_an_id_again_hides_no_record_in_another_registry),
        AT_DESK(who_uses_an_id_again_hides_no_record_from_its_owner),
        AT_DESK(a_connection_can_only_be_made_less),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
