/* Pages of runs, and what is done to all of them: a page that has a gap hides a run that was paid
 * for, and a prune that takes the wrong bound removes it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "desk_fixture.h"

static void say_result(struct run *run, enum outcome outcome)
{
    static const char RESULT[] = "{\"x\":1}";
    assert_true(say(run, (struct link_up){.type = LINK_RESULT,
                                          .outcome = outcome,
                                          .result = {RESULT, sizeof RESULT - 1}}));
}

/* ---- lists ---- */

#define ROW(id, ms, outcome)                                                                       \
    "{\"run_id\":\"" id "\",\"incarnation\":" ms                                                   \
    ",\"council_id\":\"c\",\"registry\":\"default\"," ASKED                                        \
    ",\"started_at\":\"?\",\"ended_at\":\"?\",\"duration_ms\":"                                    \
    "\"?\",\"outcome\":" outcome ",\"reason\":\"?\",\"tokens\":null,\"cost\":null,\"labels\":{}}"

#define LIVE(id, ms)                                                                               \
    "{\"run_id\":\"" id "\",\"incarnation\":" ms                                                   \
    ",\"council_id\":\"c\",\"registry\":\"default\"," ASKED                                        \
    ",\"started_at\":\"?\",\"ended_at\":null,\"duration_ms\":"                                     \
    "null,\"outcome\":null,\"reason\":null,\"tokens\":null,\"cost\":null,\"labels\":{}}"

static void end_of(const char *id, enum outcome outcome)
{
    struct run *run = some_run(id);
    say_result(run, outcome);
    leader_exits(run, CLD_EXITED, 0);
}

