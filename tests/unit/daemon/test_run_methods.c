/* What a client may ask of runs, over the socket: a member that is told of the wrong run, or a
 * reply that comes before its time, is all that it ever sees of the daemon. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "desk_fixture.h"

#define CHILD(id, state, cancel)                                                                   \
    "{\"run_id\":\"" id "\",\"pid\":\"?\",\"council_id\":\"c\",\"registry\":\"default\","          \
    "\"state\":\"" state "\",\"cancel\":" cancel ",\"started_at\":\"1970-01-01T00:00:01.000Z\","   \
    "\"elapsed_ms\":\"?\",\"phase\":null,\"usage\":null,\"started_by\":{},\"sandbox\":null,"       \
    "\"labels\":{}," ASKED ",\"tokens\":null,\"cost\":null"

/* What lists show of it. */
#define UNKNOWN                                                                                    \
    "\"duration_ms\":null,\"question\":null,\"members\":null,\"tokens\":null,\"cost\":null"

/* ---- one run ---- */

static void a_live_run_is_told_member_by_member(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    static const char PHASE[] = "\"r0\"", USAGE[] = "{\"a\":1}";
    assert_true(say(run, (struct link_up){.type = LINK_PROGRESS,
                                          .phase = {PHASE, sizeof PHASE - 1},
                                          .usage = {USAGE, sizeof USAGE - 1},
                                          .calls = {"3", 1}}));
    run->last_seq = 9;
    run->pid = 4711;
    run->started_us = clock_mono_us() - 5000000;
    call_gives("run.info", "{\"run_id\":\"r1\"}",
               "{\"run_id\":\"r1\",\"pid\":4711,\"council_id\":\"c\",\"registry\":\"default\","
               "\"state\":\"running\",\"cancel\":null,\"started_at\":\"1970-01-01T00:00:01.000Z\","
               "\"elapsed_ms\":\"?\",\"phase\":\"r0\",\"usage\":{\"a\":1},\"started_by\":{},"
               "\"sandbox\":null,\"labels\":{}," ASKED
               ",\"tokens\":0,\"cost\":null,\"incarnation\":1000,\"calls\":3,\"last_seq\":9,"
               "\"limits\":{},"
               "\"containment\":\"group\",\"outcome\":null,\"ended_at\":null,\"duration_ms\":null,"
               "\"result\":null,"
               "\"down\":null}");
    call_gives("run.cancel", "{\"run_id\":\"r1\"}", "{}");
    assert_int_equal(run->cancel, CANCEL_STATE_DRAIN);
    call_gives("supervisor.which_children", "{}",
               "{\"children\":[{\"run_id\":\"r1\",\"pid\":4711,\"council_id\":\"c\",\"registry\":"
               "\"default\",\"state\":\"running\",\"cancel\":\"drain\",\"started_at\":\"?\","
               "\"elapsed_ms\":\"?\",\"phase\":\"r0\",\"usage\":{\"a\":1},\"started_by\":{},"
               "\"sandbox\":null,\"labels\":{}," ASKED ",\"tokens\":0,\"cost\":null}]}");
    call_gives("run.cancel", "{\"run_id\":\"r1\",\"mode\":\"now\"}", "{}");
    assert_int_equal(run->cancel, CANCEL_STATE_NOW);
    leader_exits(run, CLD_EXITED, 0);
}

static int64_t elapsed_of(const char *line)
{
    const char *at = strstr(line, "\"elapsed_ms\":");
    return at ? strtoll(at + strlen("\"elapsed_ms\":"), NULL, 10) : -1;
}

static void its_time_is_told_in_milliseconds(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    run->started_us = clock_mono_us() - 5000000;
    request_is(1, "run.info", "{\"run_id\":\"r1\"}");
    const int64_t ms = elapsed_of(next_line());
    assert_true(ms >= 5000 && ms < 5000000);
    leader_exits(run, CLD_EXITED, 0);
}

static void children_are_listed_by_registry(void **state)
{
    (void)state;
    struct run *a = some_run("a"), *b = some_run("b");
    free(b->registry);
    b->registry = strdup("other");
    call_gives("supervisor.which_children", "{}",
               "{\"children\":[" CHILD("a", "running", "null") "},\"?\"]}");
    call_gives("supervisor.which_children", "{\"registry\":\"default\"}",
               "{\"children\":[" CHILD("a", "running", "null") "}]}");
    call_gives("supervisor.which_children", "{\"registry\":\"none\"}", "{\"children\":[]}");
    life_stop(a, STOPPED_BY_CLIENT, SHUTDOWN_DEFAULT);
    call_gives("supervisor.which_children", "{\"registry\":\"default\"}",
               "{\"children\":[" CHILD("a", "terminating", "null") "}]}");
    call_gives("supervisor.count_children", "{}",
               "{\"active\":2,\"starting\":0,\"terminating\":1,\"specs\":2,\"workers\":2,"
               "\"supervisors\":0}");
    call_gives("supervisor.count_children", "{\"registry\":\"other\"}",
               "{\"active\":1,\"starting\":0,\"terminating\":0,\"specs\":1,\"workers\":1,"
               "\"supervisors\":0}");
    leader_exits(a, CLD_KILLED, SIGTERM);
    leader_exits(b, CLD_EXITED, 0);
}

