/* What all modules lean on: a stop that nobody looks at again after the last run is gone never
 * ends, and a service manager that is told each of a thousand starts is kept from its work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "daemon/core/core.h"
#include "daemon/core/status.h"
#include "fixture.h"
#include "one_turn.h"

static struct core core;
static struct watch stopping;
static int looked;

static void look(void *arg)
{
    (void)arg;
    looked++;
}

static int setup(void **state)
{
    (void)state;
    core = (struct core){.notify.fd = -1};
    looked = 0;
    struct loop *loop = loop_new();
    if (!loop || core_init(&core, loop, NULL))
        return -1;
    return watch_init(loop, &stopping, -1, WATCH_NONE, LOOP_OUTPUT, look, NULL);
}

static int teardown(void **state)
{
    (void)state;
    watch_release(&stopping);
    core_release(&core);
    loop_free(core.loop);
    return 0;
}

static void turn(void)
{
    one_turn(core.loop);
}

static void every_life_has_its_own_epoch(void **state)
{
    (void)state;
    char before[EPOCH_SIZE];
    memcpy(before, core.epoch, sizeof(before));
    assert_int_equal(strlen(before), 11); /* eight bytes of chance */
    assert_int_equal(core_init(&core, core.loop, NULL), 0);
    assert_string_not_equal(core.epoch, before);
}

static void a_nudge_counts_only_while_the_daemon_is_to_end(void **state)
{
    (void)state;
    core_nudge(&core);
    core.stop_level = STOP_ORDERLY;
    core_nudge(&core); /* nobody waits yet */
    core.stop_level = STOP_NONE;
    core.stopping = &stopping;
    core_nudge(&core);
    turn();
    assert_int_equal(looked, 0);
    static const enum stop_level LEVELS[] = {STOP_DRAINING, STOP_ORDERLY, STOP_IMMEDIATE};
    for (size_t i = 0; i < ARRAY_LEN(LEVELS); i++) {
        core.stop_level = LEVELS[i];
        core_nudge(&core);
        core_nudge(&core);
        turn();
        assert_int_equal(looked, i + 1);
    }
}

static void who_drains_starts_nothing_and_ends_nothing(void **state)
{
    (void)state;
    static const struct {
        bool takes, stops;
        const char *name;
    } IS[] = {[STOP_NONE] = {true, false, "serving"},
              [STOP_DRAINING] = {false, false, "draining"},
              [STOP_ORDERLY] = {false, true, "stopping"},
              [STOP_IMMEDIATE] = {false, true, "stopping"}};
    for (size_t i = 0; i < ARRAY_LEN(IS); i++) {
        core.stop_level = (enum stop_level)i;
        assert_int_equal(core_takes_starts(&core), IS[i].takes);
        assert_int_equal(core_stops(&core), IS[i].stops);
        assert_string_equal(core_state_name(&core), IS[i].name);
    }
}

static void descriptors_are_counted_where_they_are_known(void **state)
{
    (void)state;
    size_t conns = 5;
    core.base_fds = 20;
    core.replays = 3;
    assert_int_equal(core_open_fds(&core), 23);
    core.conns = &conns;
    assert_int_equal(core_open_fds(&core), 28);
    conns = 6;
    assert_int_equal(core_open_fds(&core), 29);
}

static void the_number_of_runs_is_told_once_in_a_second(void **state)
{
    (void)state;
    int pair[2];
    char text[128];
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    core.notify.fd = pair[0];
    assert_int_equal(status_init(&core), 0);
    for (size_t i = 1; i <= 1000; i++)
        status_runs(&core, i);
    assert_int_equal(core.runs, 1000);
    turn();
    assert_int_equal(recv(pair[1], text, sizeof(text), 0), -1);
    while (recv(pair[1], text, sizeof(text), MSG_PEEK) < 0)
        loop_turn(core.loop); /* waits for the second to be over */
    ssize_t n = recv(pair[1], text, sizeof(text) - 1, 0);
    text[n] = '\0';
    assert_string_equal(text, "STATUS=serving, 1000 runs");
    assert_int_equal(recv(pair[1], text, sizeof(text), 0), -1);
    close(pair[1]);
}

static int64_t noon(void)
{
    return 43200000000;
}

