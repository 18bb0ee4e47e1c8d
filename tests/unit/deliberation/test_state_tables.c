/* What a run keeps between its rounds, each by itself: money to the last token, timers by time and
 * turn, wishes that are taken back. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/jx.h"
#include "runner/deliberation/state/engine_timer.h"
#include "runner/deliberation/state/ledger.h"
#include "runner/deliberation/state/outbox.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/state/want.h"
#include "value_of.h"

#define COUNT(cases) (sizeof(cases) / sizeof(*(cases)))

static struct ledger ledger_of(const char *limits)
{
    struct ledger l;
    char text[300];
    snprintf(text, sizeof text, "{%s\"allow_unknown_price\": false}", limits);
    json_t *budget = value_of(text);
    ledger_init(&l, budget);
    json_decref(budget);
    return l;
}

#define FEW "\"max_tokens\": 100, \"max_calls\": 10, \"max_cost\": 2.0, \"chair_reserve\": 0.25, "

/* Beside 30 tokens, 2 calls and 0.5 that are settled, and as much that is reserved. */
static void what_fits_into_a_ledger(void **state)
{
    (void)state;
    static const struct {
        const char *limits;
        int64_t tokens, n;
        double cost;
        bool chair;
        enum ledger_answer answer;
    } CASES[] = {
        {"\"chair_reserve\": 0.25, ", 1000000, 1000, 1000, false, LEDGER_OK},
        {"\"chair_reserve\": 0.25, ", 1, 1, NAN, false, LEDGER_OK},
        {FEW, 15, 3, 0.5, false, LEDGER_OK},
        {FEW, 16, 3, 0.5, false, LEDGER_FULL},
        {FEW, 15, 4, 0.5, false, LEDGER_FULL}, /* three quarters of ten are seven */
        {FEW, 15, 3, 0.51, false, LEDGER_FULL},
        {FEW, 40, 6, 1, true, LEDGER_OK},
        {FEW, 41, 6, 1, true, LEDGER_FULL},
        {FEW, 40, 7, 1, true, LEDGER_FULL},
        {FEW, 40, 6, 1.01, true, LEDGER_FULL},
        {FEW, 15, 3, NAN, false, LEDGER_UNKNOWN_PRICE},
        {FEW, 1000, 3, NAN, false, LEDGER_UNKNOWN_PRICE},
        {"\"max_tokens\": 60, \"chair_reserve\": 0, ", 0, 9, NAN, false, LEDGER_OK},
        {"\"max_tokens\": 60, \"chair_reserve\": 0, ", 1, 9, NAN, false, LEDGER_FULL},
        {"\"max_tokens\": 0, \"chair_reserve\": 0, ", 0, 0, 0, true, LEDGER_FULL},
        {"\"max_calls\": 4, \"chair_reserve\": 0, ", 99, 0, NAN, false, LEDGER_OK},
        {"\"max_calls\": 4, \"chair_reserve\": 0, ", 99, 1, NAN, false, LEDGER_FULL},
        {"\"max_cost\": 1.0, \"chair_reserve\": 0, ", 99, 9, 0, false, LEDGER_OK},
        {"\"max_cost\": 1.0, \"chair_reserve\": 0, ", 99, 9, 0.01, false, LEDGER_FULL},
        {"\"max_tokens\": 700, \"chair_reserve\": 0.9, ", 10, 0, 0, false, LEDGER_OK},
        {"\"max_tokens\": 700, \"chair_reserve\": 0.9, ", 11, 0, 0, false, LEDGER_FULL},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct ledger l = ledger_of(CASES[i].limits);
        struct reservation sum = {.tokens = CASES[i].tokens, .cost = CASES[i].cost};
        l.tokens = l.reserved_tokens = 30;
        l.calls = l.reserved_calls = 2;
        l.cost = l.reserved_cost = 0.5;
        const enum ledger_answer answer = ledger_fits(&l, sum, CASES[i].n, CASES[i].chair);
        if (answer != CASES[i].answer)
            fail_msg("case %zu: %d", i, (int)answer);
        assert_int_equal(l.reserved_tokens, 30);
        if (CASES[i].n != 1)
            continue;
        assert_int_equal(ledger_reserve(&l, sum, CASES[i].chair), answer);
        assert_int_equal(l.reserved_calls, answer == LEDGER_OK ? 3 : 2);
    }
}

