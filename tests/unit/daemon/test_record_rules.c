/* What else holds for every record: a result that is taken from a place where none stands, an end
 * that says a thing twice, a pin that goes with another's, or one record put over another. */
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

/* ---- the beginning ---- */

static void no_stamp_is_negative(void **state)
{
    (void)state;
    struct record *record = begin("a", -5);
    assert_int_equal(record_key(record)->incarnation, 0);
    end_with(record, DOWN, 0);
    record = begin("a", -5);
    assert_int_equal(record_key(record)->incarnation, 1);
    end_with(record, DOWN, 0);
    record = begin("a", 2);
    assert_int_equal(record_key(record)->incarnation, 2);
    end_with(record, DOWN, 0);
}

static void an_empty_spec_is_a_line_too(void **state)
{
    (void)state;
    struct record *record;
    assert_int_equal(record_open(records, "a", 1000, "{}", 2, &record), 0);
    assert_string_equal(get_file(&folder, "open/" FILE_A), "{\"type\":\"spec\"}\n");
    end_with(record, "{}", 0);
    expect_in(
        get_file(&folder, "runs/" FILE_A),
        "{\"type\":\"spec\"}\n{\"type\":\"down\",\"size\":16,\"spec_at\":0,\"spec_bytes\":15,");
}

static int fallocate_error;

static int no_fallocate(int fd, int mode, off_t at, off_t len)
{
    (void)fd;
    (void)mode;
    (void)at;
    (void)len;
    errno = fallocate_error;
    return -1;
}

static void where_nothing_can_be_reserved_nothing_is(void **state)
{
    (void)state;
    static const int ERRORS[] = {EOPNOTSUPP, ENOSYS, ENOSPC};
    sys.fallocate = no_fallocate;
    for (size_t i = 0; i < ARRAY_LEN(ERRORS); i++) {
        struct record *record = NULL;
        fallocate_error = ERRORS[i];
        const int r = record_open(records, "a", 1000, SPEC, strlen(SPEC), &record);
        assert_int_equal(r, ERRORS[i] == ENOSPC ? -ENOSPC : 0);
        if (r == 0)
            end_with(record, DOWN, 0);
    }
}

static int64_t reserved_at, reserved;

static int seen_fallocate(int fd, int mode, off_t at, off_t len)
{
    assert_int_equal(mode, 1); /* the size stays what it is */
    reserved_at = at;
    reserved = len;
    return fallocate(fd, mode, at, len);
}

static void room_is_reserved_behind_what_stands_there(void **state)
{
    (void)state;
    struct stat st;
    struct buf line = BUF_INIT(1024);
    sys.fallocate = seen_fallocate;
    struct record *record = begin("a", 1000);
    assert_int_equal(fstatat(folder.fd, "open/" FILE_A, &st, 0), 0);
    assert_int_equal(reserved_at, st.st_size);
    assert_int_equal(reserved, 16 * 1024);
    append(record, "{\"se");
    buf_add_str(&line, RESULT);
    assert_int_equal(record_add_result(record, &line), 0);
    assert_int_equal(reserved_at, st.st_size + 5); /* behind the line break that comes first */
    assert_int_equal(reserved, 16 * 1024 + strlen(RESULT));
    buf_release(&line);
    expect_in(get_file(&folder, "open/" FILE_A), "\n{\"se\n" RESULT "\n");
    const struct record_key key = end_with(record, DOWN, 0);
    expect_result(&key, RESULT);
}

/* ---- a result in its place ---- */

