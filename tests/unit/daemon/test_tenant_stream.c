/* The stream of the tenant: who follows it believes that it knows all runs. One that falls between
 * a page and the next, or between what is pulled and what is told, is never heard of again; one
 * that is told twice is counted twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "tenant_fixture.h"

static void a_snapshot_comes_first_then_what_happens(void **state)
{
    (void)state;
    struct run *r1 = some_run("r1"), *r2;
    run_that("r0", (struct looks){.unready = true});
    follow(NULL, ALL_KINDS);
    expect_heard("snapshot[r1]");
    r2 = some_run("r2");
    expect_heard("+r2");
    ends(r1);
    expect_heard("-r1");
    ends(r2);
    assert_true(say_ready(runs_find(runs, "r0", 2)));
    expect_heard("-r2 +r0");
}

static void there_may_be_nothing(void **state)
{
    (void)state;
    follow(NULL, ALL_KINDS);
    expect_heard("snapshot[]");
    assert_false(tenant_told_is_behind(tenant_stream_find(&watchers, stream_ref)));
    follow(NULL, 0);
    ends(some_run("r1"));
    tenant_reloaded(&watchers);
    expect_heard("+r1 -r1 reloaded");
}

static void pages_are_of_a_bounded_size(void **state)
{
    (void)state;
    long_run("a");
    run_that("b", (struct looks){.label = 10 * 1024});
    run_that("c", (struct looks){.label = 10 * 1024});
    run_that("d", (struct looks){.label = 10 * 1024});
    run_that("e", (struct looks){.label = 70 * 1024}); /* alone longer than a page */
    some_run("f");
    follow(NULL, ALL_KINDS);
    expect_heard("snapshot[a,b,c]... snapshot[d]... snapshot[e]... snapshot[f]");
    assert_true(heard_longest > 70 * 1024);
    tenant_stream_free(tenant_stream_find(&watchers, stream_ref));
    ends(runs_find(runs, "e", 1));
    follow(NULL, ALL_KINDS);
    expect_heard("snapshot[a,b,c]... snapshot[d,f]");
    assert_in_range(heard_longest, 60 * 1024, TENANT_PAGE_BYTES);
}

/* The line of a page with these two, or 0 when each has a page of its own. */
static size_t line_of_two(size_t first, size_t second)
{
    struct run *a = run_that("a", (struct looks){.label = first});
    struct run *b = run_that("b", (struct looks){.label = second});
    follow(NULL, 1 << TENANT_SNAPSHOT);
    const bool two = !strcmp(heard(), "snapshot[a,b]");
    const size_t len = heard_longest;
    if (!two)
        assert_string_equal(heard_words, "snapshot[a]... snapshot[b]");
    tenant_stream_free(tenant_stream_find(&watchers, stream_ref));
    ends(a);
    ends(b);
    return two ? len + 1 : 0;
}

static void a_page_is_filled_to_its_end(void **state)
{
    (void)state;
    const size_t rest = line_of_two(LONG, 100) - LONG - 100;
    const size_t room = TENANT_PAGE_BYTES - rest - LONG;
    assert_int_equal(line_of_two(LONG, room), 0);
    assert_in_range(line_of_two(LONG, room - 100), TENANT_PAGE_BYTES - 110, TENANT_PAGE_BYTES);
}

static void nothing_falls_between_two_pages(void **state)
{
    (void)state;
    struct run *r[4], *early = run_that("early", (struct looks){.unready = true});
    begin_pages(r);
    ends(r[0]); /* its page has gone */
    ends(r[2]); /* it will be in none */
    assert_true(say_ready(early));
    some_run("late");
    ends(some_run("short"));
    ends(run_that("unkept", (struct looks){.unkept = true}));
    expect_heard("snapshot[a]... snapshot[b]... snapshot[d] -a -c -short -unkept +early +late");
    assert_null(watchers.tenant.kept.first);
    ends(r[1]);
    some_run("x");
    expect_heard("-b +x");
}

/* What happens while that is told is told after it. */
static void nor_between_what_is_caught_up_with(void **state)
{
    (void)state;
    struct run *r[4];
    begin_pages(r);
    for (int i = 0; i < 3; i++)
        turn(); /* all pages */
    ends(r[0]);
    long_run("e");
    long_run("f");
    long_run("g");
    struct run *h = long_run("h");
    turn(); /* from here on up to this moment */
    struct tenant_stream *s = tenant_stream_find(&watchers, stream_ref);
    assert_false(tenant_told_is_behind(s));
    ends(h);
    expect_heard("snapshot[a]... snapshot[b]... snapshot[c]... snapshot[d] -a +e +f +g +h -h");
}

