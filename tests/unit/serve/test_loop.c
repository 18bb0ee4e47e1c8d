/* A turn in another order: a timer that kills a run whose ready is already there, a child reaped
 * before the signal that explains its death was read. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <event2/event.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "daemon/failing.h"
#include "serve/loop.h"

enum { WATCHES = 100 };

static struct {
    struct loop *loop;
    char log[512];
    int pipes[WATCHES][2];
    struct watch watches[WATCHES];
    int reads;
} t;

static void note(const char *what)
{
    assert_true(strlen(t.log) + strlen(what) < sizeof(t.log));
    memcpy(t.log + strlen(t.log), what, strlen(what) + 1);
}

static void hook_signals(void *arg)
{
    (void)arg;
    note("s");
}

static void hook_exits(void *arg)
{
    (void)arg;
    note("x");
}

static void work_named(void *arg)
{
    note(arg);
}

static void work_read(void *arg)
{
    char byte;
    int *fds = arg;
    assert_int_equal(read(fds[0], &byte, 1), 1);
    t.reads++;
}

static void timer_fires(void *arg)
{
    (void)arg;
    note("T");
}

static int setup(void **state)
{
    (void)state;
    memset(&t, 0, sizeof(t));
    t.loop = loop_new();
    return t.loop ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    loop_free(t.loop);
    return 0;
}

static void phases_come_in_their_order(void **state)
{
    (void)state;
    static const enum loop_phase phases[] = {LOOP_OUTPUT, LOOP_CLIENTS, LOOP_SECOND, LOOP_THIRD,
                                             LOOP_FIRST};
    static char names[][2] = {"o", "c", "e", "l", "g"};
    struct watch w[5];
    struct timer timer;
    loop_set_hook(t.loop, LOOP_FIRST, hook_signals, NULL);
    loop_set_hook(t.loop, LOOP_THIRD, hook_exits, NULL);
    for (int i = 0; i < 5; i++) {
        watch_init(t.loop, &w[i], -1, WATCH_NONE, phases[i], work_named, names[i]);
        watch_note(&w[i]);
        watch_note(&w[i]); /* once is enough */
    }
    loop_turn(t.loop);
    assert_string_equal(t.log, "sgexlco");
    t.log[0] = 0;
    assert_int_equal(loop_timer_init(t.loop, &timer, timer_fires, NULL), 0);
    loop_timer_set(t.loop, &timer, 0);
    watch_note(&w[0]);
    watch_note(&w[1]);
    loop_turn(t.loop);
    /* One more look at the kernel comes before a timer. */
    assert_string_equal(t.log, "sxcsxTo");
    for (int i = 0; i < 5; i++)
        watch_release(&w[i]);
    timer_release(&timer);
}

static void open_pipe(int i)
{
    assert_int_equal(pipe2(t.pipes[i], O_CLOEXEC | O_NONBLOCK), 0);
    assert_int_equal(watch_init(t.loop, &t.watches[i], t.pipes[i][0], WATCH_READ, LOOP_THIRD,
                                work_read, t.pipes[i]),
                     0);
    assert_int_equal(watch_arm(&t.watches[i]), 0);
}

static void timer_counts_reads(void *arg)
{
    *(int *)arg = t.reads;
}

/* libevent fetches 32 reports at a time; a hundred links that spoke while the daemon was stopped
 * are all read before the timer that was due meanwhile. */
static void all_input_before_any_timer(void **state)
{
    (void)state;
    struct timer timer;
    int at_timer = -1;
    for (int i = 0; i < WATCHES; i++) {
        open_pipe(i);
        assert_int_equal(write(t.pipes[i][1], "x", 1), 1);
    }
    assert_int_equal(loop_timer_init(t.loop, &timer, timer_counts_reads, &at_timer), 0);
    loop_timer_set(t.loop, &timer, 0);
    while (at_timer < 0)
        loop_turn(t.loop);
    assert_int_equal(at_timer, WATCHES);
    timer_release(&timer);
    for (int i = 0; i < WATCHES; i++) {
        watch_release(&t.watches[i]);
        close(t.pipes[i][0]);
        close(t.pipes[i][1]);
    }
}