static void a_result_is_taken_from_its_very_place(void **state)
{
    (void)state;
    struct record *record = begin("a", 1000);
    const int64_t len = strlen(RESULT), spec = strlen(SPEC) + strlen(SPEC_LINE) - 1, at = spec + 1;
    append(record, RESULT "\n{\"type\":\"result\",\"outcome\":\"failed\"}\n[]\n");
    static const struct {
        int64_t at, bytes; /* beside the right ones */
        size_t max;
    } WRONG[] = {
        {0, -1, 1 << 20},  {1, 0, 1 << 20}, {1, -1, 1 << 20},      {0, 2, 1 << 20},
        {-1, -1, 1 << 20}, {0, 0, 0},       {1 << 20, 0, 1 << 20}, {INT64_MAX / 2, 0, 1 << 20},
    };
    for (size_t i = 0; i < ARRAY_LEN(WRONG); i++)
        assert_int_equal(
            record_take_result(record, at + WRONG[i].at, len + WRONG[i].bytes, WRONG[i].max),
            -EBADMSG);
    assert_int_equal(record_take_result(record, 0, spec, 1 << 20), -EBADMSG); /* the spec */
    assert_int_equal(record_take_result(record, at, 0, 1 << 20), -EBADMSG);
    assert_int_equal(record_take_result(record, at, -1, 1 << 20), -EBADMSG);
    assert_int_equal(record_take_result(record, -1, len, 1 << 20), -EBADMSG);
    assert_int_equal(record_take_result(record, INT64_MAX, len, 1 << 20), -EBADMSG);
    const int64_t second = at + len + 1,
                  bytes = strlen("{\"type\":\"result\",\"outcome\":\"failed\"}");
    assert_int_equal(record_take_result(record, second, bytes, 1 << 20), -EBADMSG); /* no member */
    assert_int_equal(record_take_result(record, second + bytes + 1, 2, 1 << 20), -EBADMSG);
    assert_int_equal(record_take_result(record, at, len, (size_t)len - 1), -EBADMSG);
    assert_int_equal(record_take_result(record, at, len, (size_t)len), 0);
    char *text;
    size_t got = 0;
    assert_int_equal(record_read_result(record, &text, &got), 0);
    assert_int_equal(got, len);
    free(text);
    struct buf line = BUF_INIT(64);
    assert_int_equal(record_add_result(record, &line), -EALREADY);
    end_with(record, DOWN, 0);
}

/* ---- an end that could not be written ---- */

