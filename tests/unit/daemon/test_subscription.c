/* Subscriptions and monitors, one by one: a reader that loses events without a word, or is given
 * one twice where a replay turns live, has another history than the run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "daemon/watch/playback.h"
#include "failing.h"
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
    assert_int_equal(core.stats.dropped, dropped);
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
    assert_int_equal(core.stats.dropped, 3);
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
    assert_int_equal(records_find(records, "r1", NULL, &key), 0);
    assert_int_equal(subscription_new_ended(&watchers, conn, &key, 1, &sub), 0);
    assert_int_equal(subscription_last_seq(sub), 3);
    conn_touch(conn);
    assert_string_equal(heard(), "run.event*2 run.end");
    assert_null(watchers.refs.by_text);
}

/* Live as they are, they are lost like those for which there is no room. */
static void what_there_is_no_memory_for_is_a_gap(void **state)
{
    (void)state;
    static const char DELTA[] = "{\"type\":\"member_token\"}";
    struct run *run = some_run("r1");
    struct link_up delta = {.type = LINK_DELTA, .event = {DELTA, sizeof(DELTA) - 1}};
    int lost = 0;
    assert_non_null(subscription_new_live(&watchers, conn, run, true));
    for (int k = 0; failing_next(&k);) {
        assert_true(say(run, delta));
        failing_stop();
        assert_string_equal(heard(), failing_happened ? "" : "run.event");
        if (!failing_happened)
            continue;
        assert_true(say(run, delta));
        assert_string_equal(heard(), "run.gap run.event");
        assert_int_equal(dropped, 1);
        lost++;
        assert_int_equal(core.stats.dropped, lost);
    }
    assert_true(!FAILING_WORKS || lost >= 2);
    ends(run);
    assert_string_equal(heard(), "run.end");
}

/* Who is told of no loss would take what it has for all there was. */
static void a_gap_that_cannot_be_told_ends_the_connection(void **state)
{
    (void)state;
    static const char DELTA[] = "{\"type\":\"member_token\"}";
    struct run *run = some_run("r1");
    struct link_up delta = {.type = LINK_DELTA, .event = {DELTA, sizeof(DELTA) - 1}};
    assert_non_null(subscription_new_live(&watchers, conn, run, true));
    for (int fails = 1; fails <= 2; fails++) { /* the event, then the gap before the next */
        failing_countdown = fails;
        assert_true(say(run, delta));
        failing_stop();
    }
    turn();
    assert_int_equal(home.conns == NULL, FAILING_WORKS);
    ends(run);
}

