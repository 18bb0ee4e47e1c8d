/* A turn in another order: a timer that kills a run whose ready is already there, a child reaped
 * before the signal that explains its death was read. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(phases_come_in_their_order, setup, teardown),
        cmocka_unit_test_setup_teardown(all_input_before_any_timer, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_noted_in_a_phase_waits_a_turn, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
