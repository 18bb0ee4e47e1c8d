/* Who hears of a run, and in which order: a reply that overtakes the DOWN before it tells a client
 * that all is over while it still waits for the news. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/run/watch.h"

/* ---- watches that write down when they were called ---- */

static char heard[256];

struct ear {
    struct run_watch watch; /* first */
    const char *name;
    struct run_watches *leaves; /* takes itself down when it is told ready */
};

static const char *what_was_heard(void)
{
    static char seen[sizeof(heard)];
    memcpy(seen, heard, sizeof(seen));
    heard[0] = '\0';
    return seen;
}

static void note(struct run_watch *w, const char *what)
{
    size_t len = strlen(heard);
    snprintf(heard + len, sizeof(heard) - len, "%s%s:%s", len ? " " : "", ((struct ear *)w)->name,
             what);
}

static void on_event(struct run_watch *w, struct run *run, const struct run_news *news)
{
    (void)run;
    note(w, news->delta ? "delta" : "event");
}

static void on_ready(struct run_watch *w, struct run *run)
{
    struct ear *ear = (struct ear *)w;
    (void)run;
    note(w, "ready");
    if (ear->leaves)
        run_watch_take(ear->leaves, w);
}

static void on_unkillable(struct run_watch *w, struct run *run)
{
    (void)run;
    note(w, "unkillable");
}

static void on_ended(struct run_watch *w, struct run *run)
{
    (void)run;
    note(w, "ended");
}

static void on_refused(struct run_watch *w, struct run *run)
{
    (void)run;
    note(w, "refused");
}

static void on_drop(struct run_watch *w)
{
    note(w, "drop");
}

#define ALL(r)                                                                                     \
    {                                                                                              \
        .rank = (r), .event = on_event, .ready = on_ready, .unkillable = on_unkillable,            \
        .ended = on_ended, .refused = on_refused, .drop = on_drop                                  \
    }

static const struct run_watch_ops OPS[] = {
    [RANK_SUBSCRIPTION] = ALL(RANK_SUBSCRIPTION),
    [RANK_MONITOR] = ALL(RANK_MONITOR),
    [RANK_START] = ALL(RANK_START),
    [RANK_TERMINATE] = ALL(RANK_TERMINATE),
    [RANK_AWAIT] = ALL(RANK_AWAIT),
    [RANK_PROBE] = ALL(RANK_PROBE),
    [RANK_BATCH] = ALL(RANK_BATCH),
};
static const struct run_watch_ops DEAF = {.rank = RANK_MONITOR, .drop = on_drop};

/* ---- */

static void the_rank_is_the_order_of_telling(void **state)
{
    (void)state;
    static const enum run_rank HUNG[] = {RANK_BATCH,   RANK_AWAIT,        RANK_START,    RANK_PROBE,
                                         RANK_MONITOR, RANK_SUBSCRIPTION, RANK_TERMINATE};
    static const char *const NAMES[] = {"subscription", "monitor", "start", "terminate",
                                        "await",        "probe",   "batch"};
    struct run_watches all = {0};
    struct ear ears[7] = {0};
    for (size_t i = 0; i < 7; i++) {
        ears[i].name = NAMES[HUNG[i]];
        run_watch_hang(&all, &ears[i].watch, &OPS[HUNG[i]]);
    }
    run_watches_unkillable(&all, NULL);
    assert_string_equal(what_was_heard(),
                        "subscription:unkillable monitor:unkillable start:unkillable "
                        "terminate:unkillable await:unkillable probe:unkillable batch:unkillable");
    run_watches_ended(&all, NULL);
    assert_string_equal(what_was_heard(), "subscription:ended monitor:ended start:ended "
                                          "terminate:ended await:ended probe:ended batch:ended");
    assert_null(all.first);
}

static void of_one_rank_the_older_is_told_first(void **state)
{
    (void)state;
    struct run_watches all = {0};
    struct ear a = {.name = "a"}, b = {.name = "b"}, c = {.name = "c"}, before = {.name = "0"};
    run_watch_hang(&all, &a.watch, &OPS[RANK_MONITOR]);
    run_watch_hang(&all, &b.watch, &OPS[RANK_MONITOR]);
    run_watch_hang(&all, &before.watch, &OPS[RANK_SUBSCRIPTION]);
    run_watch_hang(&all, &c.watch, &OPS[RANK_MONITOR]);
    struct run_news news = {.delta = true};
    run_watches_event(&all, NULL, &news);
    assert_string_equal(what_was_heard(), "0:delta a:delta b:delta c:delta");
    assert_ptr_equal(run_watch_find(&all, &OPS[RANK_MONITOR]), &a.watch);
    run_watch_take(&all, &a.watch);
    assert_ptr_equal(run_watch_find(&all, &OPS[RANK_MONITOR]), &b.watch);
    assert_null(run_watch_find(&all, &OPS[RANK_BATCH]));
    run_watches_refused(&all, NULL);
    assert_string_equal(what_was_heard(), "0:refused b:refused c:refused");
}

static void a_watch_may_leave_while_it_is_told(void **state)
{
    (void)state;
    struct run_watches all = {0};
    struct ear a = {.name = "a", .leaves = &all}, b = {.name = "b"};
    run_watch_hang(&all, &a.watch, &OPS[RANK_START]);
    run_watch_hang(&all, &b.watch, &OPS[RANK_START]);
    run_watches_ready(&all, NULL);
    assert_string_equal(what_was_heard(), "a:ready b:ready");
    run_watches_ended(&all, NULL);
    assert_string_equal(what_was_heard(), "b:ended");
}

/* As a probe does: it waits for the ready like a start, and for the end behind all others. */
static void a_watch_may_take_another_rank(void **state)
{
    (void)state;
    struct run_watches all = {0};
    struct ear probe = {.name = "probe"}, await = {.name = "await"};
    run_watch_hang(&all, &probe.watch, &OPS[RANK_START]);
    run_watch_hang(&all, &await.watch, &OPS[RANK_AWAIT]);
    run_watch_take(&all, &probe.watch);
    run_watch_hang(&all, &probe.watch, &OPS[RANK_PROBE]);
    run_watches_ended(&all, NULL);
    assert_string_equal(what_was_heard(), "await:ended probe:ended");
}

static void who_does_not_want_to_hear_is_dropped_at_the_end(void **state)
{
    (void)state;
    struct run_watches all = {0};
    struct ear deaf = {.name = "deaf"};
    struct run_news news = {0};
    run_watch_hang(&all, &deaf.watch, &DEAF);
    run_watches_event(&all, NULL, &news);
    run_watches_ready(&all, NULL);
    run_watches_unkillable(&all, NULL);
    assert_string_equal(what_was_heard(), "");
    run_watches_ended(&all, NULL);
    assert_string_equal(what_was_heard(), "deaf:drop");
    run_watch_hang(&all, &deaf.watch, &DEAF);
    run_watches_refused(&all, NULL);
    assert_string_equal(what_was_heard(), "deaf:drop");
    run_watch_hang(&all, &deaf.watch, &OPS[RANK_AWAIT]);
    run_watches_drop(&all);
    assert_string_equal(what_was_heard(), "deaf:drop");
    assert_null(all.first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rank_is_the_order_of_telling),
        cmocka_unit_test(of_one_rank_the_older_is_told_first),
        cmocka_unit_test(a_watch_may_leave_while_it_is_told),
        cmocka_unit_test(a_watch_may_take_another_rank),
        cmocka_unit_test(who_does_not_want_to_hear_is_dropped_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
