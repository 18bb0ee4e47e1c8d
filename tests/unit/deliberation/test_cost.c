/* Token counts and money: what nobody told stays unknown, a sum never turns over, and what comes
 * from a cache has its own price only where there is one. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/jx.h"
#include "runner/deliberation/state/usage.h"
#include "value_of.h"

#define COUNT(cases) (sizeof(cases) / sizeof(*(cases)))

static void expect_usage(const char *about, struct usage got, struct usage expected)
{
    if (got.input != expected.input || got.output != expected.output ||
        got.cached != expected.cached || got.reasoning != expected.reasoning)
        fail_msg("%s: %lld %lld %lld %lld", about, (long long)got.input, (long long)got.output,
                 (long long)got.cached, (long long)got.reasoning);
}

static void counts_that_were_told(void **state)
{
    (void)state;
    static const struct {
        const char *told;
        struct usage read;
    } CASES[] = {
        {"null", {-1, -1, -1, -1}},
        {"{}", {-1, -1, -1, -1}},
        {"[1, 2]", {-1, -1, -1, -1}},
        {"{\"input_tokens\": 1}", {1, -1, -1, -1}},
        {"{\"output_tokens\": 2}", {-1, 2, -1, -1}},
        {"{\"cached_input_tokens\": 3}", {-1, -1, 3, -1}},
        {"{\"reasoning_tokens\": 4}", {-1, -1, -1, 4}},
        {"{\"input_tokens\": 5, \"output_tokens\": 6, \"cached_input_tokens\": 7, "
         "\"reasoning_tokens\": 8}",
         {5, 6, 7, 8}},
        {"{\"input_tokens\": 0, \"output_tokens\": -1, \"cached_input_tokens\": -2, "
         "\"reasoning_tokens\": -9223372036854775808}",
         {0, -1, -1, -1}},
        {"{\"input_tokens\": 999999999, \"output_tokens\": 1000000000, \"cached_input_tokens\": "
         "1000000001, \"reasoning_tokens\": 9223372036854775807}",
         {999999999, 1000000000, 1000000000, 1000000000}},
        {"{\"input_tokens\": 1.0, \"output_tokens\": \"2\", \"cached_input_tokens\": null, "
         "\"reasoning_tokens\": true}",
         {-1, -1, -1, -1}},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        json_t *told = value_of(CASES[i].told);
        expect_usage(CASES[i].told, usage_read(told), CASES[i].read);
        json_decref(told);
    }
    expect_usage("nothing", usage_read(NULL), USAGE_UNKNOWN);
}

static void counts_as_they_are_told(void **state)
{
    (void)state;
    static const struct {
        struct usage usage;
        bool known;
        const char *text;
    } CASES[] = {
        {{-1, -1, -1, -1}, false, "null"},
        {{0, -1, -1, -1},
         true,
         "{\"input_tokens\":0,\"output_tokens\":null,\"cached_input_tokens\":null,"
         "\"reasoning_tokens\":null}"},
        {{-1, 0, -1, -1},
         true,
         "{\"input_tokens\":null,\"output_tokens\":0,\"cached_input_tokens\":null,"
         "\"reasoning_tokens\":null}"},
        {{-1, -1, 0, -1},
         true,
         "{\"input_tokens\":null,\"output_tokens\":null,\"cached_input_tokens\":0,"
         "\"reasoning_tokens\":null}"},
        {{-1, -1, -1, 0},
         true,
         "{\"input_tokens\":null,\"output_tokens\":null,\"cached_input_tokens\":null,"
         "\"reasoning_tokens\":0}"},
        {{1, 2, 3, 4},
         true,
         "{\"input_tokens\":1,\"output_tokens\":2,\"cached_input_tokens\":3,"
         "\"reasoning_tokens\":4}"},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        json_t *told = usage_json(CASES[i].usage);
        char *text = json_dumps(told, JSON_COMPACT | JSON_ENCODE_ANY);
        assert_string_equal(text, CASES[i].text);
        assert_int_equal(usage_known(CASES[i].usage), CASES[i].known);
        free(text);
        json_decref(told);
    }
}

/* Each count by itself, beside three that nothing is added to. */
static void sums_of_counts(void **state)
{
    (void)state;
    static const struct {
        int64_t sum, more, expected;
    } CASES[] = {
        {-1, -1, -1},
        {-1, 0, 0},
        {-1, 5, 5},
        {0, -1, 0},
        {5, -1, 5},
        {0, 0, 0},
        {5, 0, 5},
        {5, 6, 11},
        {INT64_MAX - 1, 1, INT64_MAX},
        {INT64_MAX, 0, INT64_MAX},
        {INT64_MAX, 1, INT64_MAX},
        {1, INT64_MAX, INT64_MAX},
        {INT64_MAX, INT64_MAX, INT64_MAX},
        {INT64_MAX, -1, INT64_MAX},
    };
    static const size_t COUNTS[] = {offsetof(struct usage, input), offsetof(struct usage, output),
                                    offsetof(struct usage, cached),
                                    offsetof(struct usage, reasoning)};
    for (size_t i = 0; i < COUNT(CASES) * COUNT(COUNTS); i++) {
        size_t at = COUNTS[i % COUNT(COUNTS)], n = i / COUNT(COUNTS);
        struct usage sum = {11, 12, 13, 14}, more = USAGE_UNKNOWN, expected = sum;
        *(int64_t *)((char *)&sum + at) = CASES[n].sum;
        *(int64_t *)((char *)&more + at) = CASES[n].more;
        *(int64_t *)((char *)&expected + at) = CASES[n].expected;
        usage_add(&sum, more);
        expect_usage("a sum", sum, expected);
    }
    assert_true(sum_saturated(INT64_MAX - 2, 1) == INT64_MAX - 1);
    assert_true(sum_saturated(INT64_MAX - 2, 2) == INT64_MAX);
    assert_true(sum_saturated(INT64_MAX - 2, 3) == INT64_MAX);
}