static void what_has_no_record_is_not_subscribed_to(void **state)
{
    (void)state;
    const struct record_key none = {.incarnation = 5, .run_id = "gone"};
    struct subscription *sub = NULL;
    assert_int_equal(subscription_new_ended(&watchers, conn, &none, 0, &sub), -ENOENT);
    assert_null(sub);
    assert_null(watchers.refs.by_text);
    conn_touch(conn);
    assert_string_equal(heard(), "");
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
    assert_int_equal(records_find(records, "r1", NULL, &key), 0);
    assert_int_equal(subscription_new_ended(&watchers, conn, &key, 0, &sub), 0);
    conn_touch(conn);
    assert_string_equal(heard(), "run.event*2 run.gap run.event run.end");
    assert_int_equal(dropped, 3);
    assert_int_equal(core.stats.dropped, 0); /* its reader was not too slow */
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

/* ---- every word of what is said ---- */

static void assert_said(const char *method, const char *ref, const char *rest)
{
    char wanted[1024];
    snprintf(wanted, sizeof wanted,
             "{\"jsonrpc\":\"2.0\",\"method\":\"run.%s\",\"params\":{\"ref\":\"%s\",%s", method,
             ref, rest);
    assert_string_equal(last_line, wanted);
}

static void an_event_an_end_and_a_down_are_said_in_full(void **state)
{
    (void)state;
    static const char EVENT[] = "{\"seq\":1}";
    struct run *run = some_run("r1");
    char ref[RUNID_GENERATED_LEN + 1];
    snprintf(ref, sizeof ref, "%s", subscription_new_live(&watchers, conn, run, false));
    run->pid = 77;
    assert_true(say(
        run, (struct link_up){.type = LINK_EVENT, .seq = 1, .event = {EVENT, sizeof EVENT - 1}}));
    assert_string_equal(heard(), "run.event");
    assert_said("event", ref, "\"run_id\":\"r1\",\"event\":{\"seq\":1}}}");
    ends(run);
    assert_string_equal(heard(), "run.end");
    assert_said("end", ref, "\"run_id\":\"r1\",\"last_seq\":1}}");

    run = some_run("r2");
    run->pid = 77;
    snprintf(ref, sizeof ref, "%s", monitor_new(&watchers, conn, run));
    ends(run);
    assert_string_equal(heard(), "run.down");
    assert_said(
        "down", ref,
        "\"run_id\":\"r2\",\"pid\":77,\"reason\":{\"kind\":\"normal\"},"
        "\"stopped_by\":null,\"outcome\":null,\"rusage\":{\"user_ms\":0,"
        "\"system_ms\":0,\"max_rss_bytes\":null},\"containment\":\"group\",\"sandbox\":null,"
        "\"duration_ms\":0,\"labels\":{}," ASKED ",\"tokens\":null,\"cost\":null}}");
}

/* An ended run whose record holds these lines, replayed from `after` on. */
static const char *replayed(const char *run_id, const char *lines, int64_t after, char *ref)
{
    struct run *run = some_run(run_id);
    int journal = record_descriptor(run->record);
    assert_int_equal(fd_write_all(journal, lines, strlen(lines)), 0);
    close(journal);
    ends(run);
    struct record_key key;
    struct subscription *sub = NULL;
    assert_int_equal(records_find(records, run_id, NULL, &key), 0);
    assert_int_equal(subscription_new_ended(&watchers, conn, &key, after, &sub), 0);
    snprintf(ref, RUNID_GENERATED_LEN + 1, "%s", subscription_ref(sub));
    assert_ptr_equal(subscription_conn(sub), conn);
    conn_touch(conn);
    return heard();
}

static void what_is_missing_in_a_record_is_said_in_full(void **state)
{
    (void)state;
    char ref[RUNID_GENERATED_LEN + 1];
    assert_string_equal(replayed("r1", "{\"seq\":1}\n{\"se\n{\"seq\":4}\n", 0, ref),
                        "run.event run.gap run.event run.end");
    assert_said("end", ref, "\"run_id\":\"r1\",\"last_seq\":4,\"torn\":true}}");
    assert_int_equal(dropped, 2);
    assert_string_equal(replayed("r2", "{\"seq\":1}\n{\"seq\":2}\n", 0, ref),
                        "run.event*2 run.end");
    assert_said("end", ref, "\"run_id\":\"r2\",\"last_seq\":2}}");
    assert_string_equal(replayed("r3", "{\"seq\":1}\n{\"seq\":2}\n", 2, ref), "run.end");
    assert_string_equal(replayed("r4", "{\"seq\":1}\n{\"seq\":2}\n", 5, ref), "run.end");
    assert_string_equal(replayed("r5", "", 0, ref), "run.end");
    assert_said("end", ref, "\"run_id\":\"r5\",\"last_seq\":0}}");
    assert_string_equal(replayed("r6", "{\"seq\":3}\n", 0, ref), "run.gap run.event run.end");
    assert_int_equal(dropped, 2);
}

/* The link said seq 5, the record holds 3 of them. */
static void a_gap_is_said_in_full(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    tell_events(run, 3);
    run->last_seq = 5;
    struct subscription *sub = replay(run);
    assert_string_equal(heard(), "run.event*3");
    char ref[RUNID_GENERATED_LEN + 1];
    snprintf(ref, sizeof ref, "%s", subscription_ref(sub));
    static const char EVENT[] = "{\"seq\":6}";
    struct link_up up = {.type = LINK_EVENT, .seq = 6, .event = {EVENT, sizeof EVENT - 1}};
    assert_true(say(run, up));
    assert_string_equal(heard(), "run.gap run.event");
    assert_int_equal(dropped, 2);
    assert_int_equal(core.stats.dropped, 2);
    run->last_seq = 9;
    up.seq = 6; /* once more: it was given */
    assert_true(say(run, up));
    assert_string_equal(heard(), "");
    ends(run);
    assert_string_equal(heard(), "run.end");
}

static void whoever_has_all_up_to_now_needs_no_replay(void **state)
{
    (void)state;
    static const struct {
        int64_t after;
        size_t replays;
        const char *heard;
    } CASES[] = {{2, 1, "run.event run.end"}, {3, 0, "run.end"}, {4, 0, "run.end"}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct run *run = some_run("r1");
        struct subscription *sub = NULL;
        tell_events(run, 3);
        assert_int_equal(subscription_new(&watchers, conn, run, CASES[i].after, false, &sub), 0);
        assert_int_equal(core.replays, CASES[i].replays);
        conn_touch(conn);
        turn();
        ends(run);
        assert_string_equal(heard(), CASES[i].heard);
    }
}

static void deltas_are_for_those_who_asked(void **state)
{
    (void)state;
    static const char DELTA[] = "{\"type\":\"member_token\"}";
    struct link_up delta = {.type = LINK_DELTA, .event = {DELTA, sizeof(DELTA) - 1}};
    struct run *run = some_run("r1");
    fake_done();
    const char *plain = subscription_new_live(&watchers, conn, run, false);
    assert_string_equal(fake_done(), "");
    assert_true(say(run, delta));
    assert_string_equal(heard(), "");
    const char *with = subscription_new_live(&watchers, conn, run, true);
    assert_string_equal(fake_done(), "deltas:on");
    assert_true(say(run, delta));
    assert_string_equal(heard(), "run.event");
    subscription_free(subscription_find(&watchers, plain));
    assert_string_equal(fake_done(), "");
    subscription_free(subscription_find(&watchers, with));
    assert_string_equal(fake_done(), "deltas:off");
    assert_null(run->watches.first);
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
        WITH_CLIENT(what_there_is_no_memory_for_is_a_gap),
        WITH_CLIENT(a_gap_that_cannot_be_told_ends_the_connection),
        WITH_CLIENT(what_has_no_record_is_not_subscribed_to),
        WITH_CLIENT(a_hole_in_the_record_is_told_where_it_is),
        WITH_CLIENT(a_monitor_that_is_taken_back_does_not_fire),
        WITH_CLIENT(an_event_an_end_and_a_down_are_said_in_full),
        WITH_CLIENT(what_is_missing_in_a_record_is_said_in_full),
        WITH_CLIENT(a_gap_is_said_in_full),
        WITH_CLIENT(whoever_has_all_up_to_now_needs_no_replay),
        WITH_CLIENT(deltas_are_for_those_who_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
