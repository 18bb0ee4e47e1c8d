/* Spares that die as fast as they are made keep a processor busy and fill the log; a dead one that
 * is handed out makes a start fail that had no reason to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/core/core.h"
#include "daemon/runner/spare.h"
#include "daemon/settings/config.h"
#include "daemon/settings/resources.h"
#include "failing.h"
#include "fake_runner.h"
#include "log_lines.h"
#include "one_turn.h"
#include "serve/loop.h"

static char RUNNER[] = "/usr/libexec/council-runner", OTHER[] = "/opt/council-runner/mine";
static struct config config;
static struct core core;
static struct resources resources;
static struct spares *spares;

static int setup(void **state)
{
    (void)state;
    memset(&fake, 0, sizeof(fake));
    config = (struct config){.runner = RUNNER, .spares = 2, .max_children = 10};
    core = (struct core){.config = &config, .resources = &resources, .notify.fd = -1};
    struct loop *loop = loop_new();
    if (!loop || core_init(&core, loop, NULL))
        return -1;
    return spares_new(&core, NULL, &spares);
}

static int teardown(void **state)
{
    (void)state;
    spares_free(spares);
    core_release(&core);
    loop_free(core.loop);
    return 0;
}

static void turn(void)
{
    one_turn(core.loop);
}

static void turns(int count)
{
    for (int i = 0; i < count; i++)
        turn();
}

/* Turns until so many were made, ten seconds at most. */
static bool made_in_time(int count)
{
    for (int i = 0; i < 10000 && fake.made < count; i++) {
        turn();
        usleep(1000);
    }
    return fake.made == count;
}

static void die(struct runner *r)
{
    r->alive = false;
    r->tie.owner->exited(r->tie.arg);
}

/* Takes one as a run does, and ends it. */
static bool take_one(void)
{
    struct runner *r = spare_take(spares);
    if (!r)
        return false;
    runner_free(r);
    return true;
}

static void end_all(void)
{
    while (take_one())
        ;
}

static void one_is_made_in_a_turn_until_there_are_enough(void **state)
{
    (void)state;
    assert_int_equal(fake.made, 0);
    turn();
    assert_int_equal(fake.made, 1);
    turns(5);
    assert_int_equal(fake.made, 2);
    assert_true(take_one());
    assert_true(take_one());
    assert_false(take_one());
    assert_int_equal(fake.made, 2);
    spares_fill(spares);
    turns(5);
    assert_int_equal(fake.made, 4);
    end_all();
}

static void none_is_made_that_no_run_could_take(void **state)
{
    (void)state;
    core.runs = 10;
    turns(3);
    assert_int_equal(fake.made, 0);
    core.runs = 9;
    for (core.stop_level = STOP_DRAINING; core.stop_level <= STOP_IMMEDIATE; core.stop_level++) {
        spares_fill(spares);
        turns(3);
        assert_int_equal(fake.made, 0);
    }
    core.stop_level = STOP_NONE;
    spares_fill(spares);
    turns(3);
    assert_int_equal(fake.made, 2);
    assert_int_equal(spares_ready(spares), 2);
    end_all();
    assert_int_equal(spares_ready(spares), 0);
}

/* Closed in, a process starts no program any more, and `off` means open. */
static void they_close_in_early_where_no_run_starts_programs(void **state)
{
    (void)state;
    json_t *open = json_pack("{s:{s:{s:{}}}}", "tools", "notes", "parameters");
    json_t *programs = json_pack("{s:{s:{s:[s]}}}", "tools", "search", "argv", "/bin/true");
    assert_int_equal(catalogue_from_json(open, &resources.catalogue, NULL), 0);
    turns(3);
    assert_true(fake.early);
    end_all();
    config.sandbox_policy.mode = SANDBOX_OFF;
    spares_fill(spares);
    turns(3);
    assert_int_equal(fake.made, 4);
    assert_false(fake.early);
    end_all();
    config.sandbox_policy.mode = SANDBOX_STRICT;
    spares_fill(spares);
    turns(3);
    assert_true(fake.early);
    end_all();
    config.runner = OTHER;
    spares_fill(spares);
    turns(3);
    assert_false(fake.early);
    end_all();
    config.runner = RUNNER;
    catalogue_free(resources.catalogue);
    assert_int_equal(catalogue_from_json(programs, &resources.catalogue, NULL), 0);
    spares_fill(spares);
    turns(3);
    assert_false(fake.early);
    end_all();
    catalogue_free(resources.catalogue);
    resources.catalogue = NULL;
    json_decref(open);
    json_decref(programs);
}

