/* What a provider reports is a stranger's word: a number beyond all bounds must not end the run or
 * switch the budget off, none at all must not make it free, and limits are compared as what they
 * are, integers. */
#include <math.h>

#include "drive.h"
#include "runner/deliberation/state/ledger.h"
#include "runner/deliberation/state/usage.h"
#include "runner/deliberation/words/text.h"

#define PANEL(budget)                                                                              \
    "{\"id\": \"x\", \"budget\": " budget ", \"members\": " THREE                                  \
    ", \"rounds\": [" ROUND("independent_analysis") "]}"
#define USED(in, out) "{\"input_tokens\": " in ", \"output_tokens\": " out "}"
#define MOST          "9223372036854775807"

static json_t *flags_of(struct drive *d, const char *id)
{
    json_t *results = at_path(d->result, "rounds.0.member_results");
    return json_object_get(json_object_get(results, id), "flags");
}

static void numbers_beyond_all_bounds(void **state)
{
    (void)state;
    struct drive d =
        drive_new(PANEL("{\"max_tokens\": 1000000}"),
                  "{\"r0i0:member:ann\": [{\"usage\": " USED(
                      MOST, MOST) "}], "
                                  "\"r0i0:member:bob\": [{\"usage\": " USED(
                                      MOST, "5") ", \"delay_ms\": 200}], "
                                                 "\"r0i0:member:cy\": [{\"usage\": " USED(
                                                     "-9223372036854775807", "5") "}]}");
    drive_run(&d);
    assert_at(d.result, "rounds.0.member_results.ann.usage.input_tokens", "1000000000");
    assert_at(d.result, "rounds.0.member_results.ann.usage.output_tokens", "1000000000");
    assert_at(d.result, "rounds.0.member_results.cy.usage.input_tokens", "null");
    assert_true(j_array_has(flags_of(&d, "ann"), "usage_implausible"));
    assert_true(j_array_has(flags_of(&d, "bob"), "usage_implausible"));
    assert_true(has_warning(&d, "usage_implausible"));
    assert_at(d.result, "usage.input_tokens", "2000000000");
    assert_true(json_integer_value(at_path(d.result, "budget.charged_tokens")) > 3000000000);
    drive_release(&d);
}

/* The first answer uses all of it up: the others must not be asked. */
static void the_budget_stays_on(void **state)
{
    (void)state;
    static const char *const told[] = {"10000000000", MOST};
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        char script[500];
        snprintf(
            script, sizeof script,
            "{\"r0i0:member:ann\": [{\"usage\": {\"input_tokens\": %s, \"output_tokens\": %s}}]}",
            told[i], told[i]);
        struct drive d =
            drive_new("{\"id\": \"x\", \"budget\": {\"max_tokens\": 100000}, \"members\": " THREE
                      ", \"rounds\": [{\"type\": \"independent_analysis\", \"max_parallel\": 1}]}",
                      script);
        drive_run(&d);
        assert_at(d.result, "rounds.0.member_results.bob.status", "\"budget\"");
        assert_at(d.result, "rounds.0.member_results.cy.status", "\"budget\"");
        drive_release(&d);
    }
}