static void stands_at_noon(int pair[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    core.notify.fd = pair[0];
    loop_set_clock(core.loop, noon);
    assert_int_equal(status_init(&core), 0);
}

static const char *told(int fd)
{
    static char text[128];
    const ssize_t n = recv(fd, text, sizeof text - 1, 0);
    text[n < 0 ? 0 : n] = '\0';
    return text;
}

static void the_status_says_how_many_run_and_whether_it_stops(void **state)
{
    (void)state;
    static const struct {
        size_t runs;
        enum stop_level level;
        const char *told;
    } CASES[] = {
        {0, STOP_NONE, "STATUS=serving, 0 runs"},      {1, STOP_NONE, "STATUS=serving, 1 run"},
        {3, STOP_DRAINING, "STATUS=draining, 3 runs"}, {2, STOP_ORDERLY, "STATUS=stopping, 2 runs"},
        {1, STOP_IMMEDIATE, "STATUS=stopping, 1 run"},
    };
    int pair[2];
    stands_at_noon(pair);
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        core.stop_level = CASES[i].level;
        status_runs(&core, CASES[i].runs);
        assert_int_equal(timers_next(loop_timers(core.loop)), noon() + 1000 * 1000);
        struct timer *due = timers_take(loop_timers(core.loop), noon() + 1000 * 1000);
        assert_ptr_equal(due, &core.status);
        due->fire(due->arg);
        assert_string_equal(told(pair[1]), CASES[i].told);
        assert_false(timer_is_set(&core.status)); /* until there is another number */
    }
    close(pair[1]);
}

/* Where runs begin and end all the time it would never be told. */
static void a_second_number_does_not_put_the_telling_off(void **state)
{
    (void)state;
    int pair[2];
    stands_at_noon(pair);
    timer_set(&core.status, noon(), 10);
    status_runs(&core, 3);
    assert_int_equal(timers_next(loop_timers(core.loop)), noon() + 10 * 1000);
    close(pair[1]);
}

static void without_a_service_manager_no_clock_runs(void **state)
{
    (void)state;
    status_runs(&core, 2); /* before all else */
    assert_int_equal(core.runs, 2);
    assert_int_equal(status_init(&core), 0);
    status_runs(&core, 3);
    assert_int_equal(core.runs, 3);
    assert_int_equal(timers_next(loop_timers(core.loop)), INT64_MAX);
}

static void what_asks_for_no_watchdog_is_not_fed(void **state)
{
    (void)state;
    int pair[2];
    stands_at_noon(pair);
    assert_string_equal(told(pair[1]), "");
    assert_int_equal(timers_next(loop_timers(core.loop)), INT64_MAX);
    close(pair[1]);
}

static void its_life_begins_when_it_is_made(void **state)
{
    (void)state;
    const int64_t before = clock_mono_us();
    assert_int_equal(core_init(&core, core.loop, NULL), 0);
    assert_in_range(core.started_us, before, clock_mono_us());
}

static void the_watchdog_is_fed_at_once_and_again(void **state)
{
    (void)state;
    int pair[2];
    char text[128] = "";
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    core.notify.fd = pair[0];
    core.notify.watchdog_us = 4000;
    assert_int_equal(status_init(&core), 0);
    for (int i = 0; i < 3; i++) {
        while (recv(pair[1], text, sizeof(text) - 1, 0) < 0)
            loop_turn(core.loop);
        assert_string_equal(text, "WATCHDOG=1");
    }
    close(pair[1]);
}

/* systemd counts from the last feeding: what comes at the last moment comes too late under load. */
static void the_watchdog_is_fed_at_half_of_its_time(void **state)
{
    (void)state;
    const int64_t whole_us = 60 * 1000 * 1000;
    core.notify.watchdog_us = whole_us;
    loop_set_clock(core.loop, noon);
    assert_int_equal(status_init(&core), 0);
    assert_int_equal(core.watchdog.due_us - noon(), whole_us / 2);
}

/* What is released lies in freed memory: the loop has to know nothing of it any more. */
static void no_clock_goes_on_after_the_release(void **state)
{
    (void)state;
    struct timers *timers = loop_timers(core.loop);
    const size_t before = timers->reserved;
    core.notify.watchdog_us = 60 * 1000 * 1000;
    assert_int_equal(status_init(&core), 0);
    assert_int_equal(timers->reserved, before + 2);
    loop_timer_set(core.loop, &core.status, 1000);
    core_release(&core);
    assert_int_equal(timers->reserved, before);
    assert_true(timers_next(timers) == INT64_MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_life_has_its_own_epoch),
        TEST(a_nudge_counts_only_while_the_daemon_is_to_end),
        TEST(who_drains_starts_nothing_and_ends_nothing),
        TEST(descriptors_are_counted_where_they_are_known),
        TEST(the_number_of_runs_is_told_once_in_a_second),
        TEST(the_status_says_how_many_run_and_whether_it_stops),
        TEST(a_second_number_does_not_put_the_telling_off),
        TEST(without_a_service_manager_no_clock_runs),
        TEST(what_asks_for_no_watchdog_is_not_fed),
        TEST(its_life_begins_when_it_is_made),
        TEST(the_watchdog_is_fed_at_once_and_again),
        TEST(the_watchdog_is_fed_at_half_of_its_time),
        TEST(no_clock_goes_on_after_the_release),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