static void what_is_reserved_and_settled(void **state)
{
    (void)state;
    struct ledger l = ledger_of(FEW);
    const struct reservation a = {.tokens = 40, .cost = 0.1}, b = {.tokens = 20, .cost = 0.2};
    assert_true(ledger_limited(&l));
    assert_int_equal(ledger_reserve(&l, a, false), LEDGER_OK);
    assert_int_equal(ledger_reserve(&l, b, false), LEDGER_OK);
    assert_int_equal(ledger_reserve(&l, a, false), LEDGER_FULL);
    assert_int_equal(l.reserved_tokens, 60);
    assert_int_equal(l.reserved_calls, 2);
    assert_true(fabs(l.reserved_cost - 0.3) < 1e-12);
    assert_int_equal(l.peak_reserved_tokens, 60);
    ledger_settle(&l, a, (struct reservation){.tokens = 7, .cost = 0.05}, true);
    assert_int_equal(l.reserved_tokens, 20);
    assert_int_equal(l.reserved_calls, 1);
    assert_true(fabs(l.reserved_cost - 0.2) < 1e-12);
    assert_int_equal(l.tokens, 7);
    assert_int_equal(l.calls, 1);
    assert_int_equal(l.estimated_tokens, 7);
    ledger_settle(&l, b, (struct reservation){.tokens = 5, .cost = NAN}, false);
    assert_true(l.reserved_cost == 0);
    assert_int_equal(l.tokens, 12);
    assert_int_equal(l.calls, 2);
    assert_true(fabs(l.cost - 0.05) < 1e-12);
    assert_int_equal(l.estimated_tokens, 7);
    assert_int_equal(l.peak_reserved_tokens, 60);
    l.refused_calls = 3;
    json_t *told = ledger_json(&l),
           *expected =
               value_of("{\"limits\": {\"max_tokens\": 100, \"max_cost\": 2.0, \"max_calls\": 10, "
                        "\"chair_reserve\": 0.25}, \"charged_tokens\": 12, \"charged_cost\": 0.05, "
                        "\"peak_reserved_tokens\": 60, \"refused_calls\": 3}");
    assert_true(json_equal(told, expected));
    json_decref(told);
    json_decref(expected);
}

static void limits_that_are_none(void **state)
{
    (void)state;
    struct ledger l = ledger_of("\"chair_reserve\": 0, ");
    json_t *told = ledger_json(&l), *limits = j_get(told, "limits");
    assert_null(j_get(limits, "max_tokens"));
    assert_null(j_get(limits, "max_calls"));
    assert_null(j_get(limits, "max_cost"));
    json_decref(told);
    assert_false(ledger_limited(&l));
    l = ledger_of("\"max_calls\": 1, \"chair_reserve\": 0, ");
    assert_false(ledger_limited(&l));
    l = ledger_of("\"max_tokens\": 0, \"chair_reserve\": 0, ");
    assert_true(ledger_limited(&l));
    l = ledger_of("\"max_cost\": 0, \"chair_reserve\": 0, ");
    assert_true(ledger_limited(&l));
    json_t *parts = reservation_json_parts((struct reservation){1, 0.5, 2, 0.25});
    json_t *expected =
        value_of("{\"tokens\": 1, \"cost\": 0.5, \"output_tokens\": 2, \"output_cost\": 0.25}");
    assert_true(json_equal(parts, expected));
    json_decref(parts);
    json_decref(expected);
}

static void timers_by_time_and_turn(void **state)
{
    (void)state;
    struct engine e = {0};
    struct engine_timer a = {0}, b = {0}, c = {0};
    assert_null(engine_timer_first(&e));
    engine_timer_clear(&e, &a);
    engine_timer_set(&e, &a, 20, NULL, &a);
    engine_timer_set(&e, &b, 10, NULL, &b);
    engine_timer_set(&e, &c, 10, NULL, &c);
    assert_ptr_equal(engine_timer_first(&e), &b);
    engine_timer_set(&e, &b, 10, NULL, &b); /* now it was set last */
    assert_ptr_equal(engine_timer_first(&e), &c);
    engine_timer_set(&e, &c, 30, NULL, &c);
    assert_ptr_equal(engine_timer_first(&e), &b);
    engine_timer_clear(&e, &b);
    engine_timer_clear(&e, &b);
    assert_false(b.set);
    assert_ptr_equal(engine_timer_first(&e), &a);
    assert_int_equal(a.due, 20);
    assert_ptr_equal(a.arg, &a);
    engine_timer_clear(&e, &a);
    assert_ptr_equal(engine_timer_first(&e), &c);
    engine_timer_clear(&e, &c);
    assert_null(engine_timer_first(&e));
}