static void nothing_used_is_not_believed(void **state)
{
    (void)state;
    char text[3201], script[4000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    snprintf(script, sizeof script,
             "{\"r0i0:member:ann\": [{\"text\": \"%s\", \"usage\": " USED("0", "0") "}]}", text);
    struct drive d = drive_new("{\"id\": \"x\", \"members\": [{\"id\": \"ann\", \"provider\": "
                               "\"mock\", \"model\": \"m\", \"price\": {\"input\": 0, \"output\": "
                               "10}}], \"rounds\": [" ROUND("independent_analysis") "]}",
                               script);
    drive_run(&d);
    assert_at(d.result, "rounds.0.member_results.ann.usage.output_tokens", "0"); /* its word */
    assert_true(j_array_has(flags_of(&d, "ann"), "usage_implausible"));
    /* a token holds 16 bytes at most; and what was asked is not nothing */
    assert_true(json_integer_value(at_path(d.result, "budget.charged_tokens")) > 3200 / 16);
    assert_float_equal(json_number_value(at_path(d.result, "budget.charged_cost")),
                       3200 / 16 * 10 / 1e6, 1e-12);
    drive_release(&d);
    d = drive_new(PANEL("{}"), "{}");
    drive_run(&d);
    assert_at(flags_of(&d, "ann"), "", "[]");
    assert_false(has_warning(&d, "usage_implausible"));
    assert_at(d.result, "budget.charged_tokens", "45");
    drive_release(&d);
}

static void great_limits_are_limits(void **state)
{
    (void)state;
    static const char *const limits[] = {
        "{\"max_tokens\": 20000000000}", "{\"max_calls\": 20000000000}",
        "{\"max_cost\": 20000000000, \"allow_unknown_price\": true}",
        "{\"max_tokens\": 1000000000000000, \"max_calls\": 1000000000000000}"};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        char council[2000];
        snprintf(council, sizeof council, PANEL("%s"), limits[i]);
        struct drive d = drive_new(council, "{}");
        drive_run(&d);
        assert_string_equal(d.outcome, "complete");
        drive_release(&d);
    }
}

static void a_limit_is_exact(void **state)
{
    (void)state;
    struct ledger l = {.max_tokens = 20000000000, .max_calls = -1, .max_cost = NAN};
    struct reservation all = {.tokens = 20000000000}, more = {.tokens = 20000000001};
    assert_int_equal(ledger_fits(&l, all, 1, true), LEDGER_OK);
    assert_int_equal(ledger_fits(&l, more, 1, true), LEDGER_FULL);
    l.max_tokens = 1000000000000000;
    l.chair_reserve = 0.2;
    all.tokens = 800000000000000;
    more.tokens = 800000000000001;
    assert_int_equal(ledger_fits(&l, all, 1, false), LEDGER_OK);
    assert_int_equal(ledger_fits(&l, more, 1, false), LEDGER_FULL);
    l.tokens = INT64_MAX - 1;
    assert_int_equal(ledger_fits(&l, all, 1, true), LEDGER_FULL);
    ledger_settle(&l, (struct reservation){0}, all, false);
    assert_true(l.tokens == INT64_MAX);
}

/* Members leave a fifth to the chair; what is reserved counts as spent. */
static void each_limit_alone(void **state)
{
    (void)state;
    static const struct {
        int64_t tokens, calls;
        double cost;
        struct reservation sum;
        int64_t n;
        enum ledger_answer member, chair;
    } CASES[] = {
        {100, -1, NAN, {.tokens = 50}, 1, LEDGER_OK, LEDGER_OK},
        {100, -1, NAN, {.tokens = 51}, 1, LEDGER_FULL, LEDGER_OK},
        {100, -1, NAN, {.tokens = 70}, 1, LEDGER_FULL, LEDGER_OK},
        {100, -1, NAN, {.tokens = 71}, 1, LEDGER_FULL, LEDGER_FULL},
        {0, -1, NAN, {.tokens = 0}, 1, LEDGER_FULL, LEDGER_FULL},
        {-1, 10, NAN, {.tokens = 9}, 3, LEDGER_OK, LEDGER_OK},
        {-1, 10, NAN, {.tokens = 9}, 4, LEDGER_FULL, LEDGER_OK},
        {-1, 10, NAN, {.tokens = 9}, 5, LEDGER_FULL, LEDGER_OK},
        {-1, 10, NAN, {.tokens = 9}, 6, LEDGER_FULL, LEDGER_FULL},
        {-1, -1, 10, {.cost = 5}, 1, LEDGER_OK, LEDGER_OK},
        {-1, -1, 10, {.cost = 5.5}, 1, LEDGER_FULL, LEDGER_OK},
        {-1, -1, 10, {.cost = 7}, 1, LEDGER_FULL, LEDGER_OK},
        {-1, -1, 10, {.cost = 7.5}, 1, LEDGER_FULL, LEDGER_FULL},
        {-1, -1, 10, {.cost = NAN}, 1, LEDGER_UNKNOWN_PRICE, LEDGER_UNKNOWN_PRICE},
        {-1, -1, NAN, {.tokens = 9, .cost = NAN}, 9, LEDGER_OK, LEDGER_OK},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct ledger l = {.max_tokens = CASES[i].tokens,
                           .max_calls = CASES[i].calls,
                           .max_cost = CASES[i].cost,
                           .chair_reserve = 0.2,
                           .tokens = 20,
                           .reserved_tokens = 10,
                           .calls = 3,
                           .reserved_calls = 2,
                           .cost = 2,
                           .reserved_cost = 1};
        if (ledger_fits(&l, CASES[i].sum, CASES[i].n, false) != CASES[i].member ||
            ledger_fits(&l, CASES[i].sum, CASES[i].n, true) != CASES[i].chair)
            fail_msg("case %zu", i);
        l.allow_unknown_price = true;
        assert_int_equal(ledger_fits(&l, (struct reservation){.cost = NAN}, 0, true),
                         CASES[i].tokens == 0 ? LEDGER_FULL : LEDGER_OK);
    }
}

