/* What a stream of the tenant tells beside starts and ends, to whom, and in which words: progress
 * that comes too often costs every client, and a run of another registry is nobody's business. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "tenant_fixture.h"

/* ---- progress ---- */

static void progress_is_told_twice_a_second(void **state)
{
    (void)state;
    struct run *a = some_run("a"), *b = some_run("b");
    progress(a, "\"before\"");
    assert_int_equal(timers_next(loop_timers(core.loop)), INT64_MAX); /* nobody wants it */
    follow(NULL, ALL_KINDS);
    expect_heard("snapshot[a,b]");
    progress(a, "\"one\"");
    progress(b, "\"two\"");
    progress(a, "\"three\"");
    assert_int_equal(timers_next(loop_timers(core.loop)), noon() + (int64_t)500 * 1000);
    expect_heard("");
    the_progress_is_due();
    expect_heard("~a ~b");
    progress(a, "\"four\"");
    the_progress_is_due();
    expect_heard("~a");
    char wanted[512];
    snprintf(wanted, sizeof wanted,
             "{\"jsonrpc\":\"2.0\",\"method\":\"supervisor.event\",\"params\":{\"ref\":\"%s\","
             "\"event\":{\"type\":\"run_progress\",\"run_id\":\"a\",\"phase\":\"four\","
             "\"usage\":null}}}",
             stream_ref);
    assert_string_equal(heard_last, wanted);
}

static void progress_during_a_snapshot_is_told_after_it(void **state)
{
    (void)state;
    struct run *r[4];
    begin_pages(r);
    progress(r[0], "\"p\"");
    timer_clear(&watchers.tenant.progress);
    expect_heard("snapshot[a]... snapshot[b]... snapshot[c]... snapshot[d]");
    the_progress_is_due();
    expect_heard("~a");
}

static void progress_that_is_lost_is_in_the_next_snapshot(void **state)
{
    (void)state;
    struct run *a = some_run("a"), *starting = run_that("b", (struct looks){.unready = true});
    follow(NULL, ALL_KINDS);
    expect_heard("snapshot[a]");
    progress(starting, "\"p\"");
    the_progress_is_due(); /* nobody sees that run */
    expect_heard("");
    fill_connection();
    progress(a, "\"p\"");
    the_progress_is_due();
    expect_heard("gap snapshot[a]");
    assert_non_null(strstr(heard_last, "\"phase\":\"p\""));
    assert_false(timer_is_set(&watchers.tenant.progress));
}

/* ---- who sees what ---- */

static void runs_of_other_registries_are_not_there(void **state)
{
    (void)state;
    static const struct looks ONE = {.registry = "one"}, TWO = {.registry = "two"};
    struct run *a = run_that("a", ONE), *b = run_that("b", TWO);
    follow("one", ALL_KINDS);
    expect_heard("snapshot[a]");
    progress(a, "\"p\"");
    progress(b, "\"p\"");
    the_progress_is_due();
    run_that("c", ONE);
    run_that("d", TWO);
    ends(a);
    ends(b);
    expect_heard("~a +c -a");
    fill_connection();
    ends(run_that("e", ONE));
    ends(run_that("f", TWO));
    ends(run_that("g", (struct looks){.registry = "one", .unkept = true}));
    ends(run_that("h", (struct looks){.registry = "two", .unkept = true}));
    expect_heard("gap snapshot[c] -e -g");
}

static void a_connection_that_is_narrowed_narrows_its_streams(void **state)
{
    (void)state;
    static const struct looks ONE = {.registry = "one"}, TWO = {.registry = "two"};
    follow(NULL, 1 << TENANT_RUN_STARTED);
    follow("two", 1 << TENANT_RUN_ENDED);
    turn();
    tenant_streams_narrow(&watchers, NULL, "two"); /* another's */
    run_that("a", ONE);
    expect_heard("+a");
    tenant_streams_narrow(&watchers, conn, "one");
    run_that("b", ONE);
    ends(run_that("c", TWO));
    expect_heard("+b");
    tenant_reloaded(&watchers);
    ends(run_that("d", (struct looks){.registry = "default"}));
    expect_heard("");
}

/* ---- the daemon itself ---- */

static void reloads_and_stops_are_told_once(void **state)
{
    (void)state;
    struct run *r[4];
    follow(NULL, ALL_KINDS);
    tenant_reloaded(&watchers);
    expect_heard("snapshot[] reloaded");
    tenant_reloaded(&watchers);
    expect_heard("reloaded");
    core.stop_level = STOP_DRAINING;
    tenant_stops(&watchers);
    tenant_stops(&watchers);
    expect_heard("stopping:draining");
    tenant_stream_free(tenant_stream_find(&watchers, stream_ref));
    begin_pages(r);
    tenant_reloaded(&watchers);
    core.stop_level = STOP_ORDERLY;
    tenant_stops(&watchers);
    expect_heard("snapshot[a]... snapshot[b]... snapshot[c]... snapshot[d] reloaded "
                 "stopping:stopping");
    core.stop_level = STOP_IMMEDIATE;
    tenant_stops(&watchers);
    expect_heard("");
}

