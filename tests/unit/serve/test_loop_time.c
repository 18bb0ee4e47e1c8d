/* How long a turn may take, on a clock that is ours: one that goes on for too long makes clients
 * and timers wait, one that stops too early blames runs for a pause of the daemon. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <event2/event.h>
#include <fcntl.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "serve/loop.h"

enum { READY_MAX = 100, PASSES = 16, STUCK_S = 120 };

static struct {
    struct loop *loop;
    int64_t now, step_us; /* that a pass takes */
    int passes, fired, worked;
    int fds[2]; /* always readable */
    struct watch ready[READY_MAX];
    struct timer timer;
} t;

static int64_t clock_of_ours(void)
{
    return t.now;
}

static void pass(void *arg)
{
    (void)arg;
    t.now += t.step_us;
    t.passes++;
}

static void fire(void *arg)
{
    (void)arg;
    t.fired++;
}

static void work(void *arg)
{
    (void)arg;
    t.worked++;
}

static int setup(void **state)
{
    (void)state;
    t = (typeof(t)){.loop = loop_new(), .now = 1000 * 1000};
    if (!t.loop || pipe2(t.fds, O_CLOEXEC | O_NONBLOCK) || write(t.fds[1], "x", 1) != 1)
        return -1;
    loop_set_clock(t.loop, clock_of_ours);
    loop_set_hook(t.loop, LOOP_FIRST, pass, NULL);
    alarm(STUCK_S); /* for a turn that never ends */
    return loop_timer_init(t.loop, &t.timer, fire, NULL);
}

static int teardown(void **state)
{
    (void)state;
    alarm(0);
    for (int i = 0; i < READY_MAX; i++)
        watch_release(&t.ready[i]);
    timer_release(&t.timer);
    loop_free(t.loop);
    close(t.fds[0]);
    close(t.fds[1]);
    return 0;
}

/* The kernel reports so many in each look. */
static void make_ready(int count)
{
    for (int i = 0; i < count; i++) {
        struct watch *w = &t.ready[i];
        int fd = fcntl(t.fds[0], F_DUPFD_CLOEXEC, 0);
        assert_true(fd >= 0);
        assert_int_equal(watch_init(t.loop, w, fd, WATCH_READ, LOOP_THIRD, work, NULL), 0);
        assert_int_equal(watch_arm(w), 0);
    }
}

static void close_ready(int count)
{
    for (int i = 0; i < count; i++) {
        int fd = t.ready[i].event ? (int)event_get_fd(t.ready[i].event) : -1;
        watch_release(&t.ready[i]);
        close(fd);
    }
}

/* ---- before timers fire ---- */

/* What the kernel has been asked for may be more than it told: another look, as often as it told as
 * much as it tells at once, but not for ever. */
static void it_looks_again_while_much_is_reported(void **state)
{
    (void)state;
    static const struct {
        int ready, passes;
    } rows[] = {{0, 2}, {1, 2}, {31, 2}, {32, 1 + PASSES}, {33, 1 + PASSES}, {100, 1 + PASSES}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        make_ready(rows[i].ready);
        for (int again = 0; again < 2; again++) {
            t.passes = t.fired = 0;
            loop_timer_set(t.loop, &t.timer, 0);
            loop_turn(t.loop);
            assert_int_equal(t.passes, rows[i].passes);
            assert_int_equal(t.fired, 1);
        }
        close_ready(rows[i].ready);
    }
}

/* All these looks have the time of a phase; what is left of them waits for the next turn, and the
 * timer with it. */
static void looking_again_has_its_time(void **state)
{
    (void)state;
    static const struct {
        int64_t step_us;
        int passes, turns; /* of the first turn, its own included; until the timer fires */
    } rows[] = {
        {1000, 11, 2}, {3333, 5, 4},   {4999, 4, 6},   {5000, 3, 8},
        {9999, 3, 8},  {10000, 2, 16}, {10001, 2, 16}, {50000, 2, 16},
    };
    make_ready(40);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int turns = 0;
        t.step_us = rows[i].step_us;
        t.passes = t.fired = 0;
        loop_timer_set(t.loop, &t.timer, 0);
        while (!t.fired) {
            loop_turn(t.loop);
            if (++turns == 1)
                assert_int_equal(t.passes, rows[i].passes);
        }
        assert_int_equal(turns, rows[i].turns);
        assert_int_equal(t.passes, turns + PASSES);
    }
    close_ready(40);
}