#define DOWN(id)                                                                                   \
    "{\"run_id\":\"" id "\",\"pid\":\"?\",\"reason\":{\"kind\":\"normal\"},\"stopped_by\":null,"   \
    "\"outcome\":\"degraded\",\"rusage\":\"?\",\"containment\":\"group\",\"sandbox\":null}"

static void say_result(struct run *run, enum outcome outcome)
{
    static const char RESULT[] = "{\"x\":1}";
    assert_true(say(run, (struct link_up){.type = LINK_RESULT,
                                          .outcome = outcome,
                                          .result = {RESULT, sizeof RESULT - 1}}));
}

static void an_ended_run_is_told_from_its_record(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    say_result(run, OUTCOME_DEGRADED);
    leader_exits(run, CLD_EXITED, 0);
    call_gives(
        "run.info", "{\"run_id\":\"r1\"}",
        "{\"run_id\":\"r1\",\"state\":\"ended\",\"incarnation\":1000,\"pid\":\"?\","
        "\"ended_at\":\"?\",\"usage\":null,\"containment\":\"group\",\"sandbox\":null,\"outcome\":"
        "\"degraded\",\"council_id\":\"c\",\"registry\":\"default\",\"started_at\":"
        "\"1970-01-01T00:00:01.000Z\",\"started_by\":{},\"labels\":{},\"limits\":{},"
        "\"shutdown\":5000,\"duration_ms\":\"?\"," ASKED
        ",\"tokens\":null,\"cost\":null,\"result\":{\"x\":1},\"down\":" DOWN("r1") "}");
    call_gives("run.await", "{\"run_id\":\"r1\"}",
               "{\"run_id\":\"r1\",\"outcome\":\"degraded\",\"result\":{\"x\":1},\"reason\":"
               "{\"kind\":\"normal\"}}");
    run = some_run("r2");
    leader_exits(run, CLD_EXITED, 3);
    call_gives("run.await", "{\"run_id\":\"r2\"}",
               "{\"run_id\":\"r2\",\"outcome\":null,\"result\":null,\"reason\":{\"kind\":\"exit\","
               "\"code\":3}}");
}

/* Each of its words, where there is one; what else stands there is nobody's. */
static void all_that_is_recorded_of_an_end_is_told(void **state)
{
    (void)state;
#define OF_DOWN                                                                                    \
    "\"pid\":5,\"reason\":{\"kind\":\"link\"},\"stopped_by\":\"client\",\"outcome\":\"failed\","   \
    "\"rusage\":{\"user_ms\":1},\"containment\":\"cgroup\",\"sandbox\":{\"a\":1},"                 \
    "\"survivors\":true,\"record_error\":\"ENOSPC\""
#define OF_RUN                                                                                     \
    "\"incarnation\":7,\"ended_at\":\"e\",\"usage\":{\"b\":2},\"torn\":false,\"council_id\":"      \
    "\"d\","                                                                                       \
    "\"started_at\":\"s\",\"labels\":{\"c\":\"d\"},\"limits\":{\"open_files\":9},\"shutdown\":3,"  \
    "\"duration_ms\":8,\"question\":\"q\",\"members\":[\"m\"],\"tokens\":4,\"cost\":0.5"
    static const char END[] = "{\"run_id\":\"r1\"," OF_DOWN "," OF_RUN ",\"other\":1}";
    struct record *record;
    assert_int_equal(record_open(records, "r1", 1000, "{}", 2, &record), 0);
    assert_int_equal(record_end(record, END, sizeof END - 1), 0);
    record_free(record);
    call_gives("run.info", "{\"run_id\":\"r1\"}",
               "{\"run_id\":\"r1\",\"state\":\"ended\"," OF_RUN
               ",\"pid\":5,\"containment\":\"cgroup\",\"sandbox\":{\"a\":1},\"outcome\":\"failed\","
               "\"result\":null,\"down\":{\"run_id\":\"r1\"," OF_DOWN "}}");
}

