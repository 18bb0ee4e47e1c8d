/* Monitors and subscriptions as a client asks for them: one that belongs to another connection must
 * not be taken from it, and what was taken back must not be heard of again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "daemon/watch/tenant_stream.h"
#include "desk_fixture.h"

static char ref[64];

/* The member of the next line's result. */
static void take_ref(const char *member)
{
    json_t *line = json_loads(next_line(), 0, NULL);
    const json_t *result = json_object_get(line, "result");
    snprintf(ref, sizeof ref, "%s", json_string_value(json_object_get(result, member)));
    assert_true(strlen(ref) > 4);
    json_decref(line);
}

static const char *with_ref(const char *more)
{
    static char params[160];
    snprintf(params, sizeof params, "{\"ref\":\"%s\"%s}", ref, more);
    return params;
}

static void a_monitor_is_made_and_taken_back(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    request_is(1, "run.monitor", "{\"run_id\":\"r1\"}");
    take_ref("ref");
    call_gives("run.demonitor", with_ref(",\"info\":true"), "true");
    call_gives("run.demonitor", with_ref(""), "true"); /* there is none any more */
    call_gives("run.demonitor", with_ref(",\"info\":true"), "false");
    request_is(1, "run.monitor", "{\"run_id\":\"r1\"}");
    take_ref("ref");
    leader_exits(run, CLD_EXITED, 0);
    char down[512];
    snprintf(down, sizeof down,
             "{\"jsonrpc\":\"2.0\",\"method\":\"run.down\",\"params\":{\"ref\":\"%s\",\"run_id\":"
             "\"r1\",\"pid\":\"?\",\"reason\":{\"kind\":\"normal\"},\"stopped_by\":null,"
             "\"outcome\":null,\"rusage\":\"?\",\"containment\":\"group\",\"sandbox\":null,"
             "\"duration_ms\":\"?\",\"labels\":{}," ASKED ",\"tokens\":null,\"cost\":null}}",
             ref);
    expect_text(next_line(), down);
    call_gives("run.demonitor", with_ref(",\"info\":true"), "false");
}

/* So much that is not read yet that its DOWN waits behind it. */
static void fire_behind_much(void)
{
    struct run *run = some_run("r1");
    request_is(1, "run.monitor", "{\"run_id\":\"r1\"}");
    take_ref("ref");
    for (int i = 0; i < 8; i++)
        request_is(9, "rpc.discover", "{}");
    leader_exits(run, CLD_EXITED, 0);
    assert_true(conn_has(conn, ref, strlen(ref)));
}

static bool starts(const char *line, const char *with)
{
    return strncmp(line, with, strlen(with)) == 0;
}

/* How many DOWNs come before the answer; *ret_said: what that is. */
static int downs_before_answer(const char *params, bool *ret_said)
{
    int downs = 0;
    request_is(1, "run.demonitor", params);
    for (const char *line; *(line = next_line());) {
        downs += starts(line, "{\"jsonrpc\":\"2.0\",\"method\":\"run.down\",");
        if (starts(line, "{\"jsonrpc\":\"2.0\",\"id\":1,")) {
            *ret_said = strstr(line, "\"result\":true") != NULL;
            return downs;
        }
    }
    fail_msg("no answer");
    return -1;
}

/* Whether it prevented the DOWN is what it says when it is asked for that or takes it back. */
static void a_down_that_waits_is_taken_back_or_goes_first(void **state)
{
    (void)state;
    static const struct {
        const char *more;
        int downs;
        bool said;
    } CASES[] = {
        {"", 1, true},
        {",\"info\":true", 1, false},
        {",\"flush\":true", 0, true},
        {",\"flush\":true,\"info\":true", 0, true},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        bool said = !CASES[i].said;
        fire_behind_much();
        assert_int_equal(downs_before_answer(with_ref(CASES[i].more), &said), CASES[i].downs);
        assert_int_equal(said, CASES[i].said);
        expect_silence();
    }
}

static void a_monitor_of_nothing_fires_at_once(void **state)
{
    (void)state;
    request_is(1, "run.monitor", "{\"run_id\":\"none\"}");
    take_ref("ref");
    char down[512];
    snprintf(down, sizeof down,
             "{\"jsonrpc\":\"2.0\",\"method\":\"run.down\",\"params\":{\"ref\":\"%s\",\"run_id\":"
             "\"none\",\"pid\":null,\"reason\":{\"kind\":\"noproc\"},\"stopped_by\":null,"
             "\"outcome\":null,\"rusage\":null,\"containment\":null,\"sandbox\":null,"
             "\"duration_ms\":null,\"labels\":null,\"question\":null,\"members\":null,\"tokens\":"
             "null,\"cost\":null}}",
             ref);
    expect_text(next_line(), down);
}

/* It comes from the same connection only. */
static void a_ref_of_another_connection_is_refused(void **state)
{
    (void)state;
    int pair[2];
    struct peer peer = {0};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    struct conn *other = conn_new(&home, pair[0], &peer);
    struct run *run = some_run("r1");
    snprintf(ref, sizeof ref, "%s", monitor_new(&watchers, other, run));
    call_fails("run.demonitor", with_ref(""), "bad_ref", "");
    assert_non_null(monitor_find(&watchers, ref));
    snprintf(ref, sizeof ref, "%s", subscription_new_live(&watchers, other, run, false));
    call_fails("run.unsubscribe", with_ref(""), "bad_ref", "");
    assert_non_null(subscription_find(&watchers, ref));
    snprintf(ref, sizeof ref, "%s", tenant_stream_new(&watchers, other, NULL, 0));
    call_fails("supervisor.unsubscribe", with_ref(""), "bad_ref", "");
    assert_non_null(tenant_stream_find(&watchers, ref));
    conn_free(other);
    close(pair[1]);
    leader_exits(run, CLD_EXITED, 0);
}

