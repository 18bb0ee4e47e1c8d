/* Subscriptions and monitors, one by one: a reader that loses events without a word, or is given
 * one twice where a replay turns live, has another history than the run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "daemon/watch/playback.h"
#include "watch_fixture.h"

static void a_slow_reader_is_told_what_it_lost(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    assert_non_null(subscription_new_live(&watchers, conn, run, false));
    tell_events(run, EVENTS);
    const char *text = heard();
    int events = 0;
    assert_int_equal(sscanf(text, "run.event*%d", &events), 1);
    assert_in_range(events, 1, EVENTS - 1);
    tell_events(run, 1);
    assert_string_equal(heard(), "run.gap run.event");
    assert_int_equal(events + dropped, EVENTS);
    ends(run);
    assert_string_equal(heard(), "run.end");
}

static void a_replay_becomes_live_without_a_seam(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    tell_events(run, 3);
    struct subscription *sub = replay(run);
    assert_string_equal(heard(), "run.event*3");
    tell_events(run, 2);
    assert_string_equal(heard(), "run.event*2");
    assert_int_equal(core.replays, 0);
    assert_ptr_equal(subscription_find(&watchers, subscription_ref(sub)), sub);
    assert_null(monitor_find(&watchers, subscription_ref(sub)));
    ends(run);
    assert_string_equal(heard(), "run.end");
}

/* Whoever reads nothing keeps no descriptor of a journal but a few, and still gets everything. */
static void many_replays_share_few_descriptors(void **state)
{
    (void)state;
    enum { REPLAYS = PLAYBACK_KEPT + 30, EACH = 2 };
    struct run *run = some_run("r1");
    char all[64];
    tell_events(run, EACH);
    for (int i = 0; i < REPLAYS; i++)
        replay(run);
    assert_in_range(core.replays, 1, PLAYBACK_KEPT);
    snprintf(all, sizeof(all), "run.event*%d", REPLAYS * EACH);
    assert_string_equal(heard(), all);
    assert_int_equal(core.replays, 0);
    ends(run);
    snprintf(all, sizeof(all), "run.end*%d", REPLAYS);
    assert_string_equal(heard(), all);
}

/* They stand in no journal: a reader that replays cannot be given them, but has to know. */
static void deltas_during_a_replay_are_counted(void **state)
{
    (void)state;
    static const char DELTA[] = "{\"type\":\"member_token\"}";
    struct run *run = some_run("r1");
    struct subscription *sub = NULL;
    struct link_up delta = {.type = LINK_DELTA, .event = {DELTA, sizeof(DELTA) - 1}};
    char all[64];
    tell_events(run, EVENTS);
    assert_int_equal(subscription_new(&watchers, conn, run, 0, true, &sub), 0);
    conn_touch(conn);
    turn();
    for (int i = 0; i < 3; i++)
        assert_true(say(run, delta));
    snprintf(all, sizeof(all), "run.event*%d", EVENTS);
    assert_string_equal(heard(), all);
    assert_true(say(run, delta));
    assert_string_equal(heard(), "run.gap run.event");
    assert_int_equal(dropped, 3);
    ends(run);
    assert_string_equal(heard(), "run.end");
}

static void an_ended_run_is_replayed_from_its_record(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    struct record_key key;
    struct subscription *sub = NULL;
    tell_events(run, 3);
    ends(run);
    assert_int_equal(records_find(records, "r1", &key), 0);
    assert_int_equal(subscription_new_ended(&watchers, conn, &key, 1, &sub), 0);
    assert_int_equal(subscription_last_seq(sub), 3);
    conn_touch(conn);
    assert_string_equal(heard(), "run.event*2 run.end");
    assert_null(watchers.refs.by_text);
}

static void a_hole_in_the_record_is_told_where_it_is(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    struct record_key key;
    struct subscription *sub = NULL;
    tell_events(run, 2);
    run->last_seq += 3; /* the link said so, the record does not */
    tell_events(run, 1);
    ends(run);
    assert_int_equal(records_find(records, "r1", &key), 0);
    assert_int_equal(subscription_new_ended(&watchers, conn, &key, 0, &sub), 0);
    conn_touch(conn);
    assert_string_equal(heard(), "run.event*2 run.gap run.event run.end");
    assert_int_equal(dropped, 3);
}

static void a_monitor_that_is_taken_back_does_not_fire(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    const char *ref = monitor_new(&watchers, conn, run);
    struct monitor *m = monitor_find(&watchers, ref);
    assert_non_null(m);
    assert_ptr_equal(monitor_conn(m), conn);
    assert_null(subscription_find(&watchers, ref));
    monitor_free(m);
    ends(run);
    assert_string_equal(heard(), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CLIENT(a_slow_reader_is_told_what_it_lost),
        WITH_CLIENT(a_replay_becomes_live_without_a_seam),
        WITH_CLIENT(many_replays_share_few_descriptors),
        WITH_CLIENT(deltas_during_a_replay_are_counted),
        WITH_CLIENT(an_ended_run_is_replayed_from_its_record),
        WITH_CLIENT(a_hole_in_the_record_is_told_where_it_is),
        WITH_CLIENT(a_monitor_that_is_taken_back_does_not_fire),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