/* A record of a daemon that died says less: what was asked for stands in its first line. */
static void what_a_record_lacks_is_told_as_it_was_asked_for(void **state)
{
    (void)state;
    static const char SPEC[] = "{\"council_id\":\"asked\",\"registry\":\"r\",\"started_by\":{},"
                               "\"limits\":{\"core_bytes\":0},\"shutdown\":\"infinity\"}";
    struct record *record;
    assert_int_equal(record_open(records, "r1", 1000, SPEC, sizeof SPEC - 1, &record), 0);
    assert_int_equal(record_end(record, "{\"council_id\":\"told\",\"torn\":true}", 34), 0);
    record_free(record);
    call_gives("run.info", "{\"run_id\":\"r1\"}",
               "{\"run_id\":\"r1\",\"state\":\"ended\",\"torn\":true,\"council_id\":\"told\","
               "\"registry\":\"r\",\"started_by\":{},\"limits\":{\"core_bytes\":0},\"shutdown\":"
               "\"infinity\"," UNKNOWN ",\"result\":null,\"down\":null}");
    call_gives("run.await", "{\"run_id\":\"r1\"}",
               "{\"run_id\":\"r1\",\"outcome\":null,\"result\":null,\"reason\":null}");
    assert_int_equal(record_open(records, "r2", 1000, SPEC, sizeof SPEC - 1, &record), 0);
    assert_int_equal(record_end(record, "{\"run_id\":\"r2\",\"limits\":{}}", 28), 0);
    record_free(record);
    call_gives("run.info", "{\"run_id\":\"r2\"}",
               "{\"run_id\":\"r2\",\"state\":\"ended\",\"registry\":\"r\",\"started_by\":{},"
               "\"limits\":{}," UNKNOWN ",\"result\":null,\"down\":{\"run_id\":\"r2\"}}");
    /* Only councild's own word says whose it is, not what the run could have written over. */
    put_file(&folder, "index.jsonl", "");
    call_gives("run.info", "{\"run_id\":\"r1\"}",
               "{\"run_id\":\"r1\",\"state\":\"ended\",\"torn\":true,\"council_id\":\"told\","
               "\"limits\":{\"core_bytes\":0},\"shutdown\":\"infinity\"," UNKNOWN
               ",\"result\":null,\"down\":"
               "null}");
}

static void what_there_is_not_is_not_found(void **state)
{
    (void)state;
    static const char *const METHODS_OF_A_RUN[] = {"run.info", "run.await", "run.subscribe",
                                                   "run.terminate", "run.cancel"};
    struct run *run = some_run("r1");
    leader_exits(run, CLD_EXITED, 0);
    for (size_t i = 0; i < ARRAY_LEN(METHODS_OF_A_RUN); i++) {
        call_fails(METHODS_OF_A_RUN[i], "{\"run_id\":\"r2\"}", "not_found", "");
        call_fails(METHODS_OF_A_RUN[i], "{\"run_id\":\"r1\\u0000\"}", "not_found", "");
    }
    call_fails("run.cancel", "{\"run_id\":\"r1\"}", "not_found", "");
    call_fails("run.terminate", "{\"run_id\":\"r1\"}", "not_found", "");
    call_fails("council.get", "{\"name\":\"slow\"}", "not_found", "");
    call_fails("council.get", "{\"name\":\"quick\\u0000\"}", "not_found", "");
}

/* A run that starts is in no list yet, but can be ended. */
static void a_run_that_starts_is_hidden(void **state)
{
    (void)state;
    struct ear ear;
    order_id = "r1";
    struct run *run = begin(&ear, 5000, LIMIT_NONE);
    call_fails("run.info", "{\"run_id\":\"r1\"}", "not_found", "");
    call_fails("run.cancel", "{\"run_id\":\"r1\"}", "not_found", "");
    call_gives("supervisor.which_children", "{}", "{\"children\":[]}");
    call_gives("run.list", "{}", "{\"runs\":[],\"next\":null,\"unreadable\":0}");
    request_is(2, "supervisor.terminate_all", "{}");
    expect_result(2, "{\"count\":0}");
    request_is(3, "run.terminate", "{\"run_id\":\"r1\",\"shutdown\":\"brutal_kill\"}");
    expect_silence();
    assert_int_equal(run->shutdown, SHUTDOWN_BRUTAL_KILL);
    leader_exits(run, CLD_KILLED, SIGKILL);
    expect_result(3, "{}");
}

static void all_of_a_registry_are_ended(void **state)
{
    (void)state;
    struct run *a = some_run("a"), *b = some_run("b");
    free(b->registry);
    b->registry = strdup("other");
    request_is(1, "supervisor.terminate_all", "{\"registry\":\"other\"}");
    assert_int_equal(a->stopped_by, STOPPED_BY_NONE);
    assert_int_equal(b->stopped_by, STOPPED_BY_ALL);
    expect_silence();
    leader_exits(b, CLD_KILLED, SIGTERM);
    expect_result(1, "{\"count\":1}");
    request_is(2, "supervisor.terminate_all", "{}");
    expect_silence();
    leader_exits(a, CLD_KILLED, SIGTERM);
    expect_result(2, "{\"count\":1}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_DESK(a_live_run_is_told_member_by_member),
        AT_DESK(its_time_is_told_in_milliseconds),
        AT_DESK(children_are_listed_by_registry),
        AT_DESK(an_ended_run_is_told_from_its_record),
        AT_DESK(all_that_is_recorded_of_an_end_is_told),
        AT_DESK(what_a_record_lacks_is_told_as_it_was_asked_for),
        AT_DESK(what_there_is_not_is_not_found),
        AT_DESK(a_run_that_starts_is_hidden),
        AT_DESK(all_of_a_registry_are_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