static void work_again(void *arg)
{
    note("a");
    watch_note(arg);
}

static void what_is_noted_in_a_phase_waits_a_turn(void **state)
{
    (void)state;
    struct watch w;
    watch_init(t.loop, &w, -1, WATCH_NONE, LOOP_CLIENTS, work_again, &w);
    watch_note(&w);
    loop_turn(t.loop);
    assert_string_equal(t.log, "a");
    loop_turn(t.loop);
    assert_string_equal(t.log, "aa");
    watch_release(&w);
}

/* ---- the kinds of watches ---- */

static int worked;

static void work_count(void *arg)
{
    (void)arg;
    worked++;
}

/* Another watch sees to it that a turn does not wait. */
static int worked_in(int turns)
{
    struct watch noted;
    watch_init(t.loop, &noted, -1, WATCH_NONE, LOOP_FIRST, work_again, &noted);
    worked = 0;
    for (int i = 0; i < turns; i++) {
        watch_note(&noted);
        loop_turn(t.loop);
    }
    watch_release(&noted);
    t.log[0] = '\0';
    return worked;
}

static void one_without_a_descriptor_is_only_noted(void **state)
{
    (void)state;
    struct watch w;
    memset(&w, 0xff, sizeof w);
    assert_int_equal(watch_init(t.loop, &w, -1, WATCH_NONE, LOOP_CLIENTS, work_count, &w), 0);
    assert_null(w.event);
    assert_int_equal(watch_arm(&w), 0);
    assert_false(w.armed);
    watch_disarm(&w);
    watch_make_edge(&w, t.pipes[0][0]);
    assert_null(w.event);
    assert_int_equal(worked_in(2), 0);
    watch_note(&w);
    assert_int_equal(worked_in(2), 1);
    watch_note(&w);
    watch_release(&w);
    assert_int_equal(worked_in(2), 0);
    assert_null(w.loop);
    watch_note(&w); /* of no loop any more */
    assert_false(w.noted);
    watch_release(&w);
}

static void one_that_is_ready_is_reported_while_it_is_armed(void **state)
{
    (void)state;
    struct watch w[2];
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
    assert_int_equal(write(fds[1], "x", 1), 1);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(watch_init(t.loop, &w[i], fds[i], i ? WATCH_WRITE : WATCH_READ, LOOP_THIRD,
                                    work_count, NULL),
                         0);
        assert_int_equal(worked_in(2), 0);
        assert_int_equal(watch_arm(&w[i]), 0);
        assert_int_equal(watch_arm(&w[i]), 0);
        assert_true(w[i].armed);
        assert_int_equal(worked_in(3), 3);
        watch_disarm(&w[i]);
        watch_disarm(&w[i]);
        assert_false(w[i].armed);
        assert_int_equal(worked_in(3), 0);
        assert_int_equal(watch_arm(&w[i]), 0);
        assert_int_equal(worked_in(3), 3);
        watch_release(&w[i]);
        assert_int_equal(worked_in(3), 0);
    }
    assert_int_equal(close(fds[0]), 0); /* they stayed the caller's */
    assert_int_equal(close(fds[1]), 0);
}

static void one_of_edges_is_reported_once_for_each_change(void **state)
{
    (void)state;
    struct watch in, out;
    int fds[2];
    char byte;
    assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
    watch_init(t.loop, &in, fds[0], WATCH_READ, LOOP_THIRD, work_count, NULL);
    watch_init(t.loop, &out, fds[1], WATCH_WRITE, LOOP_THIRD, work_count, NULL);
    assert_int_equal(watch_arm(&in), 0);
    watch_make_edge(&in, fds[0]);
    assert_false(in.armed);
    assert_int_equal(write(fds[1], "x", 1), 1);
    assert_int_equal(worked_in(3), 0);
    assert_int_equal(watch_arm(&in), 0);
    assert_int_equal(worked_in(3), 1);
    assert_int_equal(worked_in(3), 0);
    assert_int_equal(write(fds[1], "x", 1), 1);
    assert_int_equal(worked_in(3), 1);
    watch_disarm(&in);
    watch_make_edge(&out, fds[1]);
    assert_int_equal(watch_arm(&out), 0);
    assert_int_equal(worked_in(3), 1);
    while (write(fds[1], t.log, sizeof t.log) > 0)
        ;
    assert_int_equal(worked_in(3), 0);
    while (read(fds[0], &byte, 1) == 1)
        ;
    assert_int_equal(worked_in(3), 1);
    watch_release(&in);
    watch_release(&out);
    close(fds[0]);
    close(fds[1]);
}

