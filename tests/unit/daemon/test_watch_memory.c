/* A subscription or a monitor for which there is no memory: one that is half there hears of a run
 * that is gone, or keeps its name, its journal and its place for ever. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "daemon/watch/farewell.h"
#include "failing.h"
#include "watch_fixture.h"

static void expect_nobody(const struct run *run)
{
    assert_null(watchers.refs.by_text);
    assert_int_equal(core.replays, 0);
    if (run)
        assert_null(run->watches.first);
}

static void a_monitor_is_there_or_not(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    expect_nobody(run);
    for (int k = 0; failing_next(&k);) {
        const char *ref = monitor_new(&watchers, conn, run);
        failing_stop();
        assert_int_equal(ref == NULL, failing_happened);
        if (ref)
            monitor_free(monitor_find(&watchers, ref));
        expect_nobody(run);
    }
    assert_true(failing_no_leak());
    ends(run);
    assert_string_equal(heard(), "");
}

static void a_live_subscription_is_there_or_not(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    for (int k = 0; failing_next(&k);) {
        const char *ref = subscription_new_live(&watchers, conn, run, true);
        failing_stop();
        assert_int_equal(ref == NULL, failing_happened);
        if (ref)
            subscription_free(subscription_find(&watchers, ref));
        expect_nobody(run);
    }
    assert_true(failing_no_leak());
    ends(run);
    assert_string_equal(heard(), "");
}

static struct subscription *replay_quietly(struct run *run)
{
    struct subscription *sub = NULL;
    assert_int_equal(subscription_new(&watchers, conn, run, 0, false, &sub), 0);
    return sub;
}

static void a_replay_is_there_or_not(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    struct record_key key;
    tell_events(run, 2);
    subscription_free(replay_quietly(run)); /* the records keep the room of a first one */
    for (int k = 0; failing_next(&k);) {
        struct subscription *sub = NULL;
        const int r = subscription_new(&watchers, conn, run, 0, false, &sub);
        failing_stop();
        assert_true(r == 0 || (r == -ENOMEM && failing_happened)); /* a pin can be done without */
        assert_int_equal(sub == NULL, r < 0);
        assert_int_equal(core.replays, r == 0);
        subscription_free(sub);
        expect_nobody(run);
    }
    assert_true(failing_no_leak());
    ends(run);
    assert_int_equal(records_find(records, "r1", NULL, &key), 0);
    for (int k = 0; failing_next(&k);) {
        struct subscription *sub = NULL;
        const int r = subscription_new_ended(&watchers, conn, &key, 0, &sub);
        failing_stop();
        assert_true(r == 0 || (r == -ENOMEM && failing_happened));
        assert_int_equal(sub == NULL, r < 0);
        if (sub)
            assert_int_equal(subscription_last_seq(sub), 2);
        subscription_free(sub);
        expect_nobody(NULL);
    }
    assert_true(failing_no_leak());
    assert_int_equal(records_remove(records, &key), 0); /* nobody reads it any more */
    assert_string_equal(heard(), "");
}

/* One that failed leaves nothing that the next would wait for. */
static void a_farewell_is_there_or_not(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    tell_events(run, EVENTS);
    replay(run);
    struct farewell_reader reader = {0};
    for (int k = 0; failing_next(&k);) {
        const int r = farewell_join(core.loop, conn, run, &reader, NULL);
        failing_stop();
        assert_int_equal(r, failing_happened ? -ENOMEM : 0);
        assert_int_equal(reader.farewell == NULL, failing_happened);
        farewell_leave(&reader);
        assert_null(farewell_of(conn, run));
        assert_int_equal(timers_next(loop_timers(core.loop)), INT64_MAX);
    }
    ends(run);
    the_second_is_long();
    assert_string_equal(heard(), "run.event*40 run.end");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CLIENT(a_monitor_is_there_or_not),
        WITH_CLIENT(a_live_subscription_is_there_or_not),
        WITH_CLIENT(a_replay_is_there_or_not),
        WITH_CLIENT(a_farewell_is_there_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
