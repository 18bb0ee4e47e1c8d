/* The table of runs: what is counted under the wrong state or registry is told to whoever asks how
 * much there is to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "failing.h"
#include "life_fixture.h"

static void no_number_is_given_twice(void **state)
{
    (void)state;
    for (uint64_t i = 1; i < 4; i++) {
        struct ear ear;
        struct run *run = running(&ear, 5000);
        assert_int_equal(run_view(run).number, i);
        leader_exits(run, CLD_EXITED, 0);
    }
}

/* ---- who hears of all ---- */

static char all_heard[128];

static void hear_of(const char *what, const struct run *run)
{
    const size_t at = strlen(all_heard);
    const struct run_view seen = run_view(run);
    snprintf(all_heard + at, sizeof all_heard - at, "%s:%s:%d:%d ", what, seen.run_id,
             (int)seen.announced_as, (int)seen.progress);
}

static void all_started(struct runs_observer *o, const struct run *run)
{
    (void)o;
    hear_of("started", run);
}

static void all_progressed(struct runs_observer *o, const struct run *run)
{
    (void)o;
    hear_of("progressed", run);
}

static void all_ended(struct runs_observer *o, const struct run *run)
{
    (void)o;
    assert_null(runs_find(runs, run->run_id, strlen(run->run_id)));
    assert_non_null(run->watches.first);
    hear_of("ended", run);
}

static void one_may_hear_of_all(void **state)
{
    (void)state;
    static struct runs_observer observer = {all_started, all_progressed, all_ended};
    static const struct link_up PROGRESS = {.type = LINK_PROGRESS};
    struct ear ear;
    all_heard[0] = '\0';
    order_id = "a";
    struct run *a = running(&ear, 5000); /* nobody hears, but it is numbered */
    assert_true(say(a, PROGRESS));
    runs_observe(runs, &observer);
    assert_true(say(a, PROGRESS));
    order_id = "b";
    struct run *b = begin(&ear, 5000, LIMIT_NONE);
    assert_int_equal(run_view(b).announced_as, 0);
    assert_string_equal(all_heard, "progressed:a:1:2 ");
    assert_true(say_ready(b));
    assert_true(say(b, PROGRESS));
    assert_int_equal(runs_starts(runs), 2);
    assert_int_equal(runs_progress(runs), 3);
    leader_exits(b, CLD_EXITED, 0);
    assert_string_equal(all_heard, "progressed:a:1:2 started:b:2:0 progressed:b:2:3 ended:b:2:3 ");
    all_heard[0] = '\0';
    order_id = "c";
    leader_exits(begin(&ear, 5000, LIMIT_NONE), CLD_EXITED, 1); /* it never was ready */
    assert_string_equal(all_heard, "");
    runs_observe(runs, NULL);
    leader_exits(a, CLD_EXITED, 0);
    assert_string_equal(all_heard, "");
}

static struct run *of_registry(const char *run_id, const char *registry)
{
    order_id = run_id;
    struct start_order order = make_order(5000, LIMIT_NONE, false);
    order.registry = registry;
    return begin_order(&order);
}

static void assert_tally(const char *registry, int64_t active, int64_t starting,
                         int64_t terminating)
{
    struct runs_counts got = {-1, -1, -1};
    runs_tally(runs, registry, &got);
    assert_int_equal(got.active, active);
    assert_int_equal(got.starting, starting);
    assert_int_equal(got.terminating, terminating);
}

static void runs_are_counted_by_state_and_registry(void **state)
{
    (void)state;
    assert_tally(NULL, 0, 0, 0);
    struct run *a = of_registry("a", "one"), *b = of_registry("b", "two");
    struct run *c = of_registry("c", "one"), *d = of_registry("d", "one");
    assert_tally(NULL, 0, 4, 0);
    say_ready(a);
    say_ready(b);
    say_ready(c);
    life_stop(b, STOPPED_BY_CLIENT, SHUTDOWN_DEFAULT);
    assert_string_equal(run_shown_state(a), "running");
    assert_string_equal(run_shown_state(b), "terminating");
    fake.rest_lives = true;
    leader_exits(c, CLD_EXITED, 0); /* its clean-up is under way */
    assert_string_equal(run_shown_state(c), "terminating");
    assert_tally(NULL, 3, 1, 2);
    assert_tally("one", 2, 1, 1);
    assert_tally("two", 1, 0, 1);
    assert_tally("on", 0, 0, 0);
    assert_true(run_in_registry(a, NULL));
    assert_true(run_in_registry(a, "one"));
    assert_false(run_in_registry(a, "two"));
    fake.rest_lives = false;
    run_event(c, RUN_EV_TIMER);
    leader_exits(a, CLD_EXITED, 0);
    leader_exits(b, CLD_EXITED, 0);
    leader_exits(d, CLD_EXITED, 0);
    assert_tally(NULL, 0, 0, 0);
}

static void deltas_that_could_not_be_asked_for_are_asked_for_again(void **state)
{
    (void)state;
    struct start_order order = make_order(5000, LIMIT_NONE, false);
    order.deltas = true; /* by the spec */
    struct run *run = begin_order(&order);
    say_ready(run);
    fake_done();
    run_set_deltas(run, true);
    assert_string_equal(fake_done(), "");
    fake.deltas_fail = -ENOMEM;
    run_set_deltas(run, false);
    fake.deltas_fail = 0;
    run_set_deltas(run, false);
    run_set_deltas(run, false);
    assert_string_equal(fake_done(), "deltas:off deltas:off");
    leader_exits(run, CLD_EXITED, 0);
}

static void without_memory_there_is_none(void **state)
{
    (void)state;
    const struct runs_parts parts = *runs_parts(runs);
    for (int k = 0; failing_next(&k);) {
        struct runs *t = NULL;
        const int r = runs_new(&parts, &t);
        failing_stop();
        assert_int_equal(r, failing_happened ? -ENOMEM : 0);
        assert_int_equal(t == NULL, failing_happened);
        runs_free(t);
    }
    assert_true(failing_no_leak());
    for (int k = 0; failing_next(&k);) {
        struct run *run = run_new(runs, "r1");
        failing_stop();
        assert_int_equal(run == NULL, failing_happened);
        assert_int_equal(runs_count(runs), run != NULL);
        run_free(run);
        assert_true(table_is_empty());
    }
    assert_true(failing_no_leak());
}

/* Nor is a run that has no timer for its end. */
static void a_start_without_memory_leaves_nothing(void **state)
{
    (void)state;
    struct start_order order = make_order(5000, LIMIT_NONE, false);
    struct run *first = NULL;
    assert_int_equal(life_start(runs, &order, &first, &(struct reason){0}), 0);
    leader_exits(first, CLD_EXITED, 0); /* libcrypto has set itself up by now */
    for (int k = 0; failing_next(&k);) {
        struct run *run = NULL;
        struct reason cause = {0};
        const int made = fake.made;
        const int r = life_start(runs, &order, &run, &cause);
        failing_stop();
        if (r == 0)
            leader_exits(run, CLD_EXITED, 0);
        else
            assert_true(failing_happened && (r == -ENOMEM || cause.errnum == ENOMEM));
        assert_true(r == 0 || fake.made == made);
        assert_true(table_is_empty());
    }
    release_order();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_memory_there_is_none),
        TEST(a_start_without_memory_leaves_nothing),
        TEST(no_number_is_given_twice),
        TEST(one_may_hear_of_all),
        TEST(runs_are_counted_by_state_and_registry),
        TEST(deltas_that_could_not_be_asked_for_are_asked_for_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