/* ---- others on the same base, and the end ---- */

static void anothers_event(int fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    note(arg);
}

static void anothers_events_come_before_the_first_phase(void **state)
{
    (void)state;
    static char name[] = "L";
    struct event *event = event_new(loop_base(t.loop), -1, 0, anothers_event, name);
    assert_non_null(event);
    loop_set_hook(t.loop, LOOP_FIRST, hook_signals, NULL);
    loop_set_hook(t.loop, LOOP_SECOND, hook_exits, NULL);
    event_active(event, 0, 0);
    loop_turn(t.loop);
    assert_string_equal(t.log, "Lsx");
    event_free(event);
}

static void work_stop(void *arg)
{
    note("e");
    if (strlen(t.log) == 3)
        loop_stop(t.loop);
    watch_note(arg);
}

static void it_runs_until_it_is_stopped(void **state)
{
    (void)state;
    struct watch w;
    watch_init(t.loop, &w, -1, WATCH_NONE, LOOP_CLIENTS, work_stop, &w);
    watch_note(&w);
    loop_run(t.loop);
    assert_string_equal(t.log, "eee");
    loop_run(t.loop);
    assert_string_equal(t.log, "eee");
    watch_release(&w);
}

static void its_clock_is_the_monotonic_one(void **state)
{
    (void)state;
    const int64_t before = clock_mono_us(), now = loop_now_us(t.loop);
    assert_in_range(now, before, clock_mono_us());
    struct timer timer;
    assert_int_equal(loop_timer_init(t.loop, &timer, timer_fires, NULL), 0);
    assert_int_equal(loop_timers(t.loop)->reserved, 1);
    assert_false(timer_is_set(&timer));
    loop_timer_set(t.loop, &timer, 70);
    assert_in_range(timer.due_us, now + 70 * 1000, clock_mono_us() + 70 * 1000);
    timer_release(&timer);
    assert_int_equal(loop_timers(t.loop)->reserved, 0);
    loop_free(NULL);
}

/* Whatever there is no memory for, nothing is left of it. */
static void without_memory_there_is_no_loop(void **state)
{
    (void)state;
    for (int k = 0; failing_next(&k);) {
        struct watch w = {0};
        struct timer timer = {0};
        struct loop *loop = loop_new();
        if (loop && watch_init(loop, &w, t.pipes[0][0], WATCH_READ, LOOP_FIRST, work_count, NULL))
            assert_null(w.event);
        if (loop)
            loop_timer_init(loop, &timer, timer_fires, NULL);
        failing_stop();
        if (loop) { /* one that is there turns */
            loop_timer_set(loop, &timer, 0);
            loop_turn(loop);
        }
        timer_release(&timer);
        watch_release(&w);
        loop_free(loop);
    }
    assert_true(failing_no_leak());
    t.log[0] = '\0';
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(phases_come_in_their_order, setup, teardown),
        cmocka_unit_test_setup_teardown(all_input_before_any_timer, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_noted_in_a_phase_waits_a_turn, setup, teardown),
        cmocka_unit_test_setup_teardown(one_without_a_descriptor_is_only_noted, setup, teardown),
        cmocka_unit_test_setup_teardown(one_that_is_ready_is_reported_while_it_is_armed, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(one_of_edges_is_reported_once_for_each_change, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(anothers_events_come_before_the_first_phase, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(it_runs_until_it_is_stopped, setup, teardown),
        cmocka_unit_test_setup_teardown(without_memory_there_is_no_loop, setup, teardown),
        cmocka_unit_test_setup_teardown(its_clock_is_the_monotonic_one, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