static void until_answered(void)
{
    char byte;
    for (int i = 0; i < 10000 && recv(client, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0; i++)
        turn();
}

/* How many cannot be read is a number of runs. */
static void who_sees_one_registry_is_told_of_no_other_run(void **state)
{
    enum { OTHERS = 2010 };
    static const char *const OWN[] = {"{\"registry\":\"default\"}", "{\"registry\":\"own\"}"};
    (void)state;
    for (int i = 0; i < OTHERS; i++) {
        struct record *record;
        char id[16];
        const char *text = OWN[i == 0];
        snprintf(id, sizeof id, "r%d", i);
        assert_int_equal(record_open(records, id, 1000 + i, text, strlen(text), &record), 0);
        assert_int_equal(record_end(record, text, strlen(text)), 0);
        record_free(record);
    }
    assert_int_equal(unlinkat(folder.fd, "runs/0000000001001-r1.jsonl", 0), 0);
    assert_int_equal(symlinkat("nowhere", folder.fd, "runs/0000000001001-r1.jsonl"), 0);
    put_file(&folder, "index.jsonl", ""); /* so the records are looked at themselves */
    caller.registry[0] = '\0';
    request_is(1, "run.list", "{\"registry\":\"own\"}");
    until_answered();
    expect_result(1, "{\"runs\":[\"?\"],\"next\":null,\"unreadable\":1}");
    snprintf(caller.registry, sizeof caller.registry, "own");
    request_is(1, "run.list", "{}");
    until_answered();
    expect_result(1, "{\"runs\":[\"?\"],\"next\":null,\"unreadable\":0}");
    send(client, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"run.list\"}\n", 46, MSG_NOSIGNAL);
    turns(2);
    conn_free(conn); /* in the midst of it */
    assert_int_equal(recv(client, &(char){0}, 1, 0), 0);
    turns(2);
}

static void pages_go_from_the_newest_to_the_oldest(void **state)
{
    (void)state;
    end_of("a", OUTCOME_COMPLETE);
    end_of("b", OUTCOME_DEGRADED);
    end_of("c", OUTCOME_COMPLETE);
    struct run *live = some_run("d");
    call_gives("run.list", "{}",
               "{\"runs\":[" LIVE("d", "1000") "," ROW("c", "1000", "\"complete\"") "," ROW(
                   "b", "1000", "\"degraded\"") "," ROW("a", "1000", "\"complete\"") "],"
                                                                                     "\"next\":"
                                                                                     "null,"
                                                                                     "\"unreadabl"
                                                                                     "e\":0}");
    call_gives("run.list", "{\"limit\":2}",
               "{\"runs\":[" LIVE("d", "1000") "," ROW(
                   "c", "1000", "\"complete\"") "],"
                                                "\"next\":\"0000000001000-c\",\"unreadable\":0}");
    call_gives("run.list", "{\"limit\":2,\"after\":\"0000000001000-c\"}",
               "{\"runs\":[" ROW("b", "1000", "\"degraded\"") "," ROW(
                   "a", "1000", "\"complete\"") "],\"next\":null,\"unreadable\":0}");
    call_gives("run.list", "{\"limit\":1,\"after\":\"0000000001000-e\"}",
               "{\"runs\":[" LIVE("d", "1000") "],\"next\":\"0000000001000-d\","
                                               "\"unreadable\":0}");
    call_gives("run.list", "{\"after\":\"0000000001000-a\"}",
               "{\"runs\":[],\"next\":null,\"unreadable\":0}");
    call_gives("run.list", "{\"state\":\"live\"}",
               "{\"runs\":[" LIVE("d", "1000") "],\"next\":null,\"unreadable\":0}");
    call_gives("run.list", "{\"state\":\"ended\",\"limit\":1}",
               "{\"runs\":[" ROW("c", "1000", "\"complete\"") "],\"next\":\"0000000001000-c\","
                                                              "\"unreadable\":0}");
    call_gives("run.list", "{\"outcome\":\"degraded\"}",
               "{\"runs\":[" ROW("b", "1000", "\"degraded\"") "],\"next\":null,\"unreadable\":0}");
    call_gives("run.list", "{\"outcome\":\"failed\"}",
               "{\"runs\":[],\"next\":null,\"unreadable\":0}");
    call_gives("run.list", "{\"council_id\":\"c\",\"registry\":\"default\",\"limit\":1}",
               "{\"runs\":[\"?\"],\"next\":\"0000000001000-d\",\"unreadable\":0}");
    call_gives("run.list", "{\"council_id\":\"x\"}",
               "{\"runs\":[],\"next\":null,\"unreadable\":0}");
    call_gives("run.list", "{\"registry\":\"x\"}", "{\"runs\":[],\"next\":null,\"unreadable\":0}");
    call_fails("run.list", "{\"after\":\"nowhere\"}", "invalid_parameter",
               ",\"field\":\"after\",\"message\":\"no page begins there\"");
    leader_exits(live, CLD_EXITED, 0);
}

static void start_at(const char *id, int64_t now_ms)
{
    order_id = id;
    struct start_order order = make_order(5000, LIMIT_NONE, true);
    order.now_ms = now_ms;
    assert_true(say_ready(begin_order(&order)));
}

/* The names count among those of one moment alone. */
static void runs_that_live_are_listed_by_when_they_were_started(void **state)
{
    (void)state;
    start_at("m", 2000);
    start_at("z", 1000);
    start_at("a", 3000);
    start_at("b", 2000);
    call_gives("run.list", "{\"state\":\"live\"}",
               "{\"runs\":[" LIVE("a", "3000") "," LIVE("m", "2000") "," LIVE("b", "2000") "," LIVE(
                   "z", "1000") "],\"next\":null,"
                                "\"unreadable\":0}");
    static const char *const IDS[] = {"m", "z", "a", "b"};
    for (size_t i = 0; i < ARRAY_LEN(IDS); i++)
        leader_exits(run_of(IDS[i]), CLD_EXITED, 0);
}

static void what_cannot_be_read_is_counted(void **state)
{
    (void)state;
    end_of("a", OUTCOME_COMPLETE);
    end_of("b", OUTCOME_COMPLETE);
    put_file(&folder, "index.jsonl", ""); /* so the records are looked at themselves */
    assert_int_equal(unlinkat(folder.fd, "runs/0000000001000-a.jsonl", 0), 0);
    assert_int_equal(symlinkat("nowhere", folder.fd, "runs/0000000001000-a.jsonl"), 0);
    call_gives("run.list", "{}", "{\"runs\":[\"?\"],\"next\":null,\"unreadable\":1}");
}

/* A record whose row has labels of so many bytes. */
static void end_with_labels(const char *id, size_t bytes)
{
    struct record *record;
    char *spec = malloc(bytes + 64);
    int len = snprintf(spec, 64, "{\"labels\":{\"l\":\"");
    memset(spec + len, 'x', bytes);
    memcpy(spec + (size_t)len + bytes, "\"}}", 4);
    assert_int_equal(record_open(records, id, 1000, spec, strlen(spec), &record), 0);
    assert_int_equal(record_end(record, "{}", 2), 0);
    record_free(record);
    free(spec);
}

static size_t rows_of_page(const char *params, bool more)
{
    static char line[2 << 20];
    size_t have = 0;
    request_is(1, "run.list", params);
    for (int i = 0; i < 10000 && !memchr(line, '\n', have); i++) {
        ssize_t n = recv(client, line + have, sizeof line - have, 0);
        have += n > 0 ? (size_t)n : 0;
        turn();
    }
    json_t *json = json_loadb(line, have, JSON_DISABLE_EOF_CHECK, NULL);
    const json_t *result = json_object_get(json, "result");
    const size_t rows = json_array_size(json_object_get(result, "runs"));
    assert_int_equal(json_is_string(json_object_get(result, "next")), more);
    json_decref(json);
    memset(line, 0, have);
    return rows;
}

/* Labels may be long: a page ends before its limit when it is a MiB. */
static void a_page_is_not_longer_than_it_may_be(void **state)
{
    (void)state;
    static const char *const IDS[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < 4; i++)
        end_with_labels(IDS[i], 400000);
    assert_int_equal(rows_of_page("{}", true), 3); /* the third makes it full */
    assert_int_equal(rows_of_page("{\"after\":\"0000000001000-b\"}", false), 1);
    assert_int_equal(rows_of_page("{\"limit\":3,\"after\":\"0000000001000-d\"}", false), 3);
}

static int64_t hurried;

static int64_t clock_that_hurries(void)
{
    return hurried += 3000; /* each look at it takes longer than a share of the turn */
}

/* It goes on in the next turns; lines behind it on its connection wait. */
static void a_page_is_filled_a_little_in_each_turn(void **state)
{
    (void)state;
    end_of("a", OUTCOME_COMPLETE);
    end_of("b", OUTCOME_COMPLETE);
    end_of("c", OUTCOME_COMPLETE);
    loop_set_clock(core.loop, clock_that_hurries);
    request_is(1, "run.list", "{}");
    request_is(2, "council.list", "{}");
    for (int i = 0; i < 20; i++)
        turn();
    expect_result(1, "{\"runs\":[\"?\",\"?\",\"?\"],\"next\":null,\"unreadable\":0}");
    expect_result(2, "{\"councils\":\"?\"}");
    request_is(3, "run.list", "{}");
    conn_free(conn); /* who asked has gone */
    conn = NULL;
    loop_set_clock(core.loop, clock_mono_us);
}

/* ---- pruning and stopping ---- */

static void assert_policy(int64_t runs_kept, int64_t days, int64_t bytes)
{
    assert_non_null(kept_order);
    assert_int_equal(kept_policy.max_runs, runs_kept);
    assert_int_equal(kept_policy.max_age_days, days);
    assert_int_equal(kept_policy.max_bytes, bytes);
}

static void pruning_is_the_keepers(void **state)
{
    (void)state;
    config.retention = (struct retention_policy){7, 8, 9};
    static const struct {
        const char *params;
        int64_t runs, days, bytes;
    } CASES[] = {{"{}", 7, 8, 9},
                 {"{\"keep\":0}", 0, -1, -1},
                 {"{\"older_than_days\":0}", -1, 0, -1},
                 {"{\"keep\":3,\"older_than_days\":4}", 3, 4, -1}};
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        request_is(5, "run.prune", CASES[i].params);
        assert_policy(CASES[i].runs, CASES[i].days, CASES[i].bytes);
        expect_silence();
        kept_order->pass.removed = 12;
        kept_order->done(kept_order);
        expect_result(5, "{\"removed\":12}");
    }
    request_is(6, "run.prune", "{}");
    conn_free(conn); /* who asked has gone */
    kept_order->done(kept_order);
}