static void the_tenant_is_followed_and_followed_no_more(void **state)
{
    (void)state;
    static const char EVENT[] = "{\"jsonrpc\":\"2.0\",\"method\":\"supervisor.event\",\"params\":{"
                                "\"ref\":\"?\",\"event\":%s}}";
    char wanted[512];
    some_run("r1");
    request_is(1, "supervisor.subscribe", "{}");
    take_ref("ref");
    snprintf(wanted, sizeof wanted, EVENT,
             "{\"type\":\"snapshot\",\"runs\":[\"?\"],\"more\":false}");
    expect_text(next_line(), wanted);
    leader_exits(run_of("r1"), CLD_EXITED, 0);
    snprintf(wanted, sizeof wanted, EVENT, "{\"type\":\"run_ended\",\"run\":\"?\"}");
    expect_text(next_line(), wanted);
    call_gives("run.unsubscribe", with_ref(""), "true"); /* it is none of a run */
    assert_non_null(tenant_stream_find(&watchers, ref));
    call_gives("supervisor.unsubscribe", with_ref(""), "true");
    call_gives("supervisor.unsubscribe", with_ref(""), "true");
    leader_exits(some_run("r1"), CLD_EXITED, 0);
    expect_silence();
}

static void what_is_followed_is_narrowed(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    request_is(1, "supervisor.subscribe", "{\"registry\":\"other\",\"kinds\":[\"run_ended\"]}");
    expect_result(1, "{\"ref\":\"?\"}");
    leader_exits(run, CLD_EXITED, 0);
    expect_silence();
    call_fails("supervisor.subscribe", "{\"kinds\":[\"run_paused\"]}", "invalid_parameter",
               ",\"field\":\"kinds\"");
    request_is(1, "supervisor.subscribe", "{\"kinds\":[\"run_ended\"]}");
    expect_result(1, "{\"ref\":\"?\"}");
    call_gives("connection.act_as", "{\"name\":\"ann\",\"role\":\"look\",\"registry\":\"other\"}",
               "{\"name\":\"ann\",\"role\":\"look\",\"registry\":\"other\"}");
    leader_exits(some_run("r1"), CLD_EXITED, 0);
    expect_silence();
    for (int i = 0; i < 2; i++) { /* of all that it sees, or of what it does not see */
        request_is(1, "supervisor.subscribe",
                   i ? "{\"registry\":\"default\",\"kinds\":[\"run_ended\"]}"
                     : "{\"kinds\":[\"run_ended\"]}");
        expect_result(1, "{\"ref\":\"?\"}");
        leader_exits(some_run("r1"), CLD_EXITED, 0);
        expect_silence();
    }
}

static void events_are_asked_for_and_asked_no_more(void **state)
{
    (void)state;
    static const char EVENT[] = "{\"seq\":5}";
    struct run *run = some_run("r1");
    run->last_seq = 4;
    request_is(1, "run.subscribe", "{\"run_id\":\"r1\",\"after_seq\":4}");
    take_ref("ref");
    struct link_up up = {.type = LINK_EVENT, .seq = 5, .event = {EVENT, sizeof EVENT - 1}};
    assert_true(say(run, up));
    expect_text(next_line(), "{\"jsonrpc\":\"2.0\",\"method\":\"run.event\",\"params\":{\"ref\":"
                             "\"?\",\"run_id\":\"r1\",\"event\":{\"seq\":5}}}");
    call_gives("run.unsubscribe", with_ref(""), "true");
    call_gives("run.unsubscribe", with_ref(""), "true");
    up.seq = 6;
    assert_true(say(run, up));
    expect_silence();
    request_is(1, "run.subscribe", "{\"run_id\":\"r1\",\"after_seq\":6,\"deltas\":true}");
    expect_result(1, "{\"ref\":\"?\",\"last_seq\":6}");
    assert_true(run->deltas_on);
    leader_exits(run, CLD_EXITED, 0);
    expect_text(next_line(),
                "{\"jsonrpc\":\"2.0\",\"method\":\"run.end\",\"params\":{\"ref\":\"?\","
                "\"run_id\":\"r1\",\"last_seq\":6}}");
}

/* Those who watch a run of it are told nothing, and go with their connections. */
static void the_table_of_runs_goes_before_its_watchers(void **state)
{
    (void)state;
    char monitor[sizeof ref];
    some_run("r1");
    request_is(1, "run.monitor", "{\"run_id\":\"r1\"}");
    take_ref("ref");
    snprintf(monitor, sizeof monitor, "%s", ref);
    request_is(1, "run.subscribe", "{\"run_id\":\"r1\"}");
    take_ref("ref");
    runs_free(runs);
    runs = NULL;
    assert_null(monitor_find(&watchers, monitor));
    assert_non_null(subscription_find(&watchers, ref));
    expect_silence();
    conn_free(conn);
    conn = NULL;
    assert_null(subscription_find(&watchers, ref));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_DESK(a_monitor_is_made_and_taken_back),
        AT_DESK(a_down_that_waits_is_taken_back_or_goes_first),
        AT_DESK(the_table_of_runs_goes_before_its_watchers),
        AT_DESK(a_monitor_of_nothing_fires_at_once),
        AT_DESK(a_ref_of_another_connection_is_refused),
        AT_DESK(the_tenant_is_followed_and_followed_no_more),
        AT_DESK(what_is_followed_is_narrowed),
        AT_DESK(events_are_asked_for_and_asked_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