static void text_that_nobody_counted(void **state)
{
    (void)state;
    static const struct {
        size_t bytes;
        int64_t tokens;
    } CASES[] = {{0, 0}, {1, 1}, {2, 1}, {3, 1}, {4, 2}, {6, 2}, {7, 3}, {3000000000, 1000000000}};
    for (size_t i = 0; i < COUNT(CASES); i++)
        assert_int_equal(tokens_estimated(CASES[i].bytes), CASES[i].tokens);
}

#define MILLION 1000000
#define CACHE   "{\"input\": 2, \"output\": 10, \"cached_input\": 0.5}"

/* expected NAN: the cost is unknown. */
static void costs(void **state)
{
    (void)state;
    static const struct {
        const char *price;
        struct usage usage;
        double expected;
    } CASES[] = {
        /* no price, or half of one */
        {"null", {1, 1, 0, 0}, NAN},
        {"{}", {1, 1, 0, 0}, NAN},
        {"{\"input\": 2}", {1, 0, 0, 0}, NAN},
        {"{\"output\": 2}", {0, 1, 0, 0}, NAN},
        {"{\"input\": null, \"output\": 2}", {0, 1, 0, 0}, NAN},
        {"{\"input\": 2, \"output\": null}", {1, 0, 0, 0}, NAN},
        {"{\"input\": \"2\", \"output\": 2}", {1, 1, 0, 0}, NAN},
        {"{\"input\": 2, \"output\": true}", {1, 1, 0, 0}, NAN},
        /* a count is unknown */
        {CACHE, {-1, -1, -1, -1}, NAN},
        {CACHE, {-1, 5, 3, 2}, NAN},
        {CACHE, {5, -1, 3, 2}, NAN},
        /* per million, each side at its own price */
        {CACHE, {0, 0, -1, -1}, 0},
        {CACHE, {MILLION, 0, -1, -1}, 2},
        {CACHE, {0, MILLION, -1, -1}, 10},
        {CACHE, {MILLION, MILLION, -1, -1}, 12},
        {CACHE, {1, 0, -1, -1}, 2e-6},
        {CACHE, {0, 1, -1, -1}, 10e-6},
        {"{\"input\": 0.25, \"output\": 1.5}", {2 * MILLION, 4 * MILLION, -1, -1}, 6.5},
        {"{\"input\": 0, \"output\": 0}", {MILLION, MILLION, MILLION, MILLION}, 0},
        /* thinking is a part of what was spoken */
        {CACHE, {MILLION, MILLION, 0, MILLION}, 12},
        /* a part from a cache */
        {CACHE, {MILLION, 0, 0, -1}, 2},
        {CACHE, {MILLION, 0, 1, -1}, 2 - 1.5e-6},
        {CACHE, {MILLION, 0, 400000, -1}, 0.6 * 2 + 0.4 * 0.5},
        {CACHE, {MILLION, MILLION, 400000, -1}, 0.6 * 2 + 0.4 * 0.5 + 10},
        {CACHE, {MILLION, 0, MILLION - 1, -1}, 0.5 + 1.5e-6},
        {CACHE, {MILLION, 0, MILLION, -1}, 0.5},
        {CACHE, {MILLION, 0, MILLION + 1, -1}, 2}, /* more than all: no part of it */
        {CACHE, {0, MILLION, 5, -1}, 10},
        /* what is cached has no price of its own, or costs nothing */
        {"{\"input\": 2, \"output\": 10}", {MILLION, 0, 400000, -1}, 2},
        {"{\"input\": 2, \"output\": 10, \"cached_input\": null}", {MILLION, 0, 400000, -1}, 2},
        {"{\"input\": 2, \"output\": 10, \"cached_input\": \"1\"}", {MILLION, 0, 400000, -1}, 2},
        {"{\"input\": 2, \"output\": 10, \"cached_input\": 0}", {MILLION, 0, 400000, -1}, 1.2},
        /* beyond all reason, and finite */
        {"{\"input\": 1e9, \"output\": 1e9}", {TOKENS_MAX, TOKENS_MAX, -1, -1}, 2e12},
        {"{\"input\": 1e9, \"output\": 0}", {INT64_MAX, 0, -1, -1}, 9223372036854775807.0 * 1e3},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        json_t *price = value_of(CASES[i].price);
        double got = usage_cost(CASES[i].usage, price), expected = CASES[i].expected;
        bool same = isnan(expected) ? isnan(got) : fabs(got - expected) <= 1e-12 * (1 + expected);
        if (!same)
            fail_msg("case %zu, %s: %.17g, not %.17g", i, CASES[i].price, got, expected);
        json_decref(price);
    }
    assert_true(isnan(usage_cost((struct usage){1, 1, 0, 0}, NULL)));
}

static void expect_sum(struct cost c, double sum, int unknown, const char *told)
{
    json_t *value = cost_json(c);
    char *text = json_dumps(value, JSON_ENCODE_ANY);
    assert_true(c.sum == sum);
    assert_int_equal(c.unknown, unknown);
    assert_string_equal(text, told);
    free(text);
    json_decref(value);
}

static void sums_of_money(void **state)
{
    (void)state;
    struct cost c = {0};
    expect_sum(c, 0, 0, "0.0");
    cost_add(&c, 0.25);
    expect_sum(c, 0.25, 0, "0.25");
    cost_add(&c, 0);
    cost_add(&c, 0.5);
    expect_sum(c, 0.75, 0, "0.75");
    cost_add(&c, (double)NAN);
    expect_sum(c, 0.75, 1, "null");
    cost_add(&c, 0.25);
    cost_add(&c, (double)NAN);
    expect_sum(c, 1, 2, "null");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_that_were_told),
        cmocka_unit_test(counts_as_they_are_told),
        cmocka_unit_test(sums_of_counts),
        cmocka_unit_test(text_that_nobody_counted),
        cmocka_unit_test(costs),
        cmocka_unit_test(sums_of_money),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