static void an_end_says_each_thing_once(void **state)
{
    (void)state;
    static const struct {
        const char *down, *told;
    } CASES[] = {
        {"{}", "{\"record_error\":\"ENOSPC\"}"},
        {"{\"a\":1}", "{\"a\":1,\"record_error\":\"ENOSPC\"}"},
        {"{\"record_error\":\"EIO\",\"a\":1}", "{\"record_error\":\"EIO\",\"a\":1}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        teardown(NULL);
        setup(NULL);
        struct record *record = begin("a", 1000);
        sys.write = no_write;
        const struct record_key key = end_with(record, CASES[i].down, -ENOSPC);
        char *down = NULL;
        assert_int_equal(records_read_down(records, &key, &down), 0);
        assert_string_equal(down, CASES[i].told);
        free(down);
        sys_reset();
        assert_int_equal(records_close_again(records), 0);
        assert_int_equal(records_close_again(records), 0);
        expect_down(&key, CASES[i].told + 1);
        struct stat st;
        assert_int_equal(fstatat(folder.fd, "runs/" FILE_A, &st, 0), 0);
        assert_int_equal(records_bytes(records, &key), st.st_size);
    }
}

static void a_torn_record_says_so_once(void **state)
{
    (void)state;
    struct record *record = begin("a", 1000);
    append(record, "{\"se");
    const struct record_key key = end_with(record, "{\"torn\":true}", 0);
    char *down = NULL;
    assert_int_equal(records_read_down(records, &key, &down), 0);
    assert_int_equal(strlen(strstr(down, "\"torn\"")), strlen("\"torn\":true}"));
    assert_null(strstr(strstr(down, "\"torn\"") + 1, "\"torn\""));
    free(down);
    record = begin("b", 1000);
    append(record, "{\"se");
    const struct record_key other = end_with(record, "{}", 0);
    expect_down(&other, ",\"torn\":true}");
}

/* An end that is not to be found at the disk any more is still known. */
static void an_end_that_waits_is_known_without_its_file(void **state)
{
    (void)state;
    struct record *record = begin("a", 1000), *other = begin("b", 1000);
    char *down = NULL;
    sys.write = no_write;
    const struct record_key key = end_with(record, DOWN, -ENOSPC);
    const struct record_key second = end_with(other, "{\"b\":1}", -ENOSPC);
    sys_reset();
    assert_int_equal(unlinkat(folder.fd, "open/" FILE_A, 0), 0);
    assert_int_equal(records_read_down(records, &key, &down), 0);
    expect_in(down, "\"pid\":12,\"record_error\":\"ENOSPC\"}");
    free(down);
    expect_down(&key, "\"pid\":12");
    const struct record_key none = {.incarnation = 1000, .run_id = "none"};
    assert_int_equal(records_read_down(records, &none, &down), -ENOENT);
    assert_null(down);
    assert_int_equal(records_close_again(records), 1); /* the second is closed */
    assert_true(exists(&folder, "runs/0000000001000-b.jsonl"));
    expect_down(&second, "\"b\":1");
    assert_int_equal(records_remove(records, &key), 0);
    assert_int_equal(records_close_again(records), 0);
}

static int rename_error;

static int old_kernel(int from, const char *name, int to, const char *new, unsigned flags)
{
    (void)from;
    (void)name;
    (void)to;
    (void)new;
    (void)flags;
    errno = rename_error;
    return -1;
}

static int no_renameat(int from, const char *name, int to, const char *new)
{
    (void)from;
    (void)name;
    (void)to;
    (void)new;
    errno = EXDEV;
    return -1;
}

/* Where the kernel cannot refuse to put one over another it is looked before. */
static void no_record_is_put_over_another(void **state)
{
    (void)state;
    static const int ERRORS[] = {EINVAL, ENOSYS, EIO};
    for (size_t i = 0; i < ARRAY_LEN(ERRORS); i++) {
        const int told = ERRORS[i] == EIO ? -EIO : 0;
        teardown(NULL);
        setup(NULL);
        rename_error = ERRORS[i];
        struct record *first = begin("a", 1000), *second = begin("b", 1000);
        struct record *third = begin("c", 1000);
        put_file(&folder, "runs/0000000001000-b.jsonl", "of somebody else");
        sys.renameat2 = old_kernel;
        end_with(first, DOWN, told);
        assert_int_equal(exists(&folder, "runs/" FILE_A), told == 0);
        end_with(second, DOWN, told ? told : -EEXIST);
        assert_string_equal(get_file(&folder, "runs/0000000001000-b.jsonl"), "of somebody else");
        sys.renameat = no_renameat;
        end_with(third, DOWN, told ? told : -EXDEV);
    }
}

/* ---- rows that are too long ---- */

static void a_row_that_is_too_long_is_left_out(void **state)
{
    (void)state;
    enum { ROW_MAX = 512 * 1024 };
    char *spec = malloc(ROW_MAX + 100);
    for (int more = 0; more < 2; more++) {
        struct record *record;
        teardown(NULL);
        setup(NULL);
        int len = snprintf(spec, 100, "{\"council_id\":\"three\",\"question\":\"");
        memset(spec + len, 'q', ROW_MAX);
        const size_t q = more ? ROW_MAX : ROW_MAX - 1024;
        memcpy(spec + (size_t)len + q, "\"}", 3);
        assert_int_equal(record_open(records, "a", 1000, spec, strlen(spec), &record), 0);
        const struct record_key key = *record_key(record);
        json_t *row;
        size_t row_len;
        assert_int_equal(records_live_row(records, &key, &row, &row_len), 0);
        assert_int_equal(json_is_null(json_object_get(row, "council_id")), more);
        json_decref(row);
        end_with(record, DOWN, 0);
        assert_int_equal(records_summary(records, &key, &row, &row_len), 0);
        assert_int_equal(json_string_length(json_object_get(row, "question")), more ? 0 : q);
        assert_int_equal(row_len > q, !more);
        assert_string_equal(json_string_value(json_object_get(row, "outcome")), "complete");
        json_decref(row);
        for (int i = 0; records_tidy(records); i++)
            assert_true(i < 10); /* it ends all the same */
    }
    free(spec);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_stamp_is_negative),
        TEST(an_empty_spec_is_a_line_too),
        TEST(where_nothing_can_be_reserved_nothing_is),
        TEST(room_is_reserved_behind_what_stands_there),
        TEST(a_result_is_taken_from_its_very_place),
        TEST(an_end_says_each_thing_once),
        TEST(a_torn_record_says_so_once),
        TEST(an_end_that_waits_is_known_without_its_file),
        TEST(no_record_is_put_over_another),
        TEST(a_row_that_is_too_long_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
