/* What each role may, whose a run is, and what a connection sees: who is let do more than that
 * stops what others have paid for, or reads what they asked. Each method is asked in each role;
 * what it should need stands here once more, so that a method that is added has to be decided. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "desk_fixture.h"
#include "proto/methods/methods.h"

static const struct {
    const char *method;
    enum role role;
    bool owned, whole;
} NEEDED[] = {
    {"supervisor.info", ROLE_LOOK, false, false},
    {"supervisor.which_children", ROLE_LOOK, false, false},
    {"supervisor.count_children", ROLE_LOOK, false, false},
    {"supervisor.terminate_all", ROLE_OPERATE, false, false},
    {"supervisor.reload", ROLE_OPERATE, false, true},
    {"supervisor.stop", ROLE_OPERATE, false, true},
    {"run.start", ROLE_ASK, false, false},
    {"run.info", ROLE_LOOK, false, false},
    {"run.await", ROLE_LOOK, false, false},
    {"run.monitor", ROLE_LOOK, false, false},
    {"run.demonitor", ROLE_LOOK, false, false},
    {"run.subscribe", ROLE_LOOK, false, false},
    {"run.unsubscribe", ROLE_LOOK, false, false},
    {"run.cancel", ROLE_ASK, true, false},
    {"run.terminate", ROLE_ASK, true, false},
    {"run.list", ROLE_LOOK, false, false},
    {"run.prune", ROLE_ASK, true, false},
    {"council.validate", ROLE_LOOK, false, false},
    {"council.list", ROLE_LOOK, false, false},
    {"council.get", ROLE_LOOK, false, false},
    {"provider.list", ROLE_LOOK, false, false},
    {"provider.check", ROLE_ASK, false, false},
    {"provider.models", ROLE_ASK, false, false},
    {"connection.act_as", ROLE_LOOK, false, false},
    {"rpc.discover", ROLE_LOOK, false, false},
};
_Static_assert(ARRAY_LEN(NEEDED) == METHOD_COUNT, "each method is here once");

static void each_row_says_what_it_needs(void **state)
{
    (void)state;
    for (size_t i = 0; i < METHOD_COUNT; i++) {
        const int method = method_find(NEEDED[i].method, strlen(NEEDED[i].method));
        if (method < 0)
            fail_msg("%s", NEEDED[i].method);
        const struct method_row *row = method_row((enum method)method);
        if (row->role != NEEDED[i].role || row->owned != NEEDED[i].owned ||
            row->whole != NEEDED[i].whole)
            fail_msg("%s", NEEDED[i].method);
    }
}

/* Without params, which those that are let in complain of, or do what they can without. */
static const char *answer_to(const char *method)
{
    kept_order = NULL;
    request_is(1, method, "{}");
    const char *line = next_line();
    if (kept_order)
        kept_order->done(kept_order);
    return kept_order ? next_line() : line;
}

static bool is_refused(const char *line, enum role needed)
{
    char data[128];
    snprintf(data, sizeof data, "\"data\":{\"reason\":\"permission_denied\",\"role\":\"%s\"}",
             role_name(needed));
    return strstr(line, data) && strstr(line, "\"code\":-32020");
}

static void each_method_is_refused_below_its_role(void **state)
{
    (void)state;
    for (size_t i = 0; i < METHOD_COUNT; i++)
        for (enum role role = ROLE_NONE; role <= ROLE_OPERATE; role++) {
            caller = (struct caller){.role = role};
            const char *line = answer_to(NEEDED[i].method);
            if (is_refused(line, NEEDED[i].role) != (role < NEEDED[i].role))
                fail_msg("%s as %s: %s", NEEDED[i].method, role_name(role), line);
        }
}

static void what_is_about_the_whole_tenant_is_not_for_one_registry(void **state)
{
    (void)state;
    for (size_t i = 0; i < METHOD_COUNT; i++) {
        caller = (struct caller){.role = ROLE_OPERATE, .registry = "nightly"};
        const char *line = answer_to(NEEDED[i].method);
        if (is_refused(line, NEEDED[i].role) != NEEDED[i].whole)
            fail_msg("%s: %s", NEEDED[i].method, line);
    }
    assert_int_equal(stops, 0);
}

static void a_row_that_says_nothing_is_for_who_operates(void **state)
{
    (void)state;
    assert_false(role_may(ROLE_ASK, ROLE_NONE));
    assert_true(role_may(ROLE_OPERATE, ROLE_NONE));
    assert_false(role_may(ROLE_NONE, ROLE_NONE));
    assert_string_equal(role_name(ROLE_NONE), "none");
}

/* ---- whose a run is ---- */

static struct run *run_by(const char *id, const char *started_by, const char *registry)
{
    struct run *run = some_run(id);
    free(run->started_by);
    free(run->registry);
    run->started_by = strdup(started_by);
    run->registry = strdup(registry);
    return run;
}

static void end(const char *id)
{
    leader_exits(run_of(id), CLD_EXITED, 0);
}

#define RUN(id) "{\"run_id\":\"" id "\"}"
#define BY_US   "{\"uid\":0,\"gid\":0,\"pid\":1}"
#define BY_ANN  "{\"uid\":0,\"gid\":0,\"pid\":1,\"name\":\"ann\"}"
#define BY_BOB  "{\"uid\":0,\"gid\":0,\"pid\":1,\"name\":\"bob\"}"
#define BY_5    "{\"uid\":5,\"gid\":0,\"pid\":1,\"name\":\"ann\"}"

static const char *outcome_of(const char *method, const char *params)
{
    request_is(1, method, params);
    const char *line = next_line();
    return strstr(line, "\"permission_denied\"") ? "denied"
           : strstr(line, "\"not_found\"")       ? "not found"
           : strstr(line, "\"error\"")           ? line
                                                 : "done";
}

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

#define START(rest) "{\"council\":\"quick\",\"input\":\"q\"" rest "}"

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
    end("live");
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
        AT_DESK(each_row_says_what_it_needs),
        AT_DESK(each_method_is_refused_below_its_role),
        AT_DESK(what_is_about_the_whole_tenant_is_not_for_one_registry),
        AT_DESK(a_row_that_says_nothing_is_for_who_operates),
        AT_DESK(who_asks_ends_its_own_runs_alone),
        AT_DESK(runs_of_another_registry_are_not_there),
        AT_DESK(records_are_pruned_within_what_is_owned),
        AT_DESK(a_start_stands_in_the_registry_of_its_connection),
        AT_DESK(only_what_is_owned_is_resumed),
        AT_DESK(a_connection_can_only_be_made_less),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
