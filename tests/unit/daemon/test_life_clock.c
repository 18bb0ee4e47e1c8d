/* A run that no event and no clock moves on hangs for ever: nobody is told, its slot is lost, and
 * the daemon cannot stop. Each pair of events is driven into each state, on a clock that is ours.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "life_fixture.h"

enum { CLEAN_UP_MS = 1000, POLL_MS = 50, LIFE_MS = 60000 };

static int64_t now;

static int64_t clock_of_ours(void)
{
    return now;
}

/* ---- what may happen to a run ---- */

static struct ear ear;
static struct run *run; /* good while nothing has ended */
static bool kill_works;

static bool is_gone(void)
{
    return strstr(ear.heard, "ended") || strstr(ear.heard, "refused");
}

static const struct runner_tie *tie(void)
{
    return &run->runner->tie;
}

static void exits(void)
{
    if (run->runner->alive)
        leader_exits(run, CLD_EXITED, 0);
}

static void says_ready(void)
{
    say_ready(run);
}

static void says_failed(void)
{
    struct link_up up = {.type = LINK_FAILED, .failed = json_object()};
    say(run, up);
    if (run->cause.failed != up.failed) /* it was not taken over */
        json_decref(up.failed);
}

static void says_nonsense(void)
{
    tie()->owner->nonsense(tie()->arg);
}

static void closes(void)
{
    tie()->owner->closed(tie()->arg);
}

static void is_stopped(void)
{
    life_stop(run, STOPPED_BY_CLIENT, SHUTDOWN_DEFAULT);
}

static void is_cancelled(void)
{
    life_cancel(run, true);
}

/* The next timer of all is due. False: there is none. */
static bool time_passes(void)
{
    int64_t next = timers_next(loop_timers(core.loop));
    if (next == INT64_MAX)
        return false;
    now = next > now ? next : now;
    struct timer *t = timers_take(loop_timers(core.loop), now);
    t->fire(t->arg);
    return true;
}

static void waits(void)
{
    time_passes();
}

static void (*const EVENTS[])(void) = {says_ready, says_failed,  says_nonsense, closes,
                                       is_stopped, is_cancelled, exits,         waits};

/* ---- how it gets into each state ---- */

static void nothing(void)
{
}

static void aborted(void)
{
    is_stopped();
}

static void terminating(void)
{
    says_ready();
    is_stopped();
}

static void ending_ready(void)
{
    says_ready();
    exits();
}

static void ending_stopped(void)
{
    terminating();
    exits();
}

static void past_its_deadline(void)
{
    says_ready();
    time_passes();
}

static void (*const WAYS[])(void) = {nothing, aborted,      says_ready,     terminating,
                                     exits,   ending_ready, ending_stopped, past_its_deadline};

static const int64_t SHUTDOWNS[] = {0, 5000, SHUTDOWN_INFINITY, SHUTDOWN_BRUTAL_KILL};

/* ---- what holds whatever happens ---- */

static void has_a_way_on(void)
{
    const bool leader = run->runner && !run->runner->reaped; /* its pidfd is watched */
    const bool clock = timer_is_set(&run->timer) || run->told_unkillable;
    switch (run->machine.state) {
    case RUN_STARTING:
        assert_true(clock);
        return;
    case RUN_RUNNING:
        assert_true(leader);
        return;
    case RUN_TERMINATING:
        assert_true(clock || (leader && run->shutdown == SHUTDOWN_INFINITY));
        return;
    default:
        assert_int_equal(run->machine.state, RUN_ENDING);
        assert_true(timer_is_set(&run->cleaning));
        return;
    }
}

static void happens(void (*event)(void))
{
    if (is_gone())
        return;
    event();
    if (is_gone())
        return;
    if (kill_works && run->sent_kill)
        exits();
    if (!is_gone())
        has_a_way_on();
}

/* Nothing more comes from outside. Only a run that lives in peace needs its leader's exit. */
static void comes_to_its_end(void)
{
    for (int i = 0; i < 200 && !is_gone(); i++) {
        if (!run->runner->reaped && !timer_is_set(&run->timer))
            happens(exits);
        else
            happens(waits);
    }
    assert_true(is_gone());
    assert_true(table_is_empty());
}

static void drive(int64_t shutdown, void (*way)(void), void (*first)(void), void (*second)(void))
{
    struct reason cause = {0};
    ear = (struct ear){0};
    fake_done();
    assert_int_equal(begin_with(&run, &cause, shutdown, LIFE_MS, false), 0);
    run_watch_hang(&run->watches, &ear.watch, &EAR);
    fake.undrained = fake.rest_lives = true; /* a descendant keeps everything open */
    happens(way);
    fake_done();
    happens(first);
    happens(second);
    fake_done();
    comes_to_its_end();
}

static void drive_all(void)
{
    loop_set_clock(core.loop, clock_of_ours);
    for (size_t s = 0; s < ARRAY_LEN(SHUTDOWNS); s++)
        for (size_t w = 0; w < ARRAY_LEN(WAYS); w++)
            for (size_t a = 0; a < ARRAY_LEN(EVENTS); a++)
                for (size_t b = 0; b < ARRAY_LEN(EVENTS); b++)
                    drive(SHUTDOWNS[s], WAYS[w], EVENTS[a], EVENTS[b]);
}

static void every_state_has_a_way_on(void **state)
{
    (void)state;
    kill_works = true;
    drive_all();
}

/* It outlives SIGKILL for a while: that is told, and its end comes all the same. */
static void so_it_has_when_sigkill_takes_long(void **state)
{
    (void)state;
    kill_works = false;
    drive_all();
}

static void a_ready_during_the_clean_up_does_not_stop_it(void **state)
{
    (void)state;
    struct reason cause = {0};
    loop_set_clock(core.loop, clock_of_ours);
    ear = (struct ear){0};
    assert_int_equal(begin_with(&run, &cause, 5000, LIMIT_NONE, false), 0);
    run_watch_hang(&run->watches, &ear.watch, &EAR);
    fake.undrained = fake.rest_lives = true;
    exits();
    const int64_t exited = now;
    says_ready();
    while (!is_gone())
        assert_true(time_passes());
    assert_string_equal(ear.heard, "ready ended");
    assert_in_range((now - exited) / 1000, CLEAN_UP_MS, CLEAN_UP_MS + POLL_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_state_has_a_way_on),
        TEST(so_it_has_when_sigkill_takes_long),
        TEST(a_ready_during_the_clean_up_does_not_stop_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