static void a_dead_one_is_not_handed_out(void **state)
{
    (void)state;
    turn();
    struct runner *dead = fake.last;
    turn();
    dead->alive = false; /* not worked yet */
    struct runner *r = spare_take(spares);
    assert_non_null(r);
    assert_ptr_not_equal(r, dead);
    runner_free(r);
    assert_null(spare_take(spares));
    die(dead);
    assert_int_equal(fake.freed, 2);
    assert_string_equal(fake_done(), "reap");
}

static void one_that_dies_idle_makes_the_pool_rest(void **state)
{
    (void)state;
    turn();
    log_lines_begin();
    die(fake.last);
    assert_string_equal(log_lines(), "<4>a spare died pid=4001 error=-\n");
    log_lines_end();
    spares_fill(spares);
    turns(3);
    assert_int_equal(fake.made, 1);
    spares_praise(spares); /* runners can be started, as it turns out */
    assert_true(made_in_time(3));
    turns(3);
    assert_int_equal(fake.made, 3);
    end_all();
}

static void one_that_cannot_be_made_makes_it_rest_too(void **state)
{
    (void)state;
    fake.new_fails = -EAGAIN;
    log_lines_begin();
    turn();
    assert_string_equal(log_lines(),
                        "<4>cannot make a spare error=\"Resource temporarily unavailable\"\n");
    log_lines_end();
    fake.new_fails = 0;
    spares_fill(spares);
    turns(3);
    assert_int_equal(fake.made, 0);
    assert_true(made_in_time(2)); /* by itself, a moment later */
    end_all();
}

static void retired_ones_are_killed_and_replaced(void **state)
{
    (void)state;
    turn();
    struct runner *older = fake.last;
    turn();
    struct runner *old = fake.last;
    spares_retire(spares);
    assert_string_equal(fake_done(), "KILL-ALL KILL-ALL");
    assert_null(spare_take(spares));
    turns(2);
    assert_int_equal(fake.made, 4);
    die(old); /* as it was told to: no rest, no word */
    die(older);
    assert_int_equal(fake.freed, 2);
    assert_true(take_one());
    spares_fill(spares);
    turn();
    assert_int_equal(fake.made, 5);
    end_all();
}

/* ---- the pause, on a clock that is ours ---- */

static int64_t now;

static int64_t clock_of_ours(void)
{
    return now;
}

/* The pause is over after so long, and not a millisecond sooner; the next one is made then. */
static void assert_pause(int64_t ms)
{
    const int before = fake.made;
    turns(3);
    assert_int_equal(fake.made, before);
    assert_int_equal(timers_next(loop_timers(core.loop)) - now, ms * 1000);
    now += ms * 1000;
    turns(3);
}

static void the_pause_doubles_up_to_half_a_minute(void **state)
{
    (void)state;
    static const int64_t PAUSES[] = {200,   400,   800,   1600,  3200, 6400,
                                     12800, 25600, 30000, 30000, 30000};
    config.spares = 1;
    loop_set_clock(core.loop, clock_of_ours);
    turn();
    for (size_t i = 0; i < sizeof PAUSES / sizeof *PAUSES; i++) {
        assert_int_equal(fake.made, 1 + (int)i);
        die(fake.last);
        spares_fill(spares);
        assert_pause(PAUSES[i]);
    }
    end_all();
}

