/* The end of a record that nobody closed is looked for within bounds: a run may have written lines
 * as long as it liked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/fd.h"
#include "daemon/records/record_lost_end.h"
#include "daemon/records/record_texts.h"

#define SPEC   "{\"type\":\"spec\"}\n"
#define RESULT "{\"type\":\"result\",\"outcome\":\"degraded\",\"result\":{}}\n"

/* What is found with a line of so many bytes behind the result. */
static enum outcome found_before(size_t len)
{
    struct record_vouch v = {.spec = {.at = 0, .len = strlen(SPEC) - 1}};
    enum outcome outcome = OUTCOME_NONE;
    const int64_t begin = strlen(SPEC RESULT), size = begin + (int64_t)len + 1;
    int fd = memfd_create("record", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(fd_write_all(fd, SPEC RESULT, (size_t)begin), 0);
    assert_int_equal(ftruncate(fd, size - 1), 0); /* bytes without a line break */
    assert_int_equal(lseek(fd, 0, SEEK_END), size - 1);
    assert_int_equal(fd_write_all(fd, "\n", 1), 0);
    assert_int_equal(record_lost_result(fd, size, &v, &outcome), 0);
    fd_close(&fd);
    return outcome;
}

static void a_long_line_behind_it_is_passed_over(void **state)
{
    (void)state;
    assert_int_equal(found_before(RECORD_TEXT_MAX), OUTCOME_DEGRADED);
}

static void behind_one_that_is_longer_nothing_is_looked_for(void **state)
{
    (void)state;
    assert_int_equal(found_before((size_t)RECORD_TEXT_MAX + 1), OUTCOME_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_line_behind_it_is_passed_over),
        cmocka_unit_test(behind_one_that_is_longer_nothing_is_looked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
