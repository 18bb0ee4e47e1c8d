/* How long a provider wants to be left alone, to the millisecond: in every unit, every date form
 * and every header that any of them uses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "heap_kept.h"
#include "runner/net/rate_limit.h"
#include "runner/net/retry_after.h"

static const int64_t YEAR_MS = (int64_t)366 * 86400 * 1000;

static void is(const char *what, int64_t got, int64_t wanted)
{
    if (got != wanted)
        fail_msg("%s: %lld, not %lld", what, (long long)got, (long long)wanted);
}

static int64_t time_of(const char *text)
{
    int64_t ms;
    assert_int_equal(clock_parse_rfc3339(text, &ms), 0);
    return ms;
}

static void durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } ROWS[] = {
        {"0s", 0},
        {"  3s", 3000},
        {"1ms", 1},
        {"1999us", 1},
        {"999us", 0},
        {"2000000ns", 2},
        {"1m", 60000},
        {"1h", 3600000},
        {"1d", 86400000},
        {"2d1h1m1s1ms", 176461001},
        {"0.25s", 250},
        {"1s1s", 2000},
        {"366d", (int64_t)366 * 86400000},
        {"366d1ms", (int64_t)366 * 86400000},
        {"365d23h59m59s999ms", (int64_t)366 * 86400000 - 1},
        {"8785h", (int64_t)366 * 86400000},
        {"1h2", -1},
        {"1s-1s", -1},
        {"1s 1s", -1},
        {"1w", -1},
        {"s", -1},
        {"-1s", -1},
        {"1.5", 1500},
        {"1.2.3", -1},
        {".5", -1},
        {"0", 0},
        {"31622400", (int64_t)31622400 * 1000},
        {"31622401", (int64_t)31622400 * 1000},
        {"31622399", (int64_t)31622399 * 1000},
        {"2024-05-01T10:00:00.001Z", 1},
        {"2024-05-01T09:59:59.999Z", 0},
        {"2025-05-02T10:00:00Z", (int64_t)366 * 86400000},
        {"2025-05-02T10:00:01Z", (int64_t)366 * 86400000},
        {"2025-05-02T09:59:59Z", (int64_t)366 * 86400000 - 1000},
        {"2024-05-01T10:00", -1},
        {"2024-05-01", -1},
    };
    int64_t now = time_of("2024-05-01T10:00:00.000Z");
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        is(ROWS[i].text, rate_limit_reset_ms(ROWS[i].text, now), ROWS[i].ms);
}

/* From 1000000000 on a number is a point in time in seconds, from 1000000000000 on in ms. */
static void numbers_that_are_points_in_time(void **state)
{
    (void)state;
    is("a second", rate_limit_reset_ms("1000000000", 999999993000), 7000);
    is("no second yet", rate_limit_reset_ms("999999999", 999999993000), YEAR_MS);
    is("a millisecond", rate_limit_reset_ms("1000000000000", 999999999993), 7);
    is("no millisecond yet", rate_limit_reset_ms("999999999999", 999999999993), YEAR_MS);
    is("it is over", rate_limit_reset_ms("1000000000", 1000000000001), 0);
    is("it is over", rate_limit_reset_ms("1000000000000", 1000000000001), 0);
}

struct headers {
    const char *remaining, *left, *reset, *value;
};

static const char *look_up(void *context, const char *name)
{
    const struct headers *h = context;
    return !strcmp(name, h->remaining) ? h->left : !strcmp(name, h->reset) ? h->value : NULL;
}

static void every_header_makes_us_wait(void **state)
{
    (void)state;
    static const char *const NAMES[][2] = {
        {"x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"},
        {"x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"},
        {"x-ratelimit-remaining", "x-ratelimit-reset"},
        {"anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"},
        {"anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"},
        {"anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset"},
        {"anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset"},
    };
    static const struct {
        const char *left, *value;
        int64_t ms;
    } ROWS[] = {{"0", "4s", 4000}, {"0", "0", 0},    {"1", "4s", -1},    {"00", "4s", -1},
                {"", "4s", -1},    {NULL, "4s", -1}, {"0", "later", -1}, {"0", NULL, -1}};
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        for (size_t k = 0; k < sizeof ROWS / sizeof ROWS[0]; k++) {
            struct headers h = {NAMES[i][0], ROWS[k].left, NAMES[i][1], ROWS[k].value};
            is(NAMES[i][0], rate_limit_wait_ms(look_up, &h, 0), ROWS[k].ms);
        }
    }
}

