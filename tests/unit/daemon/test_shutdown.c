/* The stop of the daemon: one that ends too early kills runs that were to end in peace and loses
 * the last lines to its clients. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "failing.h"
#include "serve/conn_life.h"
#include "serve/pending.h"
#include "shutdown_fixture.h"

static void without_runs_it_is_over_at_once(void **state)
{
    (void)state;
    shutdown_begin(&server, STOP_ORDERLY);
    assert_string_equal(fake_done(), "refuse retire");
    assert_string_equal(told(), "STOPPING=1 ");
    turns();
    assert_int_equal(server.stop_phase, STOP_PHASE_DONE);
    assert_false(server.unkillable);
    assert_the_loop_is_over();
}

static void an_orderly_stop_waits_for_all_runs(void **state)
{
    (void)state;
    struct ear a, b;
    struct run *first = start("r1", &a, 5000), *second = start("r2", &b, 5000);
    shutdown_begin(&server, STOP_ORDERLY);
    assert_string_equal(fake_done(), "refuse retire TERM CONT TERM CONT");
    assert_int_equal(first->stopped_by, STOPPED_BY_STOP);
    turns();
    leader_exits(first, CLD_KILLED, SIGTERM);
    turns();
    assert_int_equal(server.stop_phase, STOP_PHASE_RUNS);
    leader_exits(second, CLD_KILLED, SIGTERM);
    turns();
    assert_int_equal(server.stop_phase, STOP_PHASE_DONE);
    assert_string_equal(a.heard, "ready ended");
}

static void spares_have_to_be_gone_too(void **state)
{
    (void)state;
    runners_left = 1;
    shutdown_begin(&server, STOP_ORDERLY);
    turns();
    assert_int_equal(server.stop_phase, STOP_PHASE_FLUSH);
    runners_left = 0;
    core_nudge(&server.core);
    turns();
    assert_int_equal(server.stop_phase, STOP_PHASE_DONE);
}

static void take_no_line(struct conn *c, const char *line, size_t len)
{
    (void)c, (void)line, (void)len;
}

/* Each is answered when all runs are gone, and before the connections are. */
static void who_asked_for_it_is_answered(void **state)
{
    (void)state;
    static const struct conn_owner OWNER = {.line = take_no_line};
    struct conn_home home = {
        .loop = core.loop, .owner = &OWNER, .line_bytes = 4096, .queue_bytes = 1 << 20};
    struct peer peer = {0};
    struct ear ear;
    char text[256];
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    struct conn *conn = conn_new(&home, pair[0], &peer);
    struct run *run = start("r1", &ear, 5000);
    assert_non_null(conn);
    assert_non_null(pending_new(conn, (struct json_span){"1", 1}, &server.desk.stop_waiters));
    assert_non_null(pending_new(conn, (struct json_span){"2", 1}, &server.desk.stop_waiters));
    shutdown_begin(&server, STOP_ORDERLY);
    turns();
    assert_int_equal(recv(pair[1], text, sizeof text, 0), -1);
    flushed = false;
    leader_exits(run, CLD_KILLED, SIGTERM);
    turns();
    assert_int_equal(server.stop_phase, STOP_PHASE_FLUSH);
    assert_null(server.desk.stop_waiters);
    const ssize_t n = recv(pair[1], text, sizeof text - 1, 0);
    text[n < 0 ? 0 : n] = '\0';
    assert_string_equal(text, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n"
                              "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}\n");
    conn_free(conn);
    close(pair[1]);
}

static void a_second_word_makes_it_immediate(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = start("r1", &ear, SHUTDOWN_INFINITY);
    shutdown_begin(&server, STOP_ORDERLY);
    assert_string_equal(fake_done(), "refuse retire TERM CONT");
    assert_due(run, STOP_LIMIT_MS); /* `infinity` has an end now */
    shutdown_begin(&server, STOP_ORDERLY);
    assert_string_equal(fake_done(), "");
    shutdown_begin(&server, STOP_IMMEDIATE);
    assert_string_equal(fake_done(), "KILL-ALL");
    shutdown_begin(&server, STOP_ORDERLY); /* it only rises */
    assert_int_equal(server.core.stop_level, STOP_IMMEDIATE);
    leader_exits(run, CLD_KILLED, SIGKILL);
    turns();
    assert_int_equal(server.stop_phase, STOP_PHASE_DONE);
}

