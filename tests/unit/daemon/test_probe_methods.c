/* Councils, probes of providers, and what the daemon tells of itself: a probe that is no run like
 * all others escapes the operator's limits, and one that is never answered leaves a client waiting.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "desk_fixture.h"
#include "failing.h"

static void ends_well(struct run *run)
{
    leader_exits(run, CLD_EXITED, 0);
}

/* ---- councils ---- */

static void councils_are_shown_and_checked(void **state)
{
    (void)state;
    call_gives("council.get", "{\"name\":\"quick\"}",
               "{\"name\":\"quick\",\"document\":" COUNCIL "}");
    call_gives("council.list", "{}", "{\"councils\":[\"?\"]}");
    call_gives("council.validate", "{\"council\":\"quick\"}",
               "{\"council_id\":\"quick\",\"document\":\"?\",\"warnings\":[]}");
    call_fails("council.validate", "{\"council\":\"none\"}", "invalid_council",
               ",\"errors\":[\"?\"]");
    call_fails("council.validate", "{\"council\":{\"members\":[]}}", "invalid_council",
               ",\"errors\":\"?\"");
}

/* ---- probes ---- */

static struct run *probe(int id, const char *method, const char *params)
{
    request_is(id, method, params);
    struct run *run = runs_next(runs, NULL);
    assert_non_null(run);
    return run;
}

static void a_probe_is_a_run_that_leaves_no_record(void **state)
{
    (void)state;
    static const char RESULT[] = "{\"ok\":true,\"rows\":[]}";
    struct run *run = probe(1, "provider.check", "{\"timeout_ms\":2000}");
    assert_string_equal(run->council_id, "probe:check");
    assert_false(run->keep_record);
    assert_int_equal(run->limits.deadline_ms, 12000);
    assert_int_equal(run->shutdown, 5000);
    expect_text(fake.spec,
                "{\"type\":\"probe\",\"v\":\"?\",\"run_id\":\"?\",\"council_id\":\"probe:check\","
                "\"kind\":\"check\",\"timeout_ms\":2000,\"targets\":[{\"provider\":\"house\","
                "\"model\":\"wide\"}],\"providers\":{\"house\":\"?\"},\"models\":[],"
                "\"allow_addresses\":[],\"deny_addresses\":\"?\",\"keys\":{\"HOUSE_KEY\":\"" KEY
                "\"}}");
    expect_text(spec_of(run->run_id),
                "{\"type\":\"spec\",\"run_id\":\"?\",\"council_id\":\"probe:check\",\"registry\":"
                "\"default\",\"started_at\":\"?\",\"recorder\":\"none\",\"shutdown\":5000,"
                "\"limits\":{\"deadline_ms\":12000},\"labels\":{},\"started_by\":{\"uid\":0,"
                "\"gid\":0,\"pid\":0},\"options\":{},\"verbose\":false,\"council\":null,"
                "\"input\":null}");
    say_ready(run);
    expect_silence();
    assert_true(say(run, (struct link_up){.type = LINK_RESULT,
                                          .outcome = OUTCOME_COMPLETE,
                                          .result = {RESULT, sizeof RESULT - 1}}));
    ends_well(run);
    expect_result(1, RESULT);
    assert_int_equal(records_count(records), 0);
}

/* Somebody empties the file that its result was written to. */
static void lose_record(const struct run *run)
{
    char name[RECORD_FILE_SIZE + 8] = "open/";
    record_key_file(run_view(run).record, name + 5);
    const int fd = openat(folder.fd, name, O_WRONLY | O_TRUNC | O_CLOEXEC);
    assert_true(fd >= 0);
    close(fd);
}

