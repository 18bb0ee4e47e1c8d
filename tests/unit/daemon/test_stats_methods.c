/* supervisor.stats: a number that stands under the word of another tells an operator of the wrong
 * trouble. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "callers_fixture.h"
#include "proto/methods/stats_objects.h"

static void each_number_stands_under_its_word(void **state)
{
    (void)state;
    struct stats *s = &core.stats;
    s->refused[RPC_INVALID_PARAMETER] = 101;
    s->refused[RPC_INVALID_OPTION] = 102;
    s->refused[RPC_INVALID_COUNCIL] = 103;
    s->refused[RPC_PERMISSION_DENIED] = 104;
    s->refused[RPC_SHUTTING_DOWN] = 105;
    s->refused[RPC_MAX_CHILDREN] = 106;
    s->refused[RPC_ALREADY_STARTED] = 107;
    s->refused[RPC_KEY_REUSED] = 108;
    s->refused[RPC_START_FAILED] = 109;
    s->refused[RPC_INTERNAL_ERROR] = 110;
    for (int i = 0; i < REASON_KIND_COUNT; i++)
        s->reasons[i] = 200 + i;
    for (int i = 0; i < OUTCOME_COUNT; i++)
        s->outcomes[i] = 300 + i;
    for (int i = 0; i <= STATS_BOUNDS; i++)
        s->durations[i] = 1 << i;
    s->starts = 1;
    s->duration_ms = 2;
    s->tokens = 3;
    s->cost = 4.5;
    s->unpriced = 5;
    s->dropped = 6;
    core.started_us = clock_mono_us() - 5000000;
    call_gives(
        "supervisor.stats", "{}",
        "{\"epoch\":\"?\",\"uptime_ms\":\"?\",\"counts\":{\"active\":0,\"starting\":0,"
        "\"terminating\":0,\"specs\":0,\"workers\":0,\"supervisors\":0},\"spares_ready\":0,"
        "\"queue_bytes\":4097,\"starts\":1,\"start_refusals\":{\"invalid_parameter\":101,"
        "\"invalid_option\":102,\"invalid_council\":103,\"permission_denied\":104,"
        "\"shutting_down\":105,\"max_children\":106,\"already_started\":107,\"key_reused\":108,"
        "\"start_failed\":109,\"internal_error\":110},\"end_reasons\":{\"normal\":201,\"exit\":202,"
        "\"shutdown\":203,"
        "\"signal\":204,\"killed\":205,\"unknown\":208},\"end_outcomes\":{\"complete\":301,"
        "\"degraded\":302,\"refused\":303,\"failed\":304,\"cancelled\":305,\"none\":300},"
        "\"durations\":{\"sum_ms\":2,\"buckets\":[{\"le_ms\":1000,\"count\":1},{\"le_ms\":5000,"
        "\"count\":3},{\"le_ms\":15000,\"count\":7},{\"le_ms\":30000,\"count\":15},{\"le_ms\":"
        "60000,"
        "\"count\":31},{\"le_ms\":120000,\"count\":63},{\"le_ms\":300000,\"count\":127},{\"le_ms\":"
        "600000,\"count\":255},{\"le_ms\":1800000,\"count\":511},{\"le_ms\":3600000,\"count\":1023}"
        ","
        "{\"le_ms\":null,\"count\":2047}]},\"tokens\":3,\"cost\":4.5,\"unpriced\":5,"
        "\"dropped_events\":6}");
    request_is(1, "supervisor.stats", "{}");
    const char *line = next_line();
    static const char UP[] = "\"uptime_ms\":";
    const char *at = strstr(line, UP);
    assert_non_null(at);
    assert_in_range(strtoll(at + strlen(UP), NULL, 10), 5000, 500000);
    assert_non_null(strstr(line, core.epoch));
}

static void what_is_now_is_told_as_it_is_now(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    request_is(1, "supervisor.stats", "{}");
    assert_non_null(strstr(next_line(), "\"counts\":{\"active\":1,"));
    leader_exits(run, CLD_EXITED, 0);
    request_is(1, "supervisor.stats", "{}");
    assert_non_null(strstr(next_line(), "\"counts\":{\"active\":0,"));
}

/* ---- what starts are refused for ---- */