static void starts_are_pulled_in_pieces(void **state)
{
    (void)state;
    struct run *r[4], *e, *f;
    begin_pages(r);
    e = long_run("e");
    f = long_run("f");
    long_run("g");
    turn(); /* b, */
    turn(); /* c, */
    turn(); /* d; now it catches up */
    turn(); /* with no end */
    turn(); /* with e and f */
    ends(f);
    ends(e);
    ends(r[3]);
    some_run("f");
    assert_true(tenant_told_is_behind(tenant_stream_find(&watchers, stream_ref)));
    expect_heard("snapshot[a]... snapshot[b]... snapshot[c]... snapshot[d] +e +f +g -d -e -f +f");
}

static void two_runs_of_one_id_are_told_in_their_order(void **state)
{
    (void)state;
    struct run *r[4];
    begin_pages(r);
    ends(r[0]);
    ends(some_run("a"));
    some_run("a");
    expect_heard("snapshot[a]... snapshot[b]... snapshot[c]... snapshot[d] -a -a +a");
}

/* ---- who reads slowly ---- */

static void an_end_is_never_lost(void **state)
{
    (void)state;
    struct run *a = some_run("a"), *b = run_that("b", (struct looks){.unkept = true});
    struct run *c = some_run("c");
    follow(NULL, ALL_KINDS);
    expect_heard("snapshot[a,b,c]");
    ends(some_run("told"));
    fill_connection();
    ends(a);
    ends(b);
    some_run("d");
    ends(some_run("e"));
    assert_non_null(watchers.tenant.kept.first);
    expect_heard("+told -told gap snapshot[c,d] -a -e -b");
    assert_null(watchers.tenant.kept.first);
    ends(c);
    expect_heard("-c");
    fill_connection();
    ends(runs_find(runs, "d", 1));
    expect_heard("gap snapshot[] -d");
}

static void a_start_that_is_lost_is_in_the_next_snapshot(void **state)
{
    (void)state;
    follow(NULL, ALL_KINDS);
    expect_heard("snapshot[]");
    fill_connection();
    some_run("a");
    expect_heard("gap snapshot[a]");
}

static void without_snapshots_it_is_told_itself(void **state)
{
    (void)state;
    struct run *a = some_run("a");
    follow(NULL, 1 << TENANT_RUN_STARTED | 1 << TENANT_RUN_ENDED | 1 << TENANT_RUN_PROGRESS);
    struct run *b = some_run("b");
    expect_heard("+b");
    fill_connection();
    some_run("c");
    ends(a);
    progress(b, "\"p\"");
    expect_heard("gap -a +c");
    the_progress_is_due();
    expect_heard("~b");
}

static void only_what_is_wanted_is_lost(void **state)
{
    (void)state;
    follow(NULL, 1 << TENANT_RUN_ENDED);
    expect_heard("");
    fill_connection();
    struct run *a = some_run("a");
    assert_false(tenant_told_is_behind(tenant_stream_find(&watchers, stream_ref)));
    expect_heard("");
    fill_connection();
    ends(a);
    some_run("b");
    expect_heard("gap -a");
    follow(NULL, 1 << TENANT_RUN_STARTED);
    turn();
    fill_connection();
    ends(some_run("c"));
    expect_heard("gap gap -c");
}

/* What one that is behind needs is kept until it has it, whoever else is not behind. */
static void kept_ends_are_for_who_is_behind(void **state)
{
    (void)state;
    struct run *a = run_that("a", (struct looks){.unkept = true});
    struct run *b = run_that("b", (struct looks){.unkept = true});
    follow(NULL, 1 << TENANT_RUN_ENDED);
    turn();
    ends(a);
    assert_null(watchers.tenant.kept.first);
    fill_connection();
    ends(b);
    assert_non_null(watchers.tenant.kept.first);
    struct tenant_stream *s = tenant_stream_find(&watchers, stream_ref);
    follow(NULL, 1 << TENANT_RUN_ENDED);
    tenant_stream_free(tenant_stream_find(&watchers, stream_ref));
    assert_non_null(watchers.tenant.kept.first);
    tenant_stream_free(s);
    assert_null(watchers.tenant.kept.first);
    expect_heard("-a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CLIENT(a_snapshot_comes_first_then_what_happens),
        WITH_CLIENT(there_may_be_nothing),
        WITH_CLIENT(pages_are_of_a_bounded_size),
        WITH_CLIENT(a_page_is_filled_to_its_end),
        WITH_CLIENT(nothing_falls_between_two_pages),
        WITH_CLIENT(nor_between_what_is_caught_up_with),
        WITH_CLIENT(starts_are_pulled_in_pieces),
        WITH_CLIENT(two_runs_of_one_id_are_told_in_their_order),
        WITH_CLIENT(an_end_is_never_lost),
        WITH_CLIENT(a_start_that_is_lost_is_in_the_next_snapshot),
        WITH_CLIENT(without_snapshots_it_is_told_itself),
        WITH_CLIENT(only_what_is_wanted_is_lost),
        WITH_CLIENT(kept_ends_are_for_who_is_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