/* What is taken out, one after the other: "attempt 1, abort 1". */
static void expect_wants(struct engine *e, const char *expected)
{
    static const char *const names[] = {[ENGINE_ATTEMPT] = "attempt",
                                        [ENGINE_ABORT] = "abort",
                                        [ENGINE_TOOL] = "tool",
                                        [ENGINE_ABORT_TOOL] = "abort_tool"};
    const struct engine_want *w;
    char text[200] = "";
    size_t len = 0;
    while ((w = outbox_next_want(e)))
        len +=
            (size_t)snprintf(text + len, sizeof text - len, "%s%s %s%d%s", len ? ", " : "",
                             names[w->kind], w->call_id, w->attempt, w->tool_id ? w->tool_id : "");
    assert_string_equal(text, expected);
}

static void push(struct engine *e, enum engine_want_kind kind, struct seat_call *c, int attempt,
                 const char *tool_id)
{
    struct engine_want w = {
        .kind = kind, .call_id = c->id, .attempt = attempt, .tool_id = tool_id, .tool = tool_id};
    engine_push_want(e, w, c);
}

static void wishes_that_are_taken_back(void **state)
{
    (void)state;
    struct engine e = {0};
    char id_a[] = "a", id_b[] = "b";
    struct seat_call a = {.id = id_a}, b = {.id = id_b};
    push(&e, ENGINE_ATTEMPT, &a, 1, NULL);
    push(&e, ENGINE_ATTEMPT, &b, 1, NULL);
    push(&e, ENGINE_ABORT, &a, 1, NULL); /* nobody has taken it */
    expect_wants(&e, "attempt b1");
    push(&e, ENGINE_ABORT, &b, 1, NULL);
    expect_wants(&e, "abort b1");
    push(&e, ENGINE_ATTEMPT, &a, 2, NULL);
    push(&e, ENGINE_ABORT, &a, 1, NULL); /* of another attempt */
    expect_wants(&e, "attempt a2, abort a1");
    push(&e, ENGINE_TOOL, &a, 1, "x");
    push(&e, ENGINE_TOOL, &a, 1, "y");
    push(&e, ENGINE_TOOL, &b, 1, "x");
    push(&e, ENGINE_ABORT_TOOL, &a, 1, "x");
    expect_wants(&e, "tool a1y, tool b1x");
    push(&e, ENGINE_ABORT_TOOL, &a, 1, "y");
    expect_wants(&e, "abort_tool a1y");
    push(&e, ENGINE_ATTEMPT, &a, 1, NULL);
    push(&e, ENGINE_TOOL, &b, 1, "x");
    push(&e, ENGINE_TOOL, &a, 1, "y");
    push(&e, ENGINE_TOOL, &a, 1, "x");
    push(&e, ENGINE_ABORT_TOOL, &a, 1, "x"); /* the first that is there is another's */
    expect_wants(&e, "attempt a1, tool b1x, tool a1y");
    push(&e, ENGINE_ATTEMPT, &a, 3, NULL);
    push(&e, ENGINE_TOOL, &a, 3, "z");
    push(&e, ENGINE_ABORT, &a, 2, NULL);
    push(&e, ENGINE_ATTEMPT, &b, 3, NULL);
    engine_drop_wants(&e, &a);
    expect_wants(&e, "abort a2, attempt b3");
    push(&e, ENGINE_ATTEMPT, &a, 4, NULL);
    outbox_release(&e);
}

/* Events come out before any wish does. */
static void events_before_wishes(void **state)
{
    (void)state;
    char run_id[] = "run", id[] = "a";
    struct engine e = {.run_id = run_id, .now = 7};
    struct seat_call a = {.id = id};
    push(&e, ENGINE_ATTEMPT, &a, 1, NULL);
    engine_emit(&e, "p", "one", json_pack("{si}", "k", 1));
    engine_emit(&e, "", "two", json_object());
    assert_null(outbox_next_want(&e));
    json_t *one = outbox_next_event(&e), *two = outbox_next_event(&e);
    json_t *expected = value_of("{\"v\": 1, \"run_id\": \"run\", \"seq\": 1, \"ts\": "
                                "\"1970-01-01T00:00:00.007Z\", \"ms\": 7, \"path\": \"p\", "
                                "\"type\": \"one\", \"k\": 1}");
    assert_true(json_equal(one, expected));
    assert_int_equal(j_int(two, "seq", 0), 2);
    assert_null(outbox_next_event(&e));
    expect_wants(&e, "attempt a1");
    json_decref(one);
    json_decref(two);
    json_decref(expected);
    outbox_release(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits_into_a_ledger),
        cmocka_unit_test(what_is_reserved_and_settled),
        cmocka_unit_test(limits_that_are_none),
        cmocka_unit_test(timers_by_time_and_turn),
        cmocka_unit_test(wishes_that_are_taken_back),
        cmocka_unit_test(events_before_wishes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
