/* A run ends while a connection is still replaying it, and perhaps does not read. What it is told
 * of the end has to follow the events, but not for ever; a reply to "stop all" has to follow every
 * DOWN; and when the client goes, all of that goes with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "daemon/method/desk/batch.h"
#include "daemon/watch/farewell.h"
#include "serve/conn_life.h"
#include "watch_fixture.h"

static void the_end_follows_the_replay(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    tell_events(run, EVENTS);
    const char *ref = monitor_new(&watchers, conn, run);
    char down[64];
    snprintf(down, sizeof(down), "%s", ref);
    terminate("1", run);
    replay(run);
    ends(run);
    the_second_is_long();
    assert_true(conn_has(conn, down, strlen(down))); /* it waits */
    assert_string_equal(heard(), "run.event*40 run.end run.down result:1");
    assert_int_equal(timers_next(loop_timers(core.loop)), INT64_MAX);
}

static void but_no_longer_than_a_second(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    tell_events(run, EVENTS);
    assert_non_null(monitor_new(&watchers, conn, run));
    terminate("1", run);
    replay(run);
    ends(run);
    a_second_passes();
    const char *text = heard();
    int events = 0;
    assert_int_equal(sscanf(text, "run.event*%d", &events), 1);
    assert_in_range(events, 1, EVENTS - 1);
    assert_int_equal(events + dropped, EVENTS); /* none is lost without a word */
    assert_string_equal(strchr(text, ' '), " run.gap run.end run.down result:1");
}

static int64_t stands_still(void)
{
    return 5000000;
}

static void nor_any_shorter(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    tell_events(run, EVENTS);
    replay(run);
    loop_set_clock(core.loop, stands_still);
    ends(run);
    assert_int_equal(timers_next(loop_timers(core.loop)) - stands_still(), 1000 * 1000);
    a_second_passes();
}

static void all_that_replay_it_are_waited_for(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    tell_events(run, EVENTS);
    assert_non_null(monitor_new(&watchers, conn, run));
    struct subscription *first = replay(run);
    replay(run);
    ends(run);
    the_second_is_long();
    subscription_free(first); /* who unsubscribes is not waited for */
    const char *text = heard();
    assert_non_null(strstr(text, "run.end run.down"));
    assert_null(strstr(text, "run.down run.event"));
}

static void both_are_cut_at_once(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    tell_events(run, EVENTS);
    assert_non_null(monitor_new(&watchers, conn, run));
    replay(run);
    replay(run);
    ends(run);
    a_second_passes();
    const char *text = heard();
    assert_string_equal(strchr(text, ' '), " run.gap run.end run.gap run.end run.down");
}

static void the_last_to_unsubscribe_lets_it_go(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    tell_events(run, EVENTS);
    assert_non_null(monitor_new(&watchers, conn, run));
    struct subscription *sub = replay(run);
    ends(run);
    subscription_free(sub);
    assert_int_equal(timers_next(loop_timers(core.loop)), INT64_MAX);
    const char *text = heard();
    assert_string_equal(strchr(text, ' '), " run.down");
}

/* The run that is not replayed ends last, and its DOWN waits for nothing. */
static void a_reply_to_all_follows_every_down(void **state)
{
    (void)state;
    struct run *slow = some_run("r1"), *quick = some_run("r2");
    tell_events(slow, EVENTS);
    assert_non_null(monitor_new(&watchers, conn, slow));
    assert_non_null(monitor_new(&watchers, conn, quick));
    replay(slow);
    struct call call = ask("7");
    struct batch *b = batch_new();
    assert_non_null(call_wait(&call, batch_waiters(b)));
    assert_int_equal(batch_add(b, slow), 0);
    assert_int_equal(batch_add(b, quick), 0);
    batch_seal(b);
    ends(slow);
    the_second_is_long();
    ends(quick);
    const char *text = heard();
    assert_non_null(strstr(text, "run.down run.event")); /* quick */
    assert_string_equal(strstr(text, "run.end"),
                        "run.end run.down result:7"); /* slow, then the reply */
}

static void a_client_that_goes_takes_all_with_it(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    tell_events(run, EVENTS);
    assert_non_null(monitor_new(&watchers, conn, run));
    terminate("1", run);
    replay(run);
    ends(run);
    fd_close(&client);
    turn();
    turn();
    assert_int_equal(home.count, 0);
    assert_null(watchers.refs.by_text);
    assert_int_equal(core.replays, 0);
    assert_int_equal(timers_next(loop_timers(core.loop)), INT64_MAX);
}

static void too_late(struct farewell_reader *reader)
{
    fail_msg("%p is cut though its connection is gone", (void *)reader);
}

/* Who has not left when the connection goes waits for nothing any more. */
static void a_farewell_goes_with_its_connection(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    struct farewell_reader readers[2] = {{0}};
    for (int i = 0; i < 2; i++)
        assert_int_equal(farewell_join(core.loop, conn, run, &readers[i], too_late), 0);
    assert_non_null(farewell_of(conn, run));
    assert_ptr_equal(readers[0].farewell, readers[1].farewell);
    conn_free(conn);
    assert_int_equal(home.count, 0);
    assert_int_equal(timers_next(loop_timers(core.loop)), INT64_MAX);
    for (int i = 0; i < 2; i++) {
        assert_null(readers[i].farewell);
        farewell_leave(&readers[i]);
    }
    ends(run);
}

static void a_live_run_forgets_who_is_gone(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    tell_events(run, 2);
    assert_non_null(monitor_new(&watchers, conn, run));
    assert_non_null(subscription_new_live(&watchers, conn, run, true));
    replay(run);
    fd_close(&client);
    turn();
    turn();
    assert_null(watchers.refs.by_text);
    assert_null(run->watches.first);
    tell_events(run, 1); /* nobody hears it */
    ends(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CLIENT(the_end_follows_the_replay),
        WITH_CLIENT(but_no_longer_than_a_second),
        WITH_CLIENT(nor_any_shorter),
        WITH_CLIENT(all_that_replay_it_are_waited_for),
        WITH_CLIENT(both_are_cut_at_once),
        WITH_CLIENT(the_last_to_unsubscribe_lets_it_go),
        WITH_CLIENT(a_reply_to_all_follows_every_down),
        WITH_CLIENT(a_client_that_goes_takes_all_with_it),
        WITH_CLIENT(a_farewell_goes_with_its_connection),
        WITH_CLIENT(a_live_run_forgets_who_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