static void nor_is_one_lost_to_who_reads_slowly(void **state)
{
    (void)state;
    follow(NULL, 1 << TENANT_RELOADED | 1 << TENANT_STOPPING);
    turn();
    fill_connection();
    tenant_reloaded(&watchers);
    core.stop_level = STOP_ORDERLY;
    tenant_stops(&watchers);
    expect_heard("gap reloaded stopping:stopping");
    tenant_reloaded(&watchers);
    expect_heard("reloaded");
    follow(NULL, 1 << TENANT_RUN_ENDED);
    turn();
    fill_connection();
    tenant_stops(&watchers);
    assert_false(tenant_told_is_behind(tenant_stream_find(&watchers, stream_ref)));
    expect_heard("");
}

/* ---- its end ---- */

static void a_stream_that_is_taken_back_is_silent(void **state)
{
    (void)state;
    struct tenant_stream *s = follow(NULL, ALL_KINDS);
    assert_ptr_equal(tenant_stream_conn(s), conn);
    assert_null(monitor_find(&watchers, stream_ref));
    assert_null(subscription_find(&watchers, stream_ref));
    tenant_stream_free(s);
    tenant_stream_free(NULL);
    ends(some_run("r1"));
    expect_heard("");
    assert_null(tenant_stream_find(&watchers, stream_ref));
}

static void a_stream_goes_with_its_connection(void **state)
{
    (void)state;
    follow(NULL, ALL_KINDS);
    follow(NULL, ALL_KINDS);
    expect_heard("snapshot[] snapshot[]");
    follow(NULL, ALL_KINDS); /* behind */
    ends(run_that("r1", (struct looks){.unkept = true}));
    conn_free(conn);
    assert_null(watchers.tenant.streams);
    assert_null(watchers.refs.by_text);
    ends(some_run("r2"));
    tenant_reloaded(&watchers);
}

/* ---- every word ---- */

static void a_start_and_an_end_are_said_in_full(void **state)
{
    (void)state;
    char wanted[1024];
    follow(NULL, ALL_KINDS);
    expect_heard("snapshot[]");
    snprintf(wanted, sizeof wanted,
             "{\"jsonrpc\":\"2.0\",\"method\":\"supervisor.event\",\"params\":{\"ref\":\"%s\","
             "\"event\":{\"type\":\"snapshot\",\"runs\":[],\"more\":false}}}",
             stream_ref);
    assert_string_equal(heard_last, wanted);
    struct run *run = run_that("r1", (struct looks){.unkept = true});
    expect_heard("+r1");
    assert_non_null(strstr(heard_last, "\"event\":{\"type\":\"run_started\",\"run\":{\"run_id\":"
                                       "\"r1\",\"pid\":"));
    assert_non_null(strstr(heard_last, ",\"cost\":null}}}}"));
    run->started_us = clock_mono_us() + 60 * 1000 * 1000; /* no time has passed, not even 1 ms */
    ends(run);
    expect_heard("-r1");
    assert_non_null(strstr(heard_last, "\"event\":{\"type\":\"run_ended\",\"run\":{"));
    static const char *const SAID[] = {"\"run_id\":\"r1\"",
                                       "\"incarnation\":1000",
                                       "\"council_id\":\"c\"",
                                       "\"registry\":\"default\"",
                                       ASKED,
                                       "\"started_at\":\"1970-01-01T00:00:01.000Z\"",
                                       "\"ended_at\":\"2",
                                       "\"duration_ms\":-",
                                       "\"outcome\":null",
                                       "\"reason\":{\"kind\":\"normal\"}",
                                       "\"tokens\":null",
                                       "\"cost\":null",
                                       "\"labels\":{}"};
    for (size_t i = 0; i < sizeof SAID / sizeof *SAID; i++)
        if (!strstr(heard_last, SAID[i]))
            fail_msg("%s is not in %s", SAID[i], heard_last);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CLIENT(progress_is_told_twice_a_second),
        WITH_CLIENT(progress_during_a_snapshot_is_told_after_it),
        WITH_CLIENT(progress_that_is_lost_is_in_the_next_snapshot),
        WITH_CLIENT(runs_of_other_registries_are_not_there),
        WITH_CLIENT(a_connection_that_is_narrowed_narrows_its_streams),
        WITH_CLIENT(reloads_and_stops_are_told_once),
        WITH_CLIENT(nor_is_one_lost_to_who_reads_slowly),
        WITH_CLIENT(a_stream_that_is_taken_back_is_silent),
        WITH_CLIENT(a_stream_goes_with_its_connection),
        WITH_CLIENT(a_start_and_an_end_are_said_in_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
