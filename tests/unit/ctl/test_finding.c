/* When somebody means by "2h": a time that is read as another one hides the run that is looked
 * for. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "ctl/session/finding.h"

static void a_word_of_time_is_a_stamp(void **state)
{
    (void)state;
    static const int64_t NOW = 1767323045678; /* 2026-01-02T03:04:05.678Z */
    static const char *const CASES[][2] = {
        {"0s", "2026-01-02T03:04:05.678Z"},
        {"5s", "2026-01-02T03:04:00.678Z"},
        {"2m", "2026-01-02T03:02:05.678Z"},
        {"3h", "2026-01-02T00:04:05.678Z"},
        {"1d", "2026-01-01T03:04:05.678Z"},
        {"1w", "2025-12-26T03:04:05.678Z"},
        {"1000000w", "1970-01-01T00:00:00.000Z"},
        {"1000001w", "1000001w"},
        {"-1d", "-1d"},
        {"d", "d"},
        {"", ""},
        {"1x", "1x"},
        {"1hh", "1hh"},
        {"2026-01-02", "2026-01-02T00:00:00Z"},
        {"2026-01-02T03:04:05+01:00", "2026-01-02T03:04:05+01:00"},
    };
    char stamp[CLOCK_RFC3339_SIZE];
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        assert_int_equal(finding_time(CASES[i][0], NOW, stamp), 0);
        assert_string_equal(stamp, CASES[i][1]);
    }
    assert_int_equal(finding_time("1767323045678901234567890123456", NOW, stamp), 0);
    assert_int_equal(finding_time("17673230456789012345678901234567", NOW, stamp), -EINVAL);
    assert_int_equal(finding_time("0000000000000000000000000000001h", NOW, stamp), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_word_of_time_is_a_stamp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
