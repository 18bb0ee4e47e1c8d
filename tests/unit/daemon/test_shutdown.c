/* The stop of the daemon: one that ends too early kills runs that were to end in peace and loses
 * the last lines to its clients; one that waits for what cannot come is killed by its service
 * manager. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "daemon/parts.h"
#include "daemon/shutdown.h"
#include "life_fixture.h"
#include "serve/line_server.h"

/* ---- more neighbours ---- */

static bool flushed;
static size_t runners_left;

void line_server_refuse(struct line_server *s)
{
    (void)s;
    fake_note("refuse");
}

bool line_server_is_flushed(const struct line_server *s)
{
    (void)s;
    return flushed;
}

size_t runners_count(const struct runners *t)
{
    (void)t;
    return runners_left;
}

void spares_retire(struct spares *s)
{
    (void)s;
    fake_note("retire");
}

static struct server server;
static int manager; /* the service manager's end */

static int setup_server(void **state)
{
    int pair[2];
    if (setup(state) || socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair))
        return -1;
    runs_free(runs);
    flushed = true;
    runners_left = 0;
    manager = pair[1];
    server = (struct server){.core = core, .config = &config, .loop = core.loop};
    server.core.notify.fd = pair[0];
    struct runs_parts parts = {.core = &server.core, .records = records};
    if (runs_new(&parts, &runs) || shutdown_init(&server))
        return -1;
    server.runs = runs;
    return 0;
}

static int teardown_server(void **state)
{
    runs_free(runs);
    runs = NULL;
    shutdown_release(&server);
    core_release(&server.core);
    close(manager);
    return teardown(state);
}

static struct run *start(const char *run_id, struct ear *ear, int64_t shutdown)
{
    order_id = run_id;
    return running(ear, shutdown);
}

/* All that the service manager was told. */
static const char *told(void)
{
    static char all[512];
    size_t len = 0;
    ssize_t n;
    while ((n = recv(manager, all + len, sizeof(all) - 2 - len, 0)) > 0) {
        len += (size_t)n;
        all[len++] = ' ';
    }
    all[len] = '\0';
    return all;
}

enum { NEVER = -1 };

static void assert_ends_in(const struct run *run, int64_t ms)
{
    if (ms == NEVER)
        assert_false(timer_is_set(&run->timer));
    else
        assert_due(run, ms);
}

static void turns(void)
{
    for (int i = 0; i < 3; i++)
        turn();
}

/* ---- */

static void without_runs_it_is_over_at_once(void **state)
{
    (void)state;
    shutdown_begin(&server, STOP_ORDERLY);
    assert_string_equal(fake_done(), "refuse retire");
    assert_string_equal(told(), "STOPPING=1 ");
    turns();
    assert_int_equal(server.stop_phase, STOP_PHASE_DONE);
    assert_false(server.unkillable);
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

static void what_is_queued_gets_a_second_to_leave(void **state)
{
    (void)state;
    flushed = false;
    shutdown_begin(&server, STOP_ORDERLY);
    turns();
    assert_int_equal(server.stop_phase, STOP_PHASE_FLUSH);
    assert_true(timer_is_set(&server.stop_timer));
    assert_true(server.stop_timer.due_us - loop_now_us(core.loop) <= 1000 * 1000);
    core_nudge(&server.core);
    turns();
    assert_int_equal(server.stop_phase, STOP_PHASE_FLUSH);
    flushed = true;
    core_nudge(&server.core);
    turns();
    assert_int_equal(server.stop_phase, STOP_PHASE_DONE);
}

static void the_second_is_not_longer_for_one_who_never_reads(void **state)
{
    (void)state;
    flushed = false;
    shutdown_begin(&server, STOP_IMMEDIATE);
    turns();
    assert_int_equal(server.stop_phase, STOP_PHASE_FLUSH);
    server.stop_timer.fire(server.stop_timer.arg);
    assert_int_equal(server.stop_phase, STOP_PHASE_DONE);
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

/* The limit of an unkillable run is longer than an immediate stop may take. */
static void an_immediate_stop_ends_in_two_seconds(void **state)
{
    (void)state;
    struct ear ear;
    start("r1", &ear, 5000);
    flushed = false;
    shutdown_begin(&server, STOP_ORDERLY);
    shutdown_begin(&server, STOP_IMMEDIATE);
    turns();
    int64_t took = server.stop_timer.due_us;
    assert_true(timer_is_set(&server.stop_timer));
    server.stop_timer.fire(server.stop_timer.arg);
    assert_int_equal(server.stop_phase, STOP_PHASE_FLUSH);
    assert_true(server.unkillable);
    took += server.stop_timer.due_us - 2 * loop_now_us(core.loop);
    assert_true(took < 2000 * 1000);
    turns();
    server.stop_timer.fire(server.stop_timer.arg);
    assert_int_equal(server.stop_phase, STOP_PHASE_DONE);
}

static void a_run_that_takes_longer_asks_for_more_time(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = start("r1", &ear, 100 * 1000);
    shutdown_begin(&server, STOP_ORDERLY);
    assert_string_equal(told(), "STOPPING=1 EXTEND_TIMEOUT_USEC=104000000 ");
    leader_exits(run, CLD_KILLED, SIGTERM);
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

#define STOPPING(name) cmocka_unit_test_setup_teardown(name, setup_server, teardown_server)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STOPPING(without_runs_it_is_over_at_once),
        STOPPING(an_orderly_stop_waits_for_all_runs),
        STOPPING(what_is_queued_gets_a_second_to_leave),
        STOPPING(the_second_is_not_longer_for_one_who_never_reads),
        STOPPING(spares_have_to_be_gone_too),
        STOPPING(a_second_word_makes_it_immediate),
        STOPPING(what_outlives_sigkill_is_not_waited_for),
        STOPPING(an_immediate_stop_ends_in_two_seconds),
        STOPPING(a_run_that_takes_longer_asks_for_more_time),
        STOPPING(all_runs_are_stopped_at_once),
        STOPPING(an_orderly_stop_bounds_what_is_already_ending),
        STOPPING(the_manager_is_told_before_any_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