static void reloading_is_the_roots(void **state)
{
    (void)state;
    request_is(1, "supervisor.reload", "{}");
    expect_result(1, "{}");
    assert_int_equal(reloads, 1);
    reload_fault = "spares: must be more";
    request_is(2, "supervisor.reload", "{}");
    expect_error(2, "reload_failed", ",\"why\":\"spares: must be more\"");
    assert_int_equal(reloads, 2);
    core.stop_level = STOP_DRAINING;
    request_is(3, "supervisor.reload", "{}");
    expect_error(3, "reload_failed", ",\"why\":\"spares: must be more\"");
    assert_int_equal(reloads, 3);
    core.stop_level = STOP_ORDERLY;
    request_is(3, "supervisor.reload", "{}");
    expect_error(3, "shutting_down", "");
    assert_int_equal(reloads, 3);
    core.stop_level = STOP_NONE;
}

/* Whatever holds a slot is waited for. */
static void draining_is_the_roots(void **state)
{
    (void)state;
    request_is(1, "supervisor.drain", "{}");
    expect_result(1, "{\"live\":0}");
    assert_int_equal(drains, 1);
    struct run *ready = some_run("r1"), *starting;
    struct reason cause = {0};
    order_id = "r2";
    assert_int_equal(begin_with(&starting, &cause, 5000, LIMIT_NONE, false), 0);
    request_is(3, "supervisor.drain", "{}");
    expect_result(3, "{\"live\":2}");
    assert_int_equal(drains, 2);
    request_is(4, "supervisor.drain", "{\"now\":true}");
    expect_error(4, "invalid_parameter", ",\"field\":\"now\"");
    assert_int_equal(drains, 2);
    leader_exits(ready, CLD_EXITED, 0);
    leader_exits(starting, CLD_EXITED, 0);
}

static void stopping_is_the_roots(void **state)
{
    (void)state;
    request_is(1, "supervisor.stop", "{}");
    assert_int_equal(stops, 1);
    assert_non_null(desk.stop_waiters);
    expect_silence();
    pendings_error(&desk.stop_waiters, RPC_UNKILLABLE, NULL);
    expect_error(1, "unkillable", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_DESK(who_sees_one_registry_is_told_of_no_other_run),
        AT_DESK(pages_go_from_the_newest_to_the_oldest),
        AT_DESK(runs_that_live_are_listed_by_when_they_were_started),
        AT_DESK(what_cannot_be_read_is_counted),
        AT_DESK(a_page_is_not_longer_than_it_may_be),
        AT_DESK(a_page_is_filled_a_little_in_each_turn),
        AT_DESK(pruning_is_the_keepers),
        AT_DESK(reloading_is_the_roots),
        AT_DESK(draining_is_the_roots),
        AT_DESK(stopping_is_the_roots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