static void while_it_drains_runs_go_on(void **state)
{
    (void)state;
    struct ear a, b;
    struct run *running_one = start("r1", &a, 5000);
    order_id = "r2";
    struct run *starting = begin(&b, 5000, LIMIT_NONE);
    fake_done();
    shutdown_begin(&server, STOP_DRAINING);
    assert_string_equal(fake_done(), "retire");
    assert_string_equal(told(), "STATUS=draining, 2 runs ");
    turns();
    leader_exits(running_one, CLD_EXITED, 0);
    turns();
    assert_int_equal(server.core.stop_level, STOP_DRAINING);
    assert_int_equal(server.stop_phase, STOP_PHASE_SERVING);
    assert_string_equal(told(), "");
    fake_done();
    assert_true(say_ready(starting)); /* what has begun is finished */
    shutdown_begin(&server, STOP_DRAINING);
    turns();
    assert_int_equal(server.core.stop_level, STOP_DRAINING);
    fake_done();
    flushed = false;
    leader_exits(starting, CLD_EXITED, 0);
    fake_done();
    turns();
    assert_int_equal(server.core.stop_level, STOP_ORDERLY);
    assert_string_equal(fake_done(), "refuse");
    assert_string_equal(told(), "STOPPING=1 ");
    assert_int_equal(server.stop_phase, STOP_PHASE_FLUSH);
    flushed = true;
    core_nudge(&server.core);
    turns();
    assert_int_equal(server.stop_phase, STOP_PHASE_DONE);
    assert_false(server.unkillable);
    assert_string_equal(b.heard, "ready ended");
}

static void without_runs_draining_is_stopping(void **state)
{
    (void)state;
    shutdown_begin(&server, STOP_DRAINING);
    turns();
    assert_int_equal(server.core.stop_level, STOP_ORDERLY);
    assert_int_equal(server.stop_phase, STOP_PHASE_DONE);
    assert_string_equal(fake_done(), "retire refuse");
}

static void a_stop_does_not_wait_for_the_draining(void **state)
{
    (void)state;
    static const struct {
        enum stop_level level;
        const char *done;
    } CASES[] = {{STOP_ORDERLY, "refuse TERM CONT"}, {STOP_IMMEDIATE, "refuse KILL-ALL"}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct ear ear;
        server.core.stop_level = STOP_NONE;
        server.stop_phase = STOP_PHASE_SERVING;
        struct run *run = start("r1", &ear, 5000);
        shutdown_begin(&server, STOP_DRAINING);
        fake_done();
        told();
        shutdown_begin(&server, CASES[i].level);
        assert_string_equal(fake_done(), CASES[i].done);
        assert_string_equal(told(), "STOPPING=1 ");
        shutdown_begin(&server, STOP_DRAINING);
        assert_int_equal(server.core.stop_level, CASES[i].level);
        leader_exits(run, CLD_KILLED, SIGTERM);
        fake_done();
        turns();
        assert_int_equal(server.stop_phase, STOP_PHASE_DONE);
        told();
    }
}

static void what_outlives_sigkill_ends_the_draining(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = start("r1", &ear, 0);
    shutdown_begin(&server, STOP_DRAINING);
    life_stop(run, STOPPED_BY_CLIENT, SHUTDOWN_DEFAULT);
    turns();
    assert_int_equal(server.core.stop_level, STOP_DRAINING);
    run_event(run, RUN_EV_TIMER);
    turns();
    assert_int_equal(server.stop_phase, STOP_PHASE_DONE);
    assert_true(server.unkillable);
}

static void what_outlives_sigkill_is_not_waited_for(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = start("r1", &ear, 5000);
    runners_left = 1;
    shutdown_begin(&server, STOP_IMMEDIATE);
    turns();
    assert_int_equal(server.stop_phase, STOP_PHASE_RUNS);
    run_event(run, RUN_EV_TIMER);
    assert_string_equal(ear.heard, "ready unkillable");
    turns();
    assert_int_equal(server.stop_phase, STOP_PHASE_DONE);
    assert_true(server.unkillable);
}

/* Each with its own S, but all from the same moment on. */
static void all_runs_are_stopped_at_once(void **state)
{
    (void)state;
    struct ear ears[3];
    struct run *runs_of[] = {start("r1", &ears[0], 5000), start("r2", &ears[1], 5000),
                             start("r3", &ears[2], 7000)};
    shutdown_begin(&server, STOP_ORDERLY);
    int64_t first = runs_of[0]->timer.due_us;
    assert_in_range(llabs(runs_of[1]->timer.due_us - first), 0, 1000 * 1000);
    assert_in_range(runs_of[2]->timer.due_us - first, 1000 * 1000, 3000 * 1000);
    for (int i = 0; i < 3; i++)
        leader_exits(runs_of[i], CLD_KILLED, SIGTERM);
}

