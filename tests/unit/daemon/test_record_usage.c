/* What a run has cost, as every list tells it: a sum that overflows, or a member of another kind,
 * is a price that nobody paid. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "daemon/records/record_usage.h"

#define MOST "9223372036854775807"

static void expect(const char *usage, const char *wanted)
{
    struct buf got = BUF_INIT(256);
    assert_int_equal(
        record_usage_members(&got, (struct json_span){usage, usage ? strlen(usage) : 0}), 0);
    assert_string_equal(buf_str(&got), wanted);
    buf_release(&got);
}

static void tokens_are_added_and_a_cost_is_a_number(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {
        {"{\"input_tokens\":5,\"output_tokens\":2,\"cost\":0.5}", ",\"tokens\":7,\"cost\":0.5"},
        {"{\"input_tokens\":5,\"output_tokens\":2,\"cost\":1}", ",\"tokens\":7,\"cost\":1"},
        {"{\"input_tokens\":5,\"cost\":\"much\"}", ",\"tokens\":5,\"cost\":null"},
        {"{\"output_tokens\":2,\"cost\":null}", ",\"tokens\":2,\"cost\":null"},
        {"{\"input_tokens\":0,\"output_tokens\":0}", ",\"tokens\":0,\"cost\":null"},
        {"{}", ",\"tokens\":0,\"cost\":null"},
        {"{\"input_tokens\":9223372036854775806,\"output_tokens\":1}",
         ",\"tokens\":" MOST ",\"cost\":null"},
        {"{\"input_tokens\":" MOST ",\"output_tokens\":1}", ",\"tokens\":" MOST ",\"cost\":null"},
        {"{\"input_tokens\":-1,\"output_tokens\":5}", ",\"tokens\":" MOST ",\"cost\":null"},
        {"{\"input_tokens\":5,\"output_tokens\":-1}", ",\"tokens\":" MOST ",\"cost\":null"},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
        expect(CASES[i][0], CASES[i][1]);
}

static void what_is_no_usage_tells_nothing(void **state)
{
    (void)state;
    static const char *const CASES[] = {NULL, "null", "[]", "7", "\"{}\""};
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
        expect(CASES[i], ",\"tokens\":null,\"cost\":null");
}

static void a_cost_is_a_number_or_not_known(void **state)
{
    (void)state;
    static const struct {
        const char *usage;
        double cost; /* below 0: not known */
    } CASES[] = {
        {"{\"cost\":0.25,\"input_tokens\":9}", 0.25},
        {"{\"cost\":3}", 3},
        {"{\"cost\":\"3\"}", -1},
        {"{\"cost\":null}", -1},
        {"{}", -1},
        {"null", -1},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        const struct record_usage usage =
            record_usage_read((struct json_span){CASES[i].usage, strlen(CASES[i].usage)});
        const double cost = record_usage_cost(&usage);
        if (CASES[i].cost < 0)
            assert_true(isnan(cost));
        else
            assert_float_equal(cost, CASES[i].cost, 1e-9);
    }
}

static void a_buffer_without_room_is_told(void **state)
{
    (void)state;
    struct buf got = BUF_INIT(12);
    assert_true(record_usage_members(&got, (struct json_span){"{}", 2}) < 0);
    assert_true(record_usage_members(&got, (struct json_span){0}) < 0);
    buf_release(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_added_and_a_cost_is_a_number),
        cmocka_unit_test(what_is_no_usage_tells_nothing),
        cmocka_unit_test(a_cost_is_a_number_or_not_known),
        cmocka_unit_test(a_buffer_without_room_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