/* What is reserved is given back whole, and what was charged is kept. */
static void reserved_and_settled(void **state)
{
    (void)state;
    struct ledger l = {.max_tokens = 100, .max_calls = -1, .max_cost = NAN};
    struct reservation a = {.tokens = 40, .cost = 0.1}, b = {.tokens = 50, .cost = NAN};
    assert_int_equal(ledger_reserve(&l, a, false), LEDGER_OK);
    assert_int_equal(ledger_reserve(&l, b, false), LEDGER_OK);
    assert_int_equal(ledger_reserve(&l, a, false), LEDGER_FULL);
    assert_int_equal(l.reserved_tokens, 90);
    assert_int_equal(l.reserved_calls, 2);
    assert_float_equal(l.reserved_cost, 0.1, 1e-12);
    ledger_settle(&l, b, (struct reservation){.tokens = 7, .cost = 0.5}, true);
    assert_int_equal(l.reserved_tokens, 40);
    assert_float_equal(l.reserved_cost, 0.1, 1e-12);
    ledger_settle(&l, a, (struct reservation){.tokens = 5, .cost = NAN}, false);
    assert_int_equal(l.reserved_tokens, 0);
    assert_int_equal(l.reserved_calls, 0);
    assert_true(l.reserved_cost == 0);
    assert_int_equal(l.tokens, 12);
    assert_int_equal(l.calls, 2);
    assert_float_equal(l.cost, 0.5, 1e-12);
    assert_int_equal(l.estimated_tokens, 7);
    assert_int_equal(l.peak_reserved_tokens, 90);
    assert_int_equal(l.refused_calls, 0);
}

static void sums_end_at_the_greatest_number(void **state)
{
    (void)state;
    struct usage sum = {.input = INT64_MAX - 1, .output = 1, .cached = -1, .reasoning = -1};
    usage_add(&sum, (struct usage){.input = 5, .output = 5, .cached = -1, .reasoning = 7});
    assert_true(sum.input == INT64_MAX);
    assert_int_equal(sum.output, 6);
    assert_int_equal(sum.cached, -1);
    assert_int_equal(sum.reasoning, 7);
}

static void great_scores_are_compared(void **state)
{
    (void)state;
    assert_int_equal(score_compare(1e10, 2e10), -1);
    assert_int_equal(score_compare(2e10, 1e10), 1);
    assert_int_equal(score_compare(2e10, 2e10), 0);
    assert_int_equal(score_compare(-INFINITY, 1), -1);
    assert_int_equal(score_compare(INFINITY, INFINITY), 0);
    assert_int_equal(score_compare(1e10, 1), 1);
    assert_int_equal(score_compare(0.1 + 0.2, 0.3), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(great_limits_are_limits),
        cmocka_unit_test(a_limit_is_exact),
        cmocka_unit_test(each_limit_alone),
        cmocka_unit_test(reserved_and_settled),
        cmocka_unit_test(nothing_used_is_not_believed),
        cmocka_unit_test(the_budget_stays_on),
        cmocka_unit_test(great_scores_are_compared),
        cmocka_unit_test(sums_end_at_the_greatest_number),
        cmocka_unit_test(numbers_beyond_all_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
