/* Monitors and subscriptions as a client asks for them: one that belongs to another connection must
 * not be taken from it, and what was taken back must not be heard of again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

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
             "\"outcome\":null,\"rusage\":\"?\",\"containment\":\"group\",\"sandbox\":null}}",
             ref);
    expect_text(next_line(), down);
    call_gives("run.demonitor", with_ref(",\"info\":true"), "false");
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
             "\"outcome\":null,\"rusage\":null,\"containment\":null,\"sandbox\":null}}",
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
    conn_free(other);
    close(pair[1]);
    leader_exits(run, CLD_EXITED, 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_DESK(a_monitor_is_made_and_taken_back),
        AT_DESK(a_monitor_of_nothing_fires_at_once),
        AT_DESK(a_ref_of_another_connection_is_refused),
        AT_DESK(events_are_asked_for_and_asked_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