static void a_probe_without_a_result_says_how_it_ended(void **state)
{
    (void)state;
    static const char RESULT[] = "{}";
    struct run *run = probe(1, "provider.models", "{\"provider\":\"mock\"}");
    assert_string_equal(run->council_id, "probe:models");
    assert_non_null(strstr(fake.spec, "\"kind\":\"models\""));
    say_ready(run);
    leader_exits(run, CLD_EXITED, 3);
    expect_error(1, "internal_error",
                 ",\"run_id\":\"?\",\"end\":{\"kind\":\"exit\",\"code\":3},\"outcome\":null,"
                 "\"stopped_by\":null");
    run = probe(2, "provider.models", "{\"provider\":\"mock\"}");
    say_ready(run);
    assert_true(say(run, (struct link_up){.type = LINK_RESULT,
                                          .outcome = OUTCOME_FAILED,
                                          .result = {RESULT, sizeof RESULT - 1}}));
    life_stop(run, STOPPED_BY_ALL, SHUTDOWN_DEFAULT);
    leader_exits(run, CLD_KILLED, SIGTERM);
    expect_error(2, "internal_error",
                 ",\"run_id\":\"?\",\"end\":{\"kind\":\"shutdown\"},\"outcome\":\"failed\","
                 "\"stopped_by\":\"terminate_all\"");
    run = probe(3, "provider.models", "{\"provider\":\"mock\"}");
    leader_exits(run, CLD_EXITED, 3);
    expect_error(3, "start_failed", ",\"cause\":{\"kind\":\"exit\",\"code\":3}");
    run = probe(4, "provider.models", "{\"provider\":\"mock\"}");
    say_ready(run);
    assert_true(say(run, (struct link_up){.type = LINK_RESULT,
                                          .outcome = OUTCOME_COMPLETE,
                                          .result = {RESULT, sizeof RESULT - 1}}));
    lose_record(run);
    leader_exits(run, CLD_EXITED, 0);
    expect_error(4, "internal_error",
                 ",\"run_id\":\"?\",\"end\":{\"kind\":\"normal\"},\"outcome\":\"complete\","
                 "\"stopped_by\":null");
    run = probe(4, "provider.models", "{\"provider\":\"mock\"}");
    say_ready(run);
    life_stop(run, STOPPED_BY_ALL, SHUTDOWN_BRUTAL_KILL);
    run_event(run, RUN_EV_TIMER);
    expect_error(4, "unkillable", ",\"run_id\":\"?\",\"pid\":\"?\"");
    leader_exits(run, CLD_KILLED, SIGKILL);
}

static void the_operators_limits_hold_for_probes(void **state)
{
    (void)state;
    config.limits.deadline_ms = 5000;
    config.max_limits.memory_bytes = 1 << 30;
    struct run *run = probe(1, "provider.check", "{\"timeout_ms\":2000}");
    assert_int_equal(run->limits.deadline_ms, 5000);
    assert_int_equal(run->limits.memory_bytes, 1 << 30);
    ends_well(run);
    config.limits.deadline_ms = 12001;
    run = probe(1, "provider.check", "{\"timeout_ms\":2000}");
    assert_int_equal(run->limits.deadline_ms, 12000);
    ends_well(run);
}

static void a_council_is_checked_with_its_own_providers(void **state)
{
    (void)state;
    struct run *run = probe(1, "provider.check", "{\"council\":\"quick\"}");
    assert_non_null(strstr(fake.spec, "\"targets\":[{\"provider\":\"mock\",\"model\":\"deep\"},"
                                      "{\"provider\":\"house\",\"model\":\"wide\"}]"));
    ends_well(run);
    next_line();
    run = probe(2, "provider.check", "{\"council\":\"quick\",\"provider\":\"mock\"}");
    assert_non_null(strstr(fake.spec, "\"targets\":[{\"provider\":\"mock\",\"model\":\"deep\"}]"));
    assert_null(strstr(fake.spec, "house"));
    ends_well(run);
    next_line();
    call_fails("provider.check", "{\"council\":\"quick\",\"provider\":\"groq\"}",
               "invalid_parameter",
               ",\"field\":\"provider\",\"message\":\"the council does not use it\"");
    call_fails("provider.check", "{\"provider\":\"none\"}", "invalid_parameter",
               ",\"field\":\"provider\",\"message\":\"it is not configured\"");
    call_fails("provider.check", "{\"provider\":\"mock\\u0000\"}", "invalid_parameter",
               ",\"field\":\"provider\",\"message\":\"it is not configured\"");
    call_fails("provider.models", "{\"provider\":\"none\"}", "invalid_parameter",
               ",\"field\":\"provider\",\"message\":\"it is not configured\"");
    call_fails("provider.check", "{\"council\":\"none\"}", "invalid_council",
               ",\"errors\":[\"?\"]");
}

