/* What is looked at again when a run moves: the stop of the daemon, and a link that closes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/run/stop.h"
#include "log_lines.h"
#include "own_clock.h"

static struct watch stopping;

static int looked;

static void look(void *arg)
{
    (void)arg;
    looked++;
}

static void the_stop_looks_again_when_one_is_gone_or_cannot_be_killed(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = running(&ear, SHUTDOWN_BRUTAL_KILL);
    watch_init(core.loop, &stopping, -1, WATCH_NONE, LOOP_OUTPUT, look, NULL);
    core.stopping = &stopping;
    core.stop_level = STOP_IMMEDIATE;
    looked = 0;
    life_stop(run, STOPPED_BY_STOP, SHUTDOWN_DEFAULT);
    turn();
    assert_int_equal(looked, 0);
    run_event(run, RUN_EV_TIMER);
    turn();
    assert_int_equal(looked, 1);
    leader_exits(run, CLD_KILLED, SIGKILL);
    turn();
    assert_int_equal(looked, 2);
    watch_release(&stopping);
}

#define GOES_ON "<4>link closed by a run that goes on run_id=r1 pid="

static bool link_is_logged(void)
{
    return strstr(log_lines(), GOES_ON) != NULL;
}

static void close_link(struct run *run)
{
    const struct runner_tie *tie = &run->runner->tie;
    tie->owner->closed(tie->arg);
    turn();
    assert_false(link_is_logged());
    assert_int_equal(run->link_timer.due_us - now, 500 * 1000);
}

static void a_link_that_closes_is_logged_when_the_run_goes_on(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begun(&ear);
    log_lines_begin();
    close_link(run);
    now += 499999;
    turn();
    assert_false(link_is_logged());
    now += 1;
    turn();
    assert_true(link_is_logged());
    life_stop(run, STOPPED_BY_CLIENT, SHUTDOWN_INFINITY);
    close_link(run);
    now += 500000;
    turn();
    assert_true(link_is_logged());
    close_link(run);
    fake.rest_lives = true;
    leader_exits(run, CLD_EXITED, 0);
    timer_clear(&run->cleaning);
    now += 500000;
    turn();
    assert_false(link_is_logged()); /* every end closes the link */
    fake.rest_lives = false;
    run_event(run, RUN_EV_TIMER);
    log_lines_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_stop_looks_again_when_one_is_gone_or_cannot_be_killed),
        TEST(a_link_that_closes_is_logged_when_the_run_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