static void seconds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } ROWS[] = {
        {"0", 0},
        {"   7", 7000},
        {"007", 7000},
        {"5.", 5000},
        {"0.1239", 123},
        {"0.007", 7},
        {"1.2.3", -1},
        {"1 ", -1},
        {".5", -1},
        {"\t5", -1},
        {"31622399.999", (int64_t)31622400 * 1000 - 1},
        {"31622400", (int64_t)31622400 * 1000},
        {"31622401", (int64_t)31622400 * 1000},
        {"316224000", (int64_t)31622400 * 1000},
        {"9223372036854775807", (int64_t)31622400 * 1000},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        is(ROWS[i].text, retry_after_ms(ROWS[i].text, 0), ROWS[i].ms);
}

static void every_month_in_every_form(void **state)
{
    (void)state;
    static const char *const MONTHS[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    for (int i = 0; i < 12; i++) {
        char text[64];
        snprintf(text, sizeof text, "2021-%02d-05T06:07:08.000Z", i + 1);
        int64_t now = time_of(text) - 11000;
        snprintf(text, sizeof text, "Mon, 05 %s 2021 06:07:08 GMT", MONTHS[i]);
        is(text, retry_after_ms(text, now), 11000);
        snprintf(text, sizeof text, "Wednesday, 05-%s-21 06:07:08 GMT", MONTHS[i]);
        is(text, retry_after_ms(text, now), 11000);
        snprintf(text, sizeof text, "Mon %s  5 06:07:08 2021", MONTHS[i]);
        is(text, retry_after_ms(text, now), 11000);
        is(text, retry_after_ms(text, now + 11000), 0);
        is(text, retry_after_ms(text, now + 11001), 0);
        is(text, retry_after_ms(text, now + 10999), 1);
        is(text, retry_after_ms(text, now + 11000 - YEAR_MS), YEAR_MS);
        is(text, retry_after_ms(text, now + 11001 - YEAR_MS), YEAR_MS - 1);
        is(text, retry_after_ms(text, now + 10999 - YEAR_MS), YEAR_MS);
    }
    is("2069", retry_after_ms("Sunday, 06-Jan-69 00:00:00 GMT", time_of("2069-01-05T23:59:59Z")),
       1000);
    is("1970", retry_after_ms("Sunday, 06-Jan-70 00:00:00 GMT", time_of("1970-01-05T23:59:59Z")),
       1000);
    is("1999", retry_after_ms("Sunday, 06-Jan-99 00:00:00 GMT", time_of("1999-01-05T23:59:59Z")),
       1000);
}

static void what_is_no_date(void **state)
{
    (void)state;
    static const char *const WRONG[] = {
        "Mon, 05 jan 2021 06:07:08 GMT", "Mon, 05 Janu 2021 06:07:08 GMT",
        "Mon, Jan 2021 06:07:08 GMT",    "Mon, 05 Jan 2021 06:07",
        "Monday, 05-Jan-21 06:07",       "Mon Jan  5 06:07:08",
        "Monday, 05-Foo-21 06:07:08",    "Mon Foo  5 06:07:08 2021",
    };
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++)
        is(WRONG[i], retry_after_ms(WRONG[i], 0), -1);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(durations);
    assert_keeps_nothing(numbers_that_are_points_in_time);
    assert_keeps_nothing(every_header_makes_us_wait);
    assert_keeps_nothing(seconds);
    assert_keeps_nothing(every_month_in_every_form);
    assert_keeps_nothing(what_is_no_date);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations),
        cmocka_unit_test(numbers_that_are_points_in_time),
        cmocka_unit_test(every_header_makes_us_wait),
        cmocka_unit_test(seconds),
        cmocka_unit_test(every_month_in_every_form),
        cmocka_unit_test(what_is_no_date),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
