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
#include "fake_runner.h"
#include "one_turn.h"
#include "serve/loop.h"

static struct config config;
static struct core core;
static struct spares *spares;

static int setup(void **state)
{
    (void)state;
    memset(&fake, 0, sizeof(fake));
    config = (struct config){.spares = 2, .max_children = 10};
    core = (struct core){.config = &config, .notify.fd = -1};
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
    core.stop_level = STOP_ORDERLY;
    spares_fill(spares);
    turns(3);
    assert_int_equal(fake.made, 0);
    core.stop_level = STOP_NONE;
    spares_fill(spares);
    turns(3);
    assert_int_equal(fake.made, 2);
    end_all();
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
    die(fake.last);
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
    turn();
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_is_made_in_a_turn_until_there_are_enough),
        TEST(none_is_made_that_no_run_could_take),
        TEST(a_dead_one_is_not_handed_out),
        TEST(one_that_dies_idle_makes_the_pool_rest),
        TEST(one_that_cannot_be_made_makes_it_rest_too),
        TEST(retired_ones_are_killed_and_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
