/* What one connection is told of its runs, and in which order: everybody who can wait for a run
 * hangs on one, over a real socket. A reply before its DOWN, or one that never comes, is what
 * clients trip over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "client_fixture.h"
#include "common/clock.h"
#include "daemon/method/desk/await.h"
#include "daemon/method/desk/batch.h"
#include "daemon/method/handler/handlers.h"

/* ---- asking ---- */

static void start(const char *id, struct start_wishes wishes)
{
    struct call call = ask(id);
    struct start_order order = make_order(5000, LIMIT_NONE, true);
    assert_int_equal(start_wait(&call, &order, &wishes), 0);
    release_order();
}

static struct run *the_run(const char *run_id)
{
    struct run *run = runs_find(runs, run_id, strlen(run_id));
    assert_non_null(run);
    return run;
}

static void await(const char *id, struct run *run, int64_t timeout_ms)
{
    struct call call = ask(id);
    assert_int_equal(await_live(&call, run, timeout_ms), 0);
}

static void terminate_all(const char *id)
{
    struct call call = ask(id);
    struct batch *b = batch_new();
    assert_non_null(call_wait(&call, batch_waiters(b)));
    for (struct run *run = runs_next(runs, NULL); run; run = runs_next(runs, run))
        assert_int_equal(batch_add(b, run), 0);
    for (struct run *run = runs_next(runs, NULL); run; run = runs_next(runs, run))
        life_stop(run, STOPPED_BY_ALL, SHUTDOWN_DEFAULT);
    batch_seal(b);
}

/* ---- hearing ---- */

static char last_line[4096];

/* "result:1", "error:2:not_found", "run.down" ... of one line. */
static void name_line(const char *line, char *to, size_t size)
{
    json_t *json = json_loads(line, 0, NULL);
    assert_non_null(json);
    const char *method = json_string_value(json_object_get(json, "method"));
    const json_t *error = json_object_get(json, "error");
    const json_t *data = json_object_get(error, "data");
    int id = (int)json_integer_value(json_object_get(json, "id"));
    if (method)
        snprintf(to, size, "%s", method);
    else if (error)
        snprintf(to, size, "error:%d:%s", id, json_string_value(json_object_get(data, "reason")));
    else
        snprintf(to, size, "result:%d", id);
    json_decref(json);
}

/* What came since the last call, in order. */
static const char *heard(void)
{
    static char all[1024];
    char bytes[16384];
    all[0] = '\0';
    turn();
    turn();
    ssize_t n = recv(client, bytes, sizeof(bytes) - 1, 0);
    bytes[n < 0 ? 0 : n] = '\0';
    for (char *line = bytes, *end; (end = strchr(line, '\n')); line = end + 1) {
        char name[64];
        *end = '\0';
        snprintf(last_line, sizeof(last_line), "%s", line);
        name_line(line, name, sizeof(name));
        size_t len = strlen(all);
        snprintf(all + len, sizeof(all) - len, "%s%s", len ? " " : "", name);
    }
    return all;
}

/* ---- */

static void all_that_wait_for_an_end_are_told_by_rank(void **state)
{
    (void)state;
    start("1", (struct start_wishes){.monitor = true, .subscribe = SUBSCRIBE_LIFECYCLE});
    struct run *run = the_run("r1");
    assert_string_equal(heard(), "");
    say_ready(run);
    assert_string_equal(heard(), "result:1");
    assert_non_null(strstr(last_line, "\"subscription\""));
    await("4", run, -1);
    terminate("2", run);
    terminate("3", run);
    terminate_all("5");
    assert_string_equal(heard(), "");
    leader_exits(run, CLD_KILLED, SIGTERM);
    assert_string_equal(heard(), "run.end run.down result:2 error:3:not_found result:4 result:5");
}

