/* A time stamp that is off by its offset or its fraction puts a record into the wrong order. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/clock.h"

static const struct {
    int64_t ms;
    const char *text;
} STAMPS[] = {
    {0, "1970-01-01T00:00:00.000Z"},
    {1, "1970-01-01T00:00:00.001Z"},
    {999, "1970-01-01T00:00:00.999Z"},
    {1000, "1970-01-01T00:00:01.000Z"},
    {-1, "1969-12-31T23:59:59.999Z"},
    {-999, "1969-12-31T23:59:59.001Z"},
    {-1000, "1969-12-31T23:59:59.000Z"},
    {-1001, "1969-12-31T23:59:58.999Z"},
    {951782399999, "2000-02-28T23:59:59.999Z"},
    {1795437720123, "2026-11-23T12:42:00.123Z"},
};

static void stamps_go_both_ways(void **state)
{
    (void)state;
    char text[CLOCK_RFC3339_SIZE];
    for (size_t i = 0; i < ARRAY_LEN(STAMPS); i++) {
        int64_t back = 7;
        assert_ptr_equal(clock_rfc3339(STAMPS[i].ms, text), text);
        assert_string_equal(text, STAMPS[i].text);
        assert_int_equal(clock_parse_rfc3339(text, &back), 0);
        assert_true(back == STAMPS[i].ms);
    }
}

/* No year of nine digits fits; the fraction is still told. */
static void a_year_too_long(void **state)
{
    (void)state;
    char text[CLOCK_RFC3339_SIZE];
    assert_string_equal(clock_rfc3339(INT64_MAX, text), ".807Z");
    assert_string_equal(clock_rfc3339(253402300800001, text), "10000-01-01T00:00:00.001Z");
}

static const struct {
    const char *text;
    int64_t ms;
} READ[] = {
    {"1970-01-01T00:00:02Z", 2000},      {"1970-01-01T00:00:02.5Z", 2500},
    {"1970-01-01T00:00:02.05Z", 2050},   {"1970-01-01T00:00:02.905Z", 2905},
    {"1970-01-01T00:00:02.9059Z", 2905}, {"1970-01-01T00:00:02.905999999Z", 2905},
    {"1970-01-01T01:00:00+01:00", 0},    {"1970-01-01T05:45:00.25+05:45", 250},
    {"1969-12-31T22:30:00-01:30", 0},    {"1969-12-31T23:59:00.001-00:01", 1},
    {"1970-01-01T00:00:00+00:00", 0},
};

static const char *const WRONG[] = {"",
                                    "yesterday",
                                    "1970-01-01",
                                    "1970-01-01T00:00:00",
                                    "1970-01-01T00:00:00z",
                                    "1970-01-01T00:00:00Zx",
                                    "1970-01-01T00:00:00.5",
                                    "1970-01-01T00:00:00./Z",
                                    "1970-01-01T00:00:00.:Z",
                                    "1970-01-01T00:00:00.1x",
                                    "1970-01-01T00:00:00,5Z",
                                    "1970-01-01T00:00:00+01",
                                    "1970-01-01T00:00:00+0100",
                                    "1970-01-01T00:00:00+1:00",
                                    "1970-01-01T00:00:00+01:0",
                                    "1970-01-01T00:00:00+01:00Z",
                                    "1970-01-01T00:00:00-x1:00",
                                    "1970-13-01T00:00:00Z"};

static void what_others_write(void **state)
{
    (void)state;
    int64_t ms = 7;
    for (size_t i = 0; i < ARRAY_LEN(READ); i++) {
        assert_int_equal(clock_parse_rfc3339(READ[i].text, &ms), 0);
        if (ms != READ[i].ms)
            fail_msg("%s: %lld", READ[i].text, (long long)ms);
    }
    ms = 7;
    for (size_t i = 0; i < ARRAY_LEN(WRONG); i++)
        if (clock_parse_rfc3339(WRONG[i], &ms) != -EINVAL)
            fail_msg("taken: %s", WRONG[i]);
    assert_true(ms == 7);
}

static int64_t us_of(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void which_clock_is_read(void **state)
{
    (void)state;
    const int64_t mono = us_of(CLOCK_MONOTONIC), wall = us_of(CLOCK_REALTIME) / 1000;
    const int64_t us = clock_mono_us(), ms = clock_mono_ms(), stamp = clock_wall_ms();
    assert_true(us >= mono && us <= us_of(CLOCK_MONOTONIC));
    assert_true(ms >= mono / 1000 && ms <= us_of(CLOCK_MONOTONIC) / 1000);
    /* Nobody promises that the wall clock is not set in between, but it is not set to 1970. */
    assert_true(stamp > wall / 2 && stamp < wall * 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stamps_go_both_ways),
        cmocka_unit_test(a_year_too_long),
        cmocka_unit_test(what_others_write),
        cmocka_unit_test(which_clock_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