static void assert_refused(struct stats *wanted, int reason)
{
    if (reason >= 0)
        wanted->refused[reason]++;
    assert_memory_equal(&core.stats, wanted, sizeof *wanted);
}

static void each_refusal_of_a_start_is_counted(void **state)
{
    (void)state;
    struct stats wanted = {.starts = 1};
    some_run("r1");
    assert_refused(&wanted, -1);
    call_fails("run.start", "{\"input\":\"x\"}", "invalid_parameter", ",\"field\":\"council\"");
    assert_refused(&wanted, RPC_INVALID_PARAMETER);
    request_is(1, "run.start", "{\"council\":{},\"input\":\"x\"}");
    next_line();
    assert_refused(&wanted, RPC_INVALID_COUNCIL);
    call_fails("run.start", START(",\"shutdown\":-7"), "invalid_option", ",\"field\":\"shutdown\"");
    assert_refused(&wanted, RPC_INVALID_OPTION);
    request_is(1, "run.start", START(",\"run_id\":\"r1\""));
    next_line();
    assert_refused(&wanted, RPC_ALREADY_STARTED);
    config.max_children = 1;
    call_fails("run.start", START(""), "max_children", ",\"max\":1");
    assert_refused(&wanted, RPC_MAX_CHILDREN);
    core.stop_level = STOP_DRAINING;
    call_fails("run.start", START(""), "shutting_down", "");
    assert_refused(&wanted, RPC_SHUTTING_DOWN);
    caller.role = ROLE_LOOK;
    request_is(1, "run.start", START(""));
    next_line();
    assert_refused(&wanted, RPC_PERMISSION_DENIED);
    request_is(1, "run.cancel", RUN("r1")); /* is no start */
    next_line();
    assert_refused(&wanted, -1);
    caller.role = ROLE_OPERATE;
    core.stop_level = STOP_NONE;
    end("r1");
}

/* By the run, which comes to nothing also when nobody waits for it any more. */
static void a_failed_start_is_counted_once(void **state)
{
    (void)state;
    struct stats wanted = {0};
    request_is(1, "run.start", START(",\"run_id\":\"r1\""));
    leader_exits(run_of("r1"), CLD_EXITED, 3);
    turns(2);
    assert_non_null(strstr(next_line(), "\"start_failed\""));
    assert_refused(&wanted, RPC_START_FAILED);
    request_is(1, "run.start", START(",\"run_id\":\"r2\""));
    conn_free(conn);
    assert_refused(&wanted, -1);
    leader_exits(run_of("r2"), CLD_EXITED, 3);
    assert_refused(&wanted, RPC_START_FAILED);
}

static void a_start_that_outlives_sigkill_has_not_failed_yet(void **state)
{
    (void)state;
    struct stats wanted = {0};
    request_is(1, "run.start", START(",\"run_id\":\"r1\",\"shutdown\":0"));
    life_stop(run_of("r1"), STOPPED_BY_CLIENT, SHUTDOWN_DEFAULT);
    run_event(run_of("r1"), RUN_EV_TIMER);
    turns(2);
    assert_non_null(strstr(next_line(), "\"unkillable\""));
    assert_refused(&wanted, -1);
    leader_exits(run_of("r1"), CLD_KILLED, SIGKILL);
    assert_refused(&wanted, RPC_START_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_DESK(each_number_stands_under_its_word),
        AT_DESK(what_is_now_is_told_as_it_is_now),
        AT_DESK(each_refusal_of_a_start_is_counted),
        AT_DESK(a_failed_start_is_counted_once),
        AT_DESK(a_start_that_outlives_sigkill_has_not_failed_yet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