/* ---- the daemon itself ---- */

static void the_daemon_tells_what_it_is(void **state)
{
    (void)state;
    core.origin.pid = 77;
    core.started_us = clock_mono_us() - 5000000;
    call_gives(
        "supervisor.info", "{}",
        "{\"name\":\"councild\",\"version\":\"" COUNCILD_VERSION "\",\"protocol\":1,"
        "\"tenant\":\"default\",\"pid\":77,\"credentials_dir\":\"?\",\"epoch\":\"?\",\"state\":"
        "\"serving\",\"uptime_ms\":"
        "\"?\","
        "\"max_children\":3,\"containment\":{\"kind\":\"group\",\"lost\":false,\"memory\":"
        "false,\"processes\":false},\"sandbox\":\"?\",\"counts\":{\"active\":0,\"starting\":0,"
        "\"terminating\":0,\"specs\":0,\"workers\":0,\"supervisors\":0},\"limits\":{"
        "\"max_request_bytes\":4194304,\"max_connections\":77,\"max_output_queue_bytes\":"
        "16777216,\"start_timeout_ms\":10000,\"shutdown_ms\":5000,\"stop_limit_ms\":90000,"
        "\"kill_limit_ms\":10000,\"max_planned_calls\":2000,\"max_parallel\":16,\"spares\":"
        "1,\"run\":{},\"max_run\":{}}}");
    request_is(1, "supervisor.info", "{}");
    const char *at = strstr(next_line(), "\"uptime_ms\":");
    assert_non_null(at);
    const int64_t up = strtoll(at + strlen("\"uptime_ms\":"), NULL, 10);
    assert_true(up >= 5000 && up < 5000000);
    core.stop_level = STOP_DRAINING;
    request_is(1, "supervisor.info", "{}");
    assert_non_null(strstr(next_line(), ",\"state\":\"draining\","));
    core.stop_level = STOP_NONE;
    char *was = config.credentials_dir;
    char no_text[] = "/\xff";
    config.credentials_dir = no_text;
    request_is(1, "supervisor.info", "{}");
    assert_non_null(strstr(next_line(), "\"credentials_dir\":null,"));
    config.credentials_dir = was;
    config.limits.core_bytes = 0;
    config.max_limits.deadline_ms = 9;
    request_is(1, "supervisor.info", "{}");
    assert_non_null(
        strstr(next_line(), "\"run\":{\"core_bytes\":0},\"max_run\":{\"deadline_ms\":9}"));
    request_is(1, "provider.list", "{}");
    assert_non_null(strstr(next_line(), "{\"providers\":[{\"name\":\"anthropic\""));
    request_is(1, "rpc.discover", "{}");
    assert_non_null(strstr(next_line(), "\"version\":\"" COUNCILD_VERSION "\""));
}

static json_t *member_of_info(const char *name)
{
    request_is(1, "supervisor.info", "{}");
    json_t *got = json_loads(next_line(), 0, NULL);
    json_t *member = json_incref(json_object_get(json_object_get(got, "result"), name));
    json_decref(got);
    assert_non_null(member);
    return member;
}

static void assert_info(const char *name, json_t *wanted)
{
    json_t *got = member_of_info(name);
    if (!json_equal(got, wanted))
        fail_msg("%s is another", name);
    json_decref(got);
    json_decref(wanted);
}