static void no_timer_fires_early(void **state)
{
    (void)state;
    static const struct {
        int64_t at;
        int fired, passes;
    } rows[] = {{-1, 0, 1}, {0, 1, 2}, {1, 1, 2}};
    struct watch w;
    assert_int_equal(watch_init(t.loop, &w, -1, WATCH_NONE, LOOP_THIRD, work, NULL), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        t.passes = t.fired = 0;
        loop_timer_set(t.loop, &t.timer, 60 * 1000);
        t.now += 60 * 1000 * 1000 + rows[i].at;
        watch_note(&w); /* so that it does not wait */
        loop_turn(t.loop);
        assert_int_equal(t.fired, rows[i].fired);
        assert_int_equal(t.passes, rows[i].passes);
        timer_clear(&t.timer);
    }
    watch_release(&w);
}

/* The kernel's clock may be ahead of ours by what one of them is rounded. */
static void a_wake_up_that_is_early_is_followed_by_another(void **state)
{
    (void)state;
    struct watch never;
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    assert_int_equal(watch_init(t.loop, &never, fds[0], WATCH_READ, LOOP_THIRD, work, NULL), 0);
    assert_int_equal(watch_arm(&never), 0); /* else there would be nothing to wait for */
    loop_timer_set(t.loop, &t.timer, 1);
    loop_turn(t.loop);
    assert_int_equal(t.fired, 0);
    t.now += 999;
    loop_turn(t.loop);
    assert_int_equal(t.fired, 0);
    t.now += 1;
    loop_turn(t.loop);
    assert_int_equal(t.fired, 1);
    assert_int_equal(t.worked, 0);
    watch_release(&never);
    close(fds[0]);
    close(fds[1]);
}

static int start_of_kernel(int64_t us)
{
    const struct itimerspec in = {.it_value = {.tv_nsec = us * 1000}};
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    assert_true(fd >= 0);
    assert_int_equal(timerfd_settime(fd, 0, &in, NULL), 0);
    return fd;
}

static void nobody_is_woken_for_a_timer_that_was_cleared(void **state)
{
    (void)state;
    struct watch w, noted;
    int fd = start_of_kernel(100 * 1000);
    assert_int_equal(watch_init(t.loop, &w, fd, WATCH_READ, LOOP_THIRD, work, NULL), 0);
    assert_int_equal(watch_init(t.loop, &noted, -1, WATCH_NONE, LOOP_SECOND, work, NULL), 0);
    assert_int_equal(watch_arm(&w), 0);
    loop_timer_set(t.loop, &t.timer, 10);
    watch_note(&noted);
    loop_turn(t.loop);
    timer_clear(&t.timer);
    t.worked = 0;
    loop_turn(t.loop); /* waits for the descriptor alone */
    assert_int_equal(t.worked, 1);
    watch_release(&w);
    watch_release(&noted);
    close(fd);
}

static void one_that_comes_before_the_first_is_waited_for(void **state)
{
    (void)state;
    struct watch noted;
    struct timer late;
    assert_int_equal(loop_timer_init(t.loop, &late, work, NULL), 0);
    assert_int_equal(watch_init(t.loop, &noted, -1, WATCH_NONE, LOOP_SECOND, work, NULL), 0);
    loop_timer_set(t.loop, &late, 3600 * 1000);
    watch_note(&noted);
    loop_turn(t.loop); /* by now the kernel is to wake us for it */
    t.worked = 0;
    loop_timer_set(t.loop, &t.timer, 0);
    loop_turn(t.loop);
    assert_int_equal(t.fired, 1);
    assert_int_equal(t.worked, 0);
    watch_release(&noted);
    timer_release(&late);
}

static int64_t wall_us(void)
{
    struct timeval tv;
    gettimeofday(&tv, NULL);
    return tv.tv_sec * INT64_C(1000000) + tv.tv_usec;
}

static int take_due(const struct event_base *base, const struct event *event, void *due_us)
{
    struct timeval tv;
    (void)base;
    if (event_pending(event, EV_TIMEOUT, &tv))
        *(int64_t *)due_us = tv.tv_sec * INT64_C(1000000) + tv.tv_usec;
    return 0;
}