static void what_cannot_be_made_lengthens_it_too(void **state)
{
    (void)state;
    config.spares = 1;
    loop_set_clock(core.loop, clock_of_ours);
    fake.new_fails = -EAGAIN;
    turn();
    assert_pause(200);
    assert_pause(400);
    fake.new_fails = 0;
    assert_pause(800);
    assert_int_equal(fake.made, 1);
    die(fake.last);
    assert_pause(1600); /* nobody has praised them */
    end_all();
}

static void praise_is_a_rest_of_a_millisecond_and_a_new_beginning(void **state)
{
    (void)state;
    config.spares = 1;
    loop_set_clock(core.loop, clock_of_ours);
    turn();
    die(fake.last);
    assert_pause(200);
    die(fake.last);
    spares_praise(spares); /* in the middle of 400 ms */
    assert_pause(1);
    die(fake.last);
    assert_pause(200);
    assert_int_equal(fake.made, 4);
    end_all();
    spares_praise(spares);
    now += 400;
    spares_praise(spares); /* the millisecond has begun already */
    now += 599;
    spares_fill(spares);
    turns(3);
    assert_int_equal(fake.made, 4);
    now += 1;
    turns(3);
    assert_int_equal(fake.made, 5);
    end_all();
    spares_praise(spares); /* nothing was wrong: it rests all the same */
    spares_fill(spares);
    assert_pause(1);
    assert_int_equal(fake.made, 6);
    end_all();
}

static void one_that_is_there_leaves_room_for_the_others_only(void **state)
{
    (void)state;
    config.spares = 3;
    spares_fill(spares);
    turns(6);
    assert_int_equal(fake.made, 3);
    assert_true(take_one());
    spares_fill(spares);
    turns(6);
    assert_int_equal(fake.made, 4);
    config.spares = 2; /* reloaded */
    assert_true(take_one());
    spares_fill(spares);
    turns(6);
    assert_int_equal(fake.made, 4);
    end_all();
}

/* Left over when the daemon goes: their runners are the table's, and freed there. */
static void what_is_left_is_forgotten(void **state)
{
    (void)state;
    turns(3);
    struct runner *left = fake.last, *first = spare_take(spares);
    assert_ptr_not_equal(first, left); /* the oldest is taken first */
    spares_praise(spares);             /* a rest begins, which is over with the pool */
    spares_free(spares);
    assert_true(timers_next(loop_timers(core.loop)) == INT64_MAX);
    assert_int_equal(fake.freed, 0);
    runner_free(first);
    runner_free(left);
    spares_free(NULL);
    assert_int_equal(spares_new(&core, NULL, &spares), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void without_memory_there_is_no_pool(void **state)
{
    (void)state;
    for (int k = 0; failing_next(&k);) {
        struct spares *s = NULL;
        const int r = spares_new(&core, NULL, &s);
        failing_stop();
        assert_int_equal(r, failing_happened ? -ENOMEM : 0);
        assert_int_equal(s == NULL, failing_happened);
        spares_free(s);
    }
    assert_true(failing_no_leak());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_memory_there_is_no_pool),
        TEST(one_is_made_in_a_turn_until_there_are_enough),
        TEST(none_is_made_that_no_run_could_take),
        TEST(they_close_in_early_where_no_run_starts_programs),
        TEST(a_dead_one_is_not_handed_out),
        TEST(one_that_dies_idle_makes_the_pool_rest),
        TEST(one_that_cannot_be_made_makes_it_rest_too),
        TEST(retired_ones_are_killed_and_replaced),
        TEST(the_pause_doubles_up_to_half_a_minute),
        TEST(what_cannot_be_made_lengthens_it_too),
        TEST(praise_is_a_rest_of_a_millisecond_and_a_new_beginning),
        TEST(one_that_is_there_leaves_room_for_the_others_only),
        TEST(what_is_left_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
