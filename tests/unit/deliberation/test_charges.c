/* What an answer counts for in the budget and in the effort: as told, but for what cannot be. */
#include "drive.h"

static struct drive answered(const char *tier, int bytes, const char *usage)
{
    char council[400], script[800], text[200];
    memset(text, 'a', sizeof text);
    text[bytes] = '\0';
    snprintf(council, sizeof council,
             "{\"id\": \"x\", \"members\": [{\"id\": \"ann\", \"provider\": \"mock\", \"model\": "
             "\"m\", \"tier\": \"%s\"}], \"rounds\": [{\"type\": \"independent_analysis\"}]}",
             tier);
    snprintf(script, sizeof script, "{\"r0i0:member:ann\": [{\"text\": \"%s\", \"usage\": %s}]}",
             text, usage);
    struct drive d = drive_new(council, script);
    drive_run(&d);
    return d;
}

static void each_tier_weighs_its_tokens(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {
        {"nano", "2.0"}, {"mini", "4.0"}, {"mid", "8.0"}, {"large", "16.0"}, {"reasoning", "32.0"}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct drive d =
            answered(CASES[i][0], 1, "{\"input_tokens\": 1000, \"output_tokens\": 3000}");
        assert_at(d.result, "complexity.actual", CASES[i][1]);
        drive_release(&d);
    }
}

#define USED(in, out, more) "{\"input_tokens\": " in ", \"output_tokens\": " out more "}"

/* Sixteen bytes of an answer are at least one token. */
static void what_cannot_be(void **state)
{
    (void)state;
    static const struct {
        int bytes;
        const char *usage;
        int64_t charged;
        bool believed;
    } CASES[] = {
        {160, USED("10", "11", ""), 21, true},
        {160, USED("10", "10", ""), 20, true},
        {160, USED("10", "9", ""), 20, false},
        {159, USED("10", "9", ""), 19, true},
        {1, USED("999999999", "5", ""), 1000000004, true},
        {1, USED("1000000000", "5", ""), 1000000005, false},
        {1, USED("5", "999999999", ""), 1000000004, true},
        {1, USED("5", "1000000000", ""), 1000000005, false},
        {1, USED("5", "5", ", \"cached_input_tokens\": 1000000000"), 10, false},
        {1, USED("5", "5", ", \"cached_input_tokens\": 999999999"), 10, true},
        {1, USED("5", "5", ", \"reasoning_tokens\": 1000000000"), 10, false},
        {1, USED("5", "5", ", \"reasoning_tokens\": 999999999"), 10, true},
        {1, USED("1", "0", ""), 1, true},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct drive d = answered("mid", CASES[i].bytes, CASES[i].usage);
        json_t *charged = at_path(nth_event(&d, "exchange_completed", 0), "charged.tokens");
        if (json_integer_value(charged) != CASES[i].charged)
            fail_msg("%s is charged as %lld", CASES[i].usage,
                     (long long)json_integer_value(charged));
        assert_at(d.result, "rounds.0.member_results.ann.flags",
                  CASES[i].believed ? "[]" : "[\"usage_implausible\"]");
        assert_int_equal(has_warning(&d, "usage_implausible"), !CASES[i].believed);
        assert_false(has_warning(&d, "usage_estimated"));
        drive_release(&d);
    }
}

/* Who says nothing of one of the two has said nothing. */
static void what_is_estimated(void **state)
{
    (void)state;
    static const char *const CASES[] = {"{}", "{\"input_tokens\": 5}", "{\"output_tokens\": 5}"};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct drive d = answered("mid", 160, CASES[i]);
        json_t *charged = at_path(nth_event(&d, "exchange_completed", 0), "charged.tokens");
        assert_true(json_integer_value(charged) > 40);
        assert_true(has_warning(&d, "usage_estimated"));
        assert_false(has_warning(&d, "usage_implausible"));
        assert_at(d.result, "rounds.0.member_results.ann.attempts.0.usage_estimated", "true");
        drive_release(&d);
    }
}

/* One token counts, and none does not. */
static void small_numbers_are_effort(void **state)
{
    (void)state;
    static const struct {
        const char *usage;
        double tokens;
    } CASES[] = {{USED("1", "1", ""), 2}, {USED("1", "0", ""), 1}, {USED("0", "2", ""), 2}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct drive d = answered("mid", 1, CASES[i].usage);
        json_t *effort = at_path(d.result, "complexity.actual");
        assert_float_equal(json_number_value(effort) * 500, CASES[i].tokens, 1e-9);
        drive_release(&d);
    }
}

/* Where nothing is told of the request all of it is paid for as input that is new. */
static void a_request_untold_is_paid_in_full(void **state)
{
    (void)state;
    struct drive d = drive_new(
        "{\"id\": \"x\", \"members\": [{\"id\": \"ann\", \"provider\": \"mock\", \"model\": \"m\", "
        "\"price\": {\"input\": 10, \"cached_input\": 0, \"output\": 20}}], \"rounds\": [" ROUND(
            "independent_analysis") "]}",
        "{\"r0i0:member:ann\": [{\"text\": \"a\", \"usage\": " USED("0", "0", "") "}]}");
    drive_run(&d);
    json_int_t tokens = json_integer_value(at_path(d.result, "budget.charged_tokens"));
    assert_true(tokens > 2);
    assert_float_equal(json_number_value(at_path(d.result, "budget.charged_cost")),
                       (double)tokens * 10 / 1e6, 1e-12);
    drive_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_tier_weighs_its_tokens),
        cmocka_unit_test(what_cannot_be),
        cmocka_unit_test(what_is_estimated),
        cmocka_unit_test(small_numbers_are_effort),
        cmocka_unit_test(a_request_untold_is_paid_in_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