static void the_reply_of_a_start_comes_before_its_events(void **state)
{
    (void)state;
    start("1", (struct start_wishes){.subscribe = SUBSCRIBE_LIFECYCLE});
    struct run *run = the_run("r1");
    say_ready(run);
    static const char EVENT[] = "{\"seq\":1}";
    struct json_span event = {.at = EVENT, .len = sizeof(EVENT) - 1};
    say(run, (struct link_up){.type = LINK_EVENT, .seq = 1, .event = event});
    say(run, (struct link_up){.type = LINK_DELTA, .event = event}); /* nobody wants these */
    assert_string_equal(heard(), "result:1 run.event");
    assert_non_null(strstr(last_line, "\"event\":{\"seq\":1}}}"));
    leader_exits(run, CLD_EXITED, 0);
    assert_string_equal(heard(), "run.end");
}

static void deltas_are_wanted_while_somebody_reads_them(void **state)
{
    (void)state;
    start("1", (struct start_wishes){.subscribe = SUBSCRIBE_DELTAS});
    struct run *run = the_run("r1");
    fake_done();
    say_ready(run);
    assert_string_equal(fake_done(), "deltas:on praise");
    const char *ref = subscription_new_live(&watchers, conn, run, true);
    assert_string_equal(fake_done(), "");
    subscription_free(subscription_find(&watchers, ref));
    assert_string_equal(fake_done(), "");
    conn_free(conn);
    conn = NULL;
    assert_string_equal(fake_done(), "deltas:off");
    assert_null(run->watches.first);
    leader_exits(run, CLD_EXITED, 0);
}

static void a_start_that_fails_is_answered_when_it_is_gone(void **state)
{
    (void)state;
    start("1", (struct start_wishes){.monitor = true});
    struct run *run = the_run("r1");
    terminate("2", run);
    assert_string_equal(heard(), "");
    leader_exits(run, CLD_KILLED, SIGTERM);
    assert_string_equal(heard(), "error:1:start_failed result:2");
}

static void a_start_that_is_refused_is_answered_at_once(void **state)
{
    (void)state;
    fake.new_fails = -EAGAIN;
    start("1", (struct start_wishes){.monitor = true});
    assert_string_equal(heard(), "error:1:start_failed");
    assert_non_null(strstr(last_line, "EAGAIN"));
    assert_int_equal(runs_count(runs), 0);
}

static void what_outlives_sigkill_is_told_to_all_who_wait_for_that(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    terminate("2", run);
    await("3", run, -1);
    terminate_all("4");
    run_event(run, RUN_EV_TIMER); /* KILL */
    assert_string_equal(heard(), "");
    run_event(run, RUN_EV_TIMER);
    assert_string_equal(heard(), "error:2:unkillable error:4:unkillable");
    leader_exits(run, CLD_KILLED, SIGKILL); /* after all */
    assert_string_equal(heard(), "result:3");
}

/* It is not waited for a second time: whoever asks for its end then would hang. */
static void who_asks_later_is_told_what_outlives_sigkill_at_once(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    terminate("2", run);
    run_event(run, RUN_EV_TIMER); /* KILL */
    run_event(run, RUN_EV_TIMER);
    assert_string_equal(heard(), "error:2:unkillable");
    char id[] = "r1";
    const struct run_terminate_params one = {.run_id = {.at = id, .len = 2},
                                             .shutdown = SHUTDOWN_DEFAULT};
    struct call call = ask("3");
    call.params = &one;
    assert_int_equal(do_run_terminate(&call), 0);
    assert_string_equal(heard(), "error:3:unkillable");
    assert_non_null(strstr(last_line, "\"run_id\":\"r1\""));
    const struct registry_params all = {.registry = {.at = NULL}};
    call = ask("4");
    call.params = &all;
    assert_int_equal(do_supervisor_terminate_all(&call), 0);
    assert_string_equal(heard(), "error:4:unkillable");
    leader_exits(run, CLD_KILLED, SIGKILL);
    assert_string_equal(heard(), "");
}

static void a_start_that_outlives_sigkill_is_answered(void **state)
{
    (void)state;
    start("1", (struct start_wishes){.monitor = true});
    struct run *run = the_run("r1");
    terminate("2", run);
    run_event(run, RUN_EV_TIMER); /* KILL */
    run_event(run, RUN_EV_TIMER);
    assert_string_equal(heard(), "error:1:unkillable error:2:unkillable");
    leader_exits(run, CLD_KILLED, SIGKILL);
    assert_string_equal(heard(), "");
}

