/* How long the stop of the daemon may take: one that waits for what cannot come is killed by its
 * service manager. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log_lines.h"
#include "shutdown_fixture.h"

static void what_is_queued_gets_a_second_to_leave(void **state)
{
    (void)state;
    flushed = false;
    stop_the_clock();
    shutdown_begin(&server, STOP_ORDERLY);
    turns();
    assert_int_equal(server.stop_phase, STOP_PHASE_FLUSH);
    assert_has_ms(1000);
    core_nudge(&server.core);
    turns();
    assert_int_equal(server.stop_phase, STOP_PHASE_FLUSH);
    flushed = true;
    core_nudge(&server.core);
    turns();
    assert_int_equal(server.stop_phase, STOP_PHASE_DONE);
    assert_the_loop_is_over();
}

static void the_second_is_not_longer_for_one_who_never_reads(void **state)
{
    (void)state;
    static const struct {
        enum stop_level level;
        int64_t ms;
    } rows[] = {{STOP_ORDERLY, 1000}, {STOP_IMMEDIATE, 400}};
    flushed = false;
    stop_the_clock();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        server.core.stop_level = STOP_NONE;
        shutdown_begin(&server, rows[i].level);
        turns();
        assert_has_ms(rows[i].ms);
        time_passes(rows[i].ms - 1);
        assert_int_equal(server.stop_phase, STOP_PHASE_FLUSH);
        time_passes(1);
        assert_int_equal(server.stop_phase, STOP_PHASE_DONE);
        assert_false(server.unkillable);
    }
    assert_the_loop_is_over();
}

/* The limit of an unkillable run is longer than an immediate stop may take. */
static void an_immediate_stop_ends_in_two_seconds(void **state)
{
    (void)state;
    struct ear ear;
    start("r1", &ear, 5000);
    flushed = false;
    stop_the_clock();
    shutdown_begin(&server, STOP_ORDERLY);
    assert_false(timer_is_set(&server.stop_timer));
    shutdown_begin(&server, STOP_IMMEDIATE);
    turns();
    assert_has_ms(1400);
    log_lines_begin();
    server.stop_timer.fire(server.stop_timer.arg);
    assert_string_equal(log_lines(), "<3>runs outlive an immediate stop runs=1\n");
    log_lines_end();
    assert_int_equal(server.stop_phase, STOP_PHASE_FLUSH);
    assert_true(server.unkillable);
    assert_has_ms(400);
    turns();
    assert_int_equal(server.stop_phase, STOP_PHASE_FLUSH);
    server.stop_timer.fire(server.stop_timer.arg);
    assert_int_equal(server.stop_phase, STOP_PHASE_DONE);
    assert_the_loop_is_over();
}

/* One more word while it flushes changes none of its times. */
static void what_flushes_already_is_not_begun_anew(void **state)
{
    (void)state;
    flushed = false;
    stop_the_clock();
    shutdown_begin(&server, STOP_ORDERLY);
    turns();
    now_us += 300 * 1000;
    shutdown_begin(&server, STOP_IMMEDIATE);
    turns();
    assert_int_equal(server.stop_phase, STOP_PHASE_FLUSH);
    assert_has_ms(700);
    assert_string_equal(told(), "STOPPING=1 ");
}

/* The longest of all runs counts, if the limit does not cover it. */
static void more_time_is_asked_for_the_longest_run(void **state)
{
    (void)state;
    static const int64_t TOO_LONG = INT64_MAX / 2000;
    const struct {
        int64_t shutdown[3];
        int64_t asked_ms; /* 0: nothing */
    } rows[] = {
        {{STOP_LIMIT_MS, 0, SHUTDOWN_INFINITY}, 0},
        {{STOP_LIMIT_MS + 1, 0, 0}, STOP_LIMIT_MS + 4001},
        {{5000, STOP_LIMIT_MS + 2, 7000}, STOP_LIMIT_MS + 4002},
        {{STOP_LIMIT_MS + 3, STOP_LIMIT_MS + 9, STOP_LIMIT_MS + 5}, STOP_LIMIT_MS + 4009},
        {{0, 0, TOO_LONG - 1}, TOO_LONG + 3999},
        {{0, TOO_LONG, 0}, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char wanted[64] = "STOPPING=1 ";
        struct ear ears[3];
        struct run *all[] = {start("r1", &ears[0], rows[i].shutdown[0]),
                             start("r2", &ears[1], rows[i].shutdown[1]),
                             start("r3", &ears[2], rows[i].shutdown[2])};
        server.core.stop_level = STOP_NONE;
        server.stop_phase = STOP_PHASE_SERVING;
        shutdown_begin(&server, STOP_ORDERLY);
        if (rows[i].asked_ms)
            snprintf(wanted, sizeof wanted, "STOPPING=1 EXTEND_TIMEOUT_USEC=%lld ",
                     (long long)rows[i].asked_ms * 1000);
        assert_string_equal(told(), wanted);
        server.core.stop_level = STOP_NONE; /* others may be started */
        for (int k = 0; k < 3; k++)
            leader_exits(all[k], CLD_KILLED, SIGTERM);
    }
}

static void it_says_what_it_begins(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = start("r1", &ear, 5000);
    log_lines_begin();
    log_set_level(LOG_LEVEL_NOTICE);
    shutdown_begin(&server, STOP_NONE); /* is no stop */
    assert_string_equal(log_lines(), "");
    shutdown_begin(&server, STOP_ORDERLY);
    assert_string_equal(log_lines(), "<5>stopping runs=1\n");
    shutdown_begin(&server, STOP_ORDERLY);
    assert_string_equal(log_lines(), "");
    shutdown_begin(&server, STOP_IMMEDIATE);
    assert_string_equal(log_lines(), "<5>stopping at once runs=1\n");
    log_lines_end();
    leader_exits(run, CLD_KILLED, SIGKILL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STOPPING(what_is_queued_gets_a_second_to_leave),
        STOPPING(the_second_is_not_longer_for_one_who_never_reads),
        STOPPING(an_immediate_stop_ends_in_two_seconds),
        STOPPING(what_flushes_already_is_not_begun_anew),
        STOPPING(more_time_is_asked_for_the_longest_run),
        STOPPING(it_says_what_it_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