static void since_when_and_where_is_told(void **state)
{
    (void)state;
    core.started_us = clock_mono_us() - 7000000;
    json_t *uptime = member_of_info("uptime_ms");
    assert_true(json_integer_value(uptime) >= 7000 && json_integer_value(uptime) < 7000000);
    json_decref(uptime);
    assert_info("epoch", json_string(core.epoch));
    config.credentials_dir = (char *)"/keys";
    assert_info("credentials_dir", json_string("/keys"));
    config.credentials_dir = (char *)"/\xff"; /* no text */
    assert_info("credentials_dir", json_null());
}

/* Where nothing is closed in, no namespaces are either. */
static void namespaces_are_those_that_are_used(void **state)
{
    (void)state;
    for (int used = 0; used < 4; used++) {
        core.namespaces = used & 1;
        config.sandbox_policy.mode = used & 2 ? SANDBOX_BEST : SANDBOX_OFF;
        json_t *told = member_of_info("sandbox");
        assert_int_equal(json_is_true(json_object_get(told, "namespaces")), used == 3);
        assert_true(json_is_null(json_object_get(told, "error")));
        assert_string_equal(json_string_value(json_object_get(told, "mode")),
                            used & 2 ? "best" : "off");
        json_decref(told);
    }
}

/* What the kernel has, with what was asked beside it, and why that cannot be had. */
static void what_runs_are_closed_in_with_is_told(void **state)
{
    (void)state;
    for (int bits = 0; bits < 8; bits++) {
        const struct sandbox_policy asked = {.mode = SANDBOX_STRICT,
                                             .strict_network = bits & 1,
                                             .strict_scopes = bits & 2,
                                             .allow_cores = bits & 4};
        struct sandbox_state has;
        struct error err = {0};
        const int r = sandbox_state_of_kernel(&asked, &has, &err);
        json_t *wanted = sandbox_state_json(&has), *policy = sandbox_policy_json(&asked);
        assert_int_equal(json_object_update(wanted, policy), 0);
        json_object_set_new(wanted, "namespaces", json_boolean(core.namespaces));
        json_object_set_new(wanted, "error", r < 0 ? json_string(err.text) : json_null());
        config.sandbox_policy = asked;
        assert_info("sandbox", wanted);
        json_decref(policy);
    }
}

/* Whatever memory fails: who is started is told what to ask for. */
static void a_probe_is_not_started_without_its_line(void **state)
{
    bool started = false;
    char answer[4096];
    ssize_t n;
    for (int k = 0; failing_next(&k);) {
        request_is(1, "provider.check", "{\"provider\":\"mock\"}");
        failing_stop();
        struct run *run = runs_next(runs, NULL);
        started = run != NULL;
        if (run) {
            assert_non_null(strstr(fake.spec, "\"probe\""));
            leader_exits(run, CLD_EXITED, 0);
        }
        turns(5);
        fake.spec[0] = '\0';
        while ((n = recv(client, answer, sizeof answer, 0)) > 0)
            ;
        if (n < 0 && errno == EAGAIN)
            continue;
        assert_int_equal(teardown_desk(state), 0); /* the end of the connection is an answer too */
        assert_int_equal(setup_desk(state), 0);
    }
    assert_true(started);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_DESK(councils_are_shown_and_checked),
        AT_DESK(a_probe_is_a_run_that_leaves_no_record),
        AT_DESK(a_probe_without_a_result_says_how_it_ended),
        AT_DESK(the_operators_limits_hold_for_probes),
        AT_DESK(a_council_is_checked_with_its_own_providers),
        AT_DESK(the_daemon_tells_what_it_is),
        AT_DESK(since_when_and_where_is_told),
        AT_DESK(namespaces_are_those_that_are_used),
        AT_DESK(what_runs_are_closed_in_with_is_told),
        AT_DESK(a_probe_is_not_started_without_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
