/* Of a line that stands in a record all counts or nothing: a result is taken from a whole line,
 * what is written can be read back, and half an end is not said to be the run's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "record_fixture.h"

static struct record_key end_with(struct record *record, const char *down, int wanted)
{
    const struct record_key key = *record_key(record);
    assert_int_equal(record_end(record, down, strlen(down)), wanted);
    record_free(record);
    return key;
}

/* ---- a result in its place ---- */

static void what_is_no_whole_line_is_no_result(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t at, bytes;
    } CASES[] = {
        {"x" RESULT "\n", 1, sizeof RESULT - 1}, /* its line begins before */
        {RESULT "x\n", 0, sizeof RESULT - 1},    /* it ends behind */
        {RESULT, 0, sizeof RESULT - 1},          /* it has not ended */
        {" " RESULT "\n", 1, sizeof RESULT - 1}, /* white space is of the line too */
        {RESULT " \n", 0, sizeof RESULT - 1},    /* also behind it */
        {RESULT "\n", -1, sizeof RESULT},        /* with the break in front */
        {RESULT "\n", 0, sizeof RESULT},         /* or behind */
        {"{\n\"result\":1}\n", 0, 13},           /* two lines */
        {"{\"result\":1\n}\n", 0, 13},           /* two lines */
    };
    const int64_t first = strlen(SPEC) + strlen(SPEC_LINE);
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct record *record = begin("a", 1000 + (int64_t)i);
        append(record, CASES[i].text);
        assert_int_equal(record_take_result(record, first + CASES[i].at, CASES[i].bytes, 1 << 20),
                         -EBADMSG);
        append(record, "\n" RESULT "\n");
        const int64_t at = first + (int64_t)strlen(CASES[i].text) + 1;
        assert_int_equal(record_take_result(record, at, strlen(RESULT), 1 << 20), 0);
        end_with(record, DOWN, 0);
    }
}

/* ---- what is written can be read back ---- */

static void a_spec_that_is_long_is_read_as_it_was_written(void **state)
{
    (void)state;
    enum { LONG = 64 * 1024 * 1024 };
    _cleanup_free_ char *spec = malloc(LONG + 100), *text = NULL;
    const int begun = snprintf(spec, 100, "{\"council_id\":\"three\",\"input\":\"");
    memset(spec + begun, 'x', LONG);
    memcpy(spec + begun + LONG, "\"}", 3);
    struct record *record;
    size_t len;
    assert_int_equal(record_open(records, "a", 1000, spec, strlen(spec), &record), 0);
    const struct record_key key = end_with(record, DOWN, 0);
    assert_int_equal(records_read_spec(records, &key, &text, &len), 0);
    assert_int_equal(len, strlen(spec) + strlen(SPEC_LINE) - 1);
    assert_string_equal(text + strlen(SPEC_LINE), spec + 1);
}

static void what_is_too_long_to_be_read_is_not_written(void **state)
{
    (void)state;
    struct record *record = NULL;
    _cleanup_free_ char *spec = calloc(1, RECORD_SPEC_MAX);
    const struct buf line = {.at = spec, .len = (size_t)RECORD_TEXT_MAX + 1};
    spec[0] = '{';
    assert_int_equal(record_open(records, "a", 1000, spec, RECORD_SPEC_MAX, &record), -EMSGSIZE);
    assert_null(record);
    assert_false(exists(&folder, "open/" FILE_A));
    record = begin("a", 1000);
    assert_int_equal(record_add_result(record, &line), -EFBIG);
    end_with(record, DOWN, 0);
}

/* ---- half an end ---- */

static int64_t room; /* until the disk is full */

static ssize_t write_until_full(int fd, const void *bytes, size_t len)
{
    const size_t fits = (int64_t)len < room ? len : (size_t)room;
    if (!fits) {
        errno = ENOSPC;
        return -1;
    }
    room -= (int64_t)fits;
    return write(fd, bytes, fits);
}

static int no_ftruncate(int fd, off_t len)
{
    (void)fd;
    (void)len;
    errno = EIO;
    return -1;
}

/* Half of councild's own line is no line that the run left torn, however often it was tried. */
static void a_try_that_failed_tears_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++) {
        const bool torn = i & 1, kept = i & 2, twice = i & 4;
        teardown(NULL);
        setup(NULL);
        struct record *record = begin("a", 1000);
        append(record, torn ? "{\"seq\":1}\n{\"se" : "{\"seq\":1}\n");
        _cleanup_free_ char *before = strdup(get_file(&folder, "open/" FILE_A));
        sys.write = write_until_full;
        sys.ftruncate = kept ? no_ftruncate : sys.ftruncate;
        room = 20;
        const struct record_key key = end_with(record, DOWN, -ENOSPC);
        if (twice) {
            sys.ftruncate = ftruncate;
            room = torn; /* the line break alone, or nothing */
            assert_int_equal(records_close_again(records), 1);
        }
        sys_reset();
        if (kept && !twice)
            assert_true(strlen(get_file(&folder, "open/" FILE_A)) > strlen(before));
        else
            assert_string_equal(get_file(&folder, "open/" FILE_A), before);
        assert_int_equal(records_close_again(records), 0);
        assert_int_equal(strstr(row_of(&key), "torn") != NULL, torn);
        const char *text = get_file(&folder, "runs/" FILE_A);
        assert_memory_equal(text, before, strlen(before));
        text += strlen(before);
        expect_in(text, torn ? "\n{\"type\":\"down\"" : "{\"type\":\"down\"");
        assert_ptr_equal(strchr(text + torn, '\n'), text + strlen(text) - 1);
    }
}

/* What somebody has written behind it stays. */
static void a_try_that_failed_takes_nothing_away(void **state)
{
    (void)state;
    struct record *record = begin("a", 1000);
    int kept = record_descriptor(record);
    sys.write = write_until_full;
    sys.ftruncate = no_ftruncate;
    room = 20;
    const struct record_key key = end_with(record, DOWN, -ENOSPC);
    sys_reset();
    assert_int_equal(fd_write_all(kept, "late", 4), 0);
    close(kept);
    assert_int_equal(records_close_again(records), 0);
    expect_in(get_file(&folder, "runs/" FILE_A), "{\"type\":\"down\",\"size"
                                                 "late\n{");
    expect_in(row_of(&key), "\"torn\":true");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_no_whole_line_is_no_result),
        TEST(a_spec_that_is_long_is_read_as_it_was_written),
        TEST(what_is_too_long_to_be_read_is_not_written),
        TEST(a_try_that_failed_tears_nothing),
        TEST(a_try_that_failed_takes_nothing_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