/* What is ending already and has an end keeps it; what has none gets the limit's. */
static void an_orderly_stop_bounds_what_is_already_ending(void **state)
{
    (void)state;
    static const struct {
        int64_t own, asked, due_before, due_after; /* due: ms, NEVER */
    } CASES[] = {
        {SHUTDOWN_INFINITY, SHUTDOWN_DEFAULT, NEVER, STOP_LIMIT_MS},
        {5000, SHUTDOWN_INFINITY, NEVER, STOP_LIMIT_MS},
        {5000, SHUTDOWN_DEFAULT, 5000, 5000},
        {SHUTDOWN_INFINITY, 7000, 7000, 7000},
        {STOP_LIMIT_MS * 2, SHUTDOWN_DEFAULT, STOP_LIMIT_MS * 2, STOP_LIMIT_MS * 2},
        {0, SHUTDOWN_DEFAULT, KILL_LIMIT_MS, KILL_LIMIT_MS},
        {SHUTDOWN_INFINITY, SHUTDOWN_BRUTAL_KILL, KILL_LIMIT_MS, KILL_LIMIT_MS},
    };
    enum { N = sizeof CASES / sizeof *CASES };
    static const char *const IDS[N] = {"r1", "r2", "r3", "r4", "r5", "r6", "r7"};
    struct ear ears[N];
    struct run *ending[N];
    for (size_t i = 0; i < N; i++) {
        ending[i] = start(IDS[i], &ears[i], CASES[i].own);
        life_stop(ending[i], STOPPED_BY_CLIENT, CASES[i].asked);
        assert_ends_in(ending[i], CASES[i].due_before);
    }
    fake_done();
    shutdown_begin(&server, STOP_ORDERLY);
    assert_string_equal(fake_done(), "refuse retire"); /* nothing is sent twice */
    for (size_t i = 0; i < N; i++) {
        assert_ends_in(ending[i], CASES[i].due_after);
        assert_int_equal(ending[i]->stopped_by, STOPPED_BY_CLIENT);
        leader_exits(ending[i], CLD_KILLED, SIGTERM);
    }
}

static void manager_knows(void)
{
    fake.at_signal = NULL;
    assert_non_null(strstr(told(), "STOPPING=1"));
    fake_note("known");
}

/* A manager that sees runs end before it hears of a stop takes it for a crash. */
static void the_manager_is_told_before_any_run(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = start("r1", &ear, 5000);
    fake_done();
    fake.at_signal = manager_knows;
    shutdown_begin(&server, STOP_ORDERLY);
    assert_string_equal(fake_done(), "refuse retire known TERM CONT");
    leader_exits(run, CLD_KILLED, SIGTERM);
}

static void without_memory_it_is_not_prepared(void **state)
{
    (void)state;
    for (int k = 0; failing_next(&k);) {
        failing_stop();
        struct server fresh = {.loop = loop_new()};
        assert_non_null(fresh.loop);
        failing_countdown = k;
        int r = shutdown_init(&fresh);
        failing_stop();
        assert_int_equal(r, failing_happened ? -ENOMEM : 0);
        assert_ptr_equal(fresh.core.stopping, failing_happened ? NULL : &fresh.stop_watch);
        assert_null(fresh.stop_watch.event); /* it is only ever noted */
        assert_int_equal(loop_timers(fresh.loop)->reserved, !failing_happened);
        watch_note(&fresh.stop_watch);
        shutdown_release(&fresh);
        assert_null(fresh.core.stopping);
        assert_null(fresh.stop_watch.loop); /* nobody comes back to it */
        assert_int_equal(loop_timers(fresh.loop)->reserved, 0);
        loop_free(fresh.loop);
    }
    assert_true(failing_no_leak());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STOPPING(without_runs_it_is_over_at_once),
        STOPPING(an_orderly_stop_waits_for_all_runs),
        STOPPING(spares_have_to_be_gone_too),
        STOPPING(who_asked_for_it_is_answered),
        STOPPING(a_second_word_makes_it_immediate),
        STOPPING(while_it_drains_runs_go_on),
        STOPPING(without_runs_draining_is_stopping),
        STOPPING(a_stop_does_not_wait_for_the_draining),
        STOPPING(what_outlives_sigkill_ends_the_draining),
        STOPPING(what_outlives_sigkill_is_not_waited_for),
        STOPPING(all_runs_are_stopped_at_once),
        STOPPING(an_orderly_stop_bounds_what_is_already_ending),
        STOPPING(the_manager_is_told_before_any_run),
        STOPPING(without_memory_it_is_not_prepared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
