/* The numbers that a monitoring stands on: one that falls, or rises for something else, raises an
 * alarm over nothing or none at all. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "daemon/core/stats.h"

static void ends_are_counted_by_reason_and_by_outcome(void **state)
{
    (void)state;
    for (int reason = 0; reason < REASON_KIND_COUNT; reason++)
        for (int outcome = 0; outcome < OUTCOME_COUNT; outcome++) {
            struct stats s = {0}, wanted = {.duration_ms = 7, .durations = {1}};
            wanted.reasons[reason] = wanted.outcomes[outcome] = 1;
            const struct stats_end end = {.reason = (enum reason_kind)reason,
                                          .outcome = (enum outcome)outcome,
                                          .duration_ms = 7,
                                          .tokens = -1,
                                          .cost = 5};
            stats_ended(&s, &end);
            assert_memory_equal(&s, &wanted, sizeof s);
            stats_ended(&s, &end);
            assert_int_equal(s.reasons[reason], 2);
            assert_int_equal(s.outcomes[outcome], 2);
        }
}

static void an_end_stands_in_one_bucket(void **state)
{
    (void)state;
    assert_int_equal(STATS_BOUNDS_MS[0], 1000);
    assert_int_equal(STATS_BOUNDS_MS[STATS_BOUNDS - 1], 60 * 60 * 1000);
    for (size_t i = 0; i < STATS_BOUNDS; i++) {
        struct stats s = {0};
        struct stats_end end = {.duration_ms = STATS_BOUNDS_MS[i], .tokens = -1};
        assert_true(i == 0 || STATS_BOUNDS_MS[i] > STATS_BOUNDS_MS[i - 1]);
        stats_ended(&s, &end);
        assert_int_equal(s.durations[i], 1);
        end.duration_ms++;
        stats_ended(&s, &end);
        assert_int_equal(s.durations[i], 1);
        assert_int_equal(s.durations[i + 1], 1);
        assert_int_equal(s.duration_ms, 2 * STATS_BOUNDS_MS[i] + 1);
    }
    struct stats s = {0};
    stats_ended(&s, &(struct stats_end){.duration_ms = INT64_MAX, .tokens = -1});
    stats_ended(&s, &(struct stats_end){.duration_ms = INT64_MAX, .tokens = -1});
    assert_int_equal(s.durations[STATS_BOUNDS], 2);
    assert_true(s.duration_ms == INT64_MAX);
}

static void what_they_used_is_summed(void **state)
{
    (void)state;
    static const struct {
        int64_t tokens;
        double cost;
        int64_t is_tokens;
        double is_cost;
        int64_t is_unpriced;
    } CASES[] = {
        {40, 0.25, 40, 0.25, 0},       {2, 0, 42, 0.25, 0},
        {-1, 0.5, 42, 0.25, 0},        {0, (double)NAN, 42, 0.25, 1},
        {8, -0.5, 50, 0.25, 2},        {0, 1e9, 50, 1e9 + 0.25, 2},
        {0, 1.1e9, 50, 1e9 + 0.25, 3}, {INT64_MAX, 0, INT64_MAX, 1e9 + 0.25, 3},
    };
    struct stats s = {0};
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        stats_ended(&s, &(struct stats_end){.tokens = CASES[i].tokens, .cost = CASES[i].cost});
        assert_true(s.tokens == CASES[i].is_tokens);
        assert_float_equal(s.cost, CASES[i].is_cost, 1e-9);
        assert_int_equal(s.unpriced, CASES[i].is_unpriced);
    }
}

static void each_event_has_its_own_number(void **state)
{
    (void)state;
    struct stats s = {0}, wanted = {.starts = 2};
    stats_started(&s);
    stats_started(&s);
    assert_memory_equal(&s, &wanted, sizeof s);
    for (int i = 0; i < RPC_REASON_COUNT; i++) {
        wanted.refused[i]++;
        stats_refused(&s, (enum rpc_reason)i);
        assert_memory_equal(&s, &wanted, sizeof s);
    }
    wanted.dropped = 8;
    stats_dropped(&s, 5);
    stats_dropped(&s, 3);
    assert_memory_equal(&s, &wanted, sizeof s);
    stats_dropped(&s, INT64_MAX);
    assert_true(s.dropped == INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_are_counted_by_reason_and_by_outcome),
        cmocka_unit_test(an_end_stands_in_one_bucket),
        cmocka_unit_test(what_they_used_is_summed),
        cmocka_unit_test(each_event_has_its_own_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
