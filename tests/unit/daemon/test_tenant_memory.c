/* A stream of the tenant when memory is short: what cannot be told is told later, or the connection
 * goes. One that lives on and lacks a run lies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "failing.h"
#include "tenant_fixture.h"

/* A new client in the place of one that was given up. */
static void connect_again(void)
{
    int pair[2];
    struct peer peer = {.card = &caller};
    close(client);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    client = pair[1];
    conn = conn_new(&home, pair[0], &peer);
    assert_non_null(conn);
}

static void a_stream_is_there_or_not(void **state)
{
    (void)state;
    for (int k = 0; failing_next(&k);) {
        const char *ref = tenant_stream_new(&watchers, conn, "one", ALL_KINDS);
        failing_stop();
        assert_int_equal(ref == NULL, failing_happened);
        if (ref)
            tenant_stream_free(tenant_stream_find(&watchers, ref));
        assert_null(watchers.tenant.streams);
        assert_null(watchers.refs.by_text);
    }
    assert_true(failing_no_leak());
    assert_string_equal(heard(), "");
}

/* ---- what happens, with one allocation failing ---- */

static struct run *it;

static void begin_ready(void)
{
    it = some_run("a");
}

static void begin_unready(void)
{
    it = run_that("a", (struct looks){.unready = true});
}

static void begin_unkept(void)
{
    it = run_that("a", (struct looks){.unkept = true});
}

static void begin_progress(void)
{
    begin_ready();
    progress(it, "\"before\"");
}

static void is_ready(void)
{
    assert_true(say_ready(it));
}

static void has_ended(void)
{
    ends(it);
}

static void tells_progress(void)
{
    watchers.tenant.progress.fire(watchers.tenant.progress.arg);
}

static void is_reloaded(void)
{
    tenant_reloaded(&watchers);
}

static void stops(void)
{
    core.stop_level = STOP_ORDERLY;
    tenant_stops(&watchers);
}

/* Behind as much as can be: pages, ends of both kinds, a start. */
static void falls_behind(void)
{
    begin_ready();
    follow(NULL, ALL_KINDS);
    ends(some_run("b"));
    ends(run_that("c", (struct looks){.unkept = true}));
    some_run("d");
}

static void catches_up(void)
{
    for (int i = 0; i < 8; i++)
        turn();
}

static const struct happening {
    void (*before)(void); /* somebody follows */
    void (*now)(void);
    const char *live, *behind;
} HAPPENINGS[] = {
    {begin_unready, is_ready, "+a", "gap snapshot[a]"},
    {begin_ready, has_ended, "-a", "gap snapshot[] -a"},
    {begin_unkept, has_ended, "-a", "gap snapshot[] -a"},
    {begin_progress, tells_progress, "~a", "gap snapshot[a]"},
    {begin_ready, is_reloaded, "reloaded", "gap snapshot[a] reloaded"},
    {begin_ready, stops, "stopping:stopping", "gap snapshot[a] stopping:stopping"},
    {falls_behind, catches_up, "snapshot[a] -b -c +d", "snapshot[a] -b -c +d"},
};

/* An end that found no memory is tried again. */
static void end_again(void)
{
    struct run *run = runs_find(runs, "a", 1);
    if (!run || !timer_is_set(&run->cleaning))
        return;
    timer_clear(&run->cleaning);
    run->cleaning.fire(run->cleaning.arg);
}

/* False: nothing failed. */
static bool happens(const struct happening *h, int k, int *gone)
{
    if (h->before == falls_behind) {
        h->before();
    } else {
        follow(NULL, ALL_KINDS);
        assert_string_equal(heard(), "snapshot[]");
        h->before();
        heard();
    }
    failing_happened = false;
    failing_countdown = k;
    h->now();
    failing_stop();
    end_again();
    heard();
    *gone += home.conns == NULL;
    if (home.conns && strcmp(heard_words, h->live) != 0)
        assert_string_equal(heard_words, h->behind);
    return failing_happened;
}

static void clear(void)
{
    static const char *const IDS[] = {"a", "d"};
    for (size_t i = 0; i < sizeof IDS / sizeof *IDS; i++)
        if (runs_find(runs, IDS[i], 1))
            ends(runs_find(runs, IDS[i], 1));
    core.stop_level = STOP_NONE;
    timer_clear(&watchers.tenant.progress);
    if (home.conns)
        conn_free(conn);
    assert_null(watchers.tenant.streams);
    assert_null(watchers.tenant.kept.first);
    connect_again();
}

static void nothing_is_lost_in_silence(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof HAPPENINGS / sizeof *HAPPENINGS; i++) {
        int gone = 0, k = 1;
        while (happens(&HAPPENINGS[i], k, &gone)) {
            clear();
            k++;
        }
        assert_string_equal(heard_words, HAPPENINGS[i].live);
        assert_true(!FAILING_WORKS || (k > 2 && gone < k));
        clear();
    }
}

/* Those that were behind could find it in no record. */
static void an_end_that_is_not_kept_costs_the_connection(void **state)
{
    (void)state;
    int gone = 0, told = 0;
    bool failed = true;
    for (int k = 1; failed; k++) {
        begin_unkept();
        follow(NULL, ALL_KINDS); /* behind still */
        failing_happened = false;
        failing_countdown = k;
        ends(it);
        failed = failing_happened;
        failing_stop();
        end_again();
        heard();
        gone += home.conns == NULL;
        told += home.conns != NULL;
        if (home.conns)
            assert_string_equal(heard_words, "snapshot[] -a");
        clear();
    }
    assert_true(told > 0 && (!FAILING_WORKS || gone > 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CLIENT(a_stream_is_there_or_not),
        WITH_CLIENT(nothing_is_lost_in_silence),
        WITH_CLIENT(an_end_that_is_not_kept_costs_the_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