static void all_who_await_a_run_get_its_result(void **state)
{
    (void)state;
    static const char RESULT[] = "{\"text\":\"forty-two\"}";
    struct run *run = some_run("r1");
    await("1", run, -1);
    say(run, (struct link_up){.type = LINK_RESULT,
                              .outcome = OUTCOME_COMPLETE,
                              .result = {.at = RESULT, .len = sizeof(RESULT) - 1}});
    await("2", run, -1);
    leader_exits(run, CLD_EXITED, 0);
    assert_string_equal(heard(), "result:1 result:2");
    assert_non_null(strstr(last_line,
                           "\"outcome\":\"complete\",\"result\":{\"text\":\"forty-two\"},"
                           "\"reason\":{\"kind\":\"normal\"}"));
}

/* One turn may end before the time does. */
static const char *heard_in_time(void)
{
    const int64_t deadline = clock_mono_ms() + 10000;
    const char *all;
    do
        all = heard();
    while (!*all && clock_mono_ms() < deadline);
    return all;
}

static void who_awaits_may_run_out_of_time(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    await("1", run, 1);
    await("2", run, -1);
    assert_string_equal(heard_in_time(), "error:1:timeout");
    leader_exits(run, CLD_EXITED, 0);
    assert_string_equal(heard(), "result:2");
}

static void a_batch_is_answered_when_the_last_is_gone(void **state)
{
    (void)state;
    struct run *a = some_run("r1"), *b = some_run("r2");
    terminate_all("1");
    leader_exits(b, CLD_KILLED, SIGTERM);
    assert_string_equal(heard(), "");
    leader_exits(a, CLD_KILLED, SIGTERM);
    assert_string_equal(heard(), "result:1");
    assert_non_null(strstr(last_line, "\"count\":2"));
    terminate_all("2"); /* there is none */
    assert_string_equal(heard(), "result:2");
}

static void who_has_gone_is_not_waited_for(void **state)
{
    (void)state;
    start("1", (struct start_wishes){.monitor = true, .subscribe = SUBSCRIBE_LIFECYCLE});
    struct run *run = the_run("r1");
    terminate("2", run);
    terminate_all("3");
    conn_free(conn);
    conn = NULL;
    leader_exits(run, CLD_KILLED, SIGTERM);
    assert_int_equal(runs_count(runs), 0);
    assert_string_equal(fake_done(), "spec TERM CONT reap fill");
}

static void only_the_first_who_asked_gets_the_success(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    life_stop(run, STOPPED_BY_DEADLINE, SHUTDOWN_DEFAULT);
    terminate("1", run);
    leader_exits(run, CLD_KILLED, SIGTERM);
    assert_string_equal(heard(), "error:1:not_found");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CLIENT(all_that_wait_for_an_end_are_told_by_rank),
        WITH_CLIENT(the_reply_of_a_start_comes_before_its_events),
        WITH_CLIENT(deltas_are_wanted_while_somebody_reads_them),
        WITH_CLIENT(a_start_that_fails_is_answered_when_it_is_gone),
        WITH_CLIENT(a_start_that_is_refused_is_answered_at_once),
        WITH_CLIENT(what_outlives_sigkill_is_told_to_all_who_wait_for_that),
        WITH_CLIENT(who_asks_later_is_told_what_outlives_sigkill_at_once),
        WITH_CLIENT(a_start_that_outlives_sigkill_is_answered),
        WITH_CLIENT(all_who_await_a_run_get_its_result),
        WITH_CLIENT(who_awaits_may_run_out_of_time),
        WITH_CLIENT(a_batch_is_answered_when_the_last_is_gone),
        WITH_CLIENT(who_has_gone_is_not_waited_for),
        WITH_CLIENT(only_the_first_who_asked_gets_the_success),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