/* By the kernel, in its clock; -1: never. */
static int64_t woken_at_us(void)
{
    int64_t due_us = -1;
    event_base_foreach_event(loop_base(t.loop), take_due, &due_us);
    return due_us;
}

static void it_is_woken_when_the_first_is_due(void **state)
{
    (void)state;
    enum { SLACK_US = 200 * 1000 }; /* between two clocks */
    static const int64_t rows[] = {600, 999, 1000, 1001, 1500, 3250, 3600 * 1000, 86400 * 1000};
    struct watch noted;
    assert_int_equal(watch_init(t.loop, &noted, -1, WATCH_NONE, LOOP_SECOND, work, NULL), 0);
    assert_int_equal(woken_at_us(), -1);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const int64_t before = wall_us() + rows[i] * 1000;
        loop_timer_set(t.loop, &t.timer, rows[i]);
        watch_note(&noted);
        loop_turn(t.loop);
        const int64_t at = woken_at_us(), after = wall_us() + rows[i] * 1000;
        if (at >= 0) /* unless it was woken already */
            assert_in_range(at, before - SLACK_US, after + SLACK_US);
        else
            assert_true(rows[i] < 10 * 1000);
    }
    timer_clear(&t.timer);
    watch_note(&noted);
    loop_turn(t.loop);
    assert_int_equal(woken_at_us(), -1);
    watch_release(&noted);
}

/* ---- while watches are worked ---- */

struct slow {
    struct watch watch;
    int64_t takes_us;
    int worked;
    bool share_over;
};

static void work_slowly(void *arg)
{
    struct slow *slow = arg;
    t.now += slow->takes_us;
    slow->worked++;
    slow->share_over = loop_share_is_over(t.loop);
}

static int worked_in_one_turn(enum loop_phase phase, int64_t takes_us)
{
    enum { COUNT = 3 };
    struct slow slow[COUNT] = {0};
    int done = 0;
    for (int i = 0; i < COUNT; i++) {
        slow[i].takes_us = takes_us;
        assert_int_equal(
            watch_init(t.loop, &slow[i].watch, -1, WATCH_NONE, phase, work_slowly, &slow[i]), 0);
        watch_note(&slow[i].watch);
    }
    loop_turn(t.loop);
    for (int i = 0; i < COUNT; i++) {
        done += slow[i].worked;
        assert_int_equal(slow[i].worked, i < done); /* in their order */
        assert_int_equal(slow[i].watch.noted, !slow[i].worked);
    }
    while (!slow[COUNT - 1].worked)
        loop_turn(t.loop);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(slow[i].worked, 1);
        watch_release(&slow[i].watch);
    }
    return done;
}

static void clients_and_output_have_their_time_others_all_of_it(void **state)
{
    (void)state;
    static const int64_t takes_us[] = {0, 4999, 5000, 9999, 10000, 10001};
    static const int done[] = {3, 3, 2, 2, 1, 1};
    for (enum loop_phase phase = 0; phase < LOOP_PHASES; phase++)
        for (size_t i = 0; i < sizeof done / sizeof *done; i++)
            if (worked_in_one_turn(phase, takes_us[i]) != (phase < LOOP_CLIENTS ? 3 : done[i]))
                fail_msg("phase %d, %lld us", (int)phase, (long long)takes_us[i]);
}

static void a_share_is_over_in_time(void **state)
{
    (void)state;
    static const struct {
        int64_t takes_us;
        bool over;
    } rows[] = {{0, false}, {1999, false}, {2000, true}, {2001, true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct slow slow = {.takes_us = rows[i].takes_us};
        t.now += 5000; /* counts for nobody */
        assert_int_equal(
            watch_init(t.loop, &slow.watch, -1, WATCH_NONE, LOOP_CLIENTS, work_slowly, &slow), 0);
        watch_note(&slow.watch);
        loop_turn(t.loop);
        assert_int_equal(slow.share_over, rows[i].over);
        watch_release(&slow.watch);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_looks_again_while_much_is_reported),
        TEST(looking_again_has_its_time),
        TEST(no_timer_fires_early),
        TEST(a_wake_up_that_is_early_is_followed_by_another),
        TEST(nobody_is_woken_for_a_timer_that_was_cleared),
        TEST(one_that_comes_before_the_first_is_waited_for),
        TEST(it_is_woken_when_the_first_is_due),
        TEST(clients_and_output_have_their_time_others_all_of_it),
        TEST(a_share_is_over_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
