/* Lines of a record, found from both ends: a window that is one byte off cuts the result of a run,
 * or takes a torn line for a whole one. And who vouches for what stands where. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/buf.h"
#include "daemon/os/sys.h"
#include "daemon/records/record_file.h"
#include "daemon/records/record_open.h"
#include "lines_fixture.h"

/* A line of len bytes, which all differ from their neighbours, and its line break. */
static void write_line(size_t len)
{
    char *line = malloc(len + 1);
    assert_non_null(line);
    for (size_t i = 0; i < len; i++)
        line[i] = (char)('a' + (i + len) % 26);
    line[len] = '\n';
    write_bytes(line, len + 1);
    free(line);
}

static void assert_is_line(const char *text, const struct record_range *range, int64_t at,
                           size_t len)
{
    assert_int_equal(range->at, at);
    assert_int_equal(range->len, len);
    assert_int_equal(strlen(text), len);
    for (size_t i = 0; i < len; i++)
        assert_int_equal(text[i], 'a' + (i + len) % 26);
}

/* Around the sizes at which another look is taken. */
static const size_t LENGTHS[] = {0,     1,     2,     4093,  16381, 16382, 16383,  16384, 16385,
                                 32765, 32766, 32767, 32768, 32769, 32770, 262143, 262144};
enum { N_LENGTHS = sizeof LENGTHS / sizeof *LENGTHS };

static void the_first_line_is_found_whatever_its_length(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_LENGTHS; i++) {
        for (int more = 0; more < 3; more++) {
            struct record_range range = {-1, -1};
            char *text = NULL;
            const size_t len = LENGTHS[i];
            empty_file();
            write_line(len);
            if (more)
                write_line(more == 1 ? 5 : 50000);
            assert_int_equal(record_file_first(file, size, len, &range, &text), 0);
            assert_is_line(text, &range, 0, len);
            free(text);
            text = NULL;
            if (len)
                assert_int_equal(record_file_first(file, size, len - 1, &range, &text), -EFBIG);
            assert_null(text);
        }
    }
}

static void a_first_line_without_its_break_is_none(void **state)
{
    (void)state;
    struct record_range range;
    char *text = NULL;
    assert_int_equal(record_file_first(file, 0, 100, &range, &text), -ENOENT);
    write_line(5000);
    assert_int_equal(record_file_first(file, 5000, 10000, &range, &text), -ENOENT);
    assert_int_equal(record_file_first(file, 5001, 10000, &range, &text), 0);
    free(text);
    empty_file();
    write_text("abc");
    assert_int_equal(record_file_first(file, 4, 10, &range, &text), -EBADMSG); /* it is shorter */
}

static void the_last_line_is_found_whatever_its_length(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_LENGTHS; i++) {
        for (int before = 0; before < 3; before++) {
            struct record_range range = {-1, -1};
            char *text = NULL;
            const size_t len = LENGTHS[i];
            empty_file();
            if (before)
                write_line(before == 1 ? 5 : 50000);
            const int64_t at = size;
            write_line(len);
            assert_int_equal(record_file_last(file, size, 300000, &range, &text), 0);
            assert_is_line(text, &range, at, len);
            free(text);
            text = NULL;
            assert_int_equal(record_file_last(file, size, len, &range, &text), 0);
            free(text);
            text = NULL;
            if (len)
                assert_int_equal(record_file_last(file, size, len - 1, &range, &text), -EFBIG);
            assert_null(text);
        }
    }
}

static void what_is_torn_behind_the_last_line_is_passed_over(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_LENGTHS; i++) {
        struct record_range range;
        char *text = NULL;
        empty_file();
        write_line(3);
        write_line(7);
        const int64_t end = size;
        write_line(LENGTHS[i]);
        /* Its break is not there yet. */
        assert_int_equal(record_file_last(file, size - 1, 300000, &range, &text), 0);
        assert_is_line(text, &range, 4, 7);
        free(text);
        assert_int_equal(record_file_last(file, end, 300000, &range, &text), 0);
        assert_is_line(text, &range, 4, 7);
        free(text);
        assert_int_equal(record_file_last(file, range.at, 300000, &range, &text), 0);
        assert_is_line(text, &range, 0, 3);
        free(text);
        assert_int_equal(record_file_last(file, range.at, 300000, &range, &text), -ENOENT);
        assert_int_equal(record_file_last(file, 3, 300000, &range, &text), -ENOENT);
    }
}

static void what_is_torn_has_a_bound_too(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_LENGTHS; i++) {
        struct record_range range;
        char *text = NULL;
        const size_t len = LENGTHS[i];
        empty_file();
        write_line(0);
        write_line(len);
        assert_int_equal(record_file_last(file, size - 1, len, &range, &text), 0);
        assert_is_line(text, &range, 0, 0);
        free(text);
        text = NULL;
        if (len)
            assert_int_equal(record_file_last(file, size - 1, len - 1, &range, &text), -EFBIG);
        assert_null(text);
    }
    empty_file();
    write_text("abc");
    char *text = NULL;
    struct record_range range;
    assert_int_equal(record_file_last(file, 3, 3, &range, &text), -ENOENT);
    assert_int_equal(record_file_last(file, 3, 2, &range, &text), -EFBIG);
    assert_int_equal(record_file_first(file, 3, 3, &range, &text), -ENOENT);
    assert_int_equal(record_file_first(file, 3, 2, &range, &text), -EFBIG);
    assert_int_equal(record_file_last(file, 4, 9, &range, &text), -EBADMSG); /* it is shorter */
    assert_null(text);
}

static void exactly_so_many_bytes_are_read(void **state)
{
    (void)state;
    char *text = NULL;
    write_text("0123456789");
    assert_int_equal(record_file_read(file, 2, 8, &text), 0);
    assert_string_equal(text, "23456789");
    free(text);
    assert_int_equal(record_file_read(file, 10, 0, &text), 0);
    assert_string_equal(text, "");
    free(text);
    text = NULL;
    assert_int_equal(record_file_read(file, 2, 9, &text), -EBADMSG);
    assert_int_equal(record_file_read(file, 11, 1, &text), -EBADMSG);
    assert_int_equal(record_file_read(-1, 0, 1, &text), -EBADF);
    assert_null(text);
}

static void the_next_line_begins_behind_a_line_break(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t at;
        bool torn;
    } CASES[] = {
        {"", 0, false}, {"\n", 1, false}, {"ab\n", 3, false}, {"a", 2, true}, {"ab\nc", 5, true}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        int64_t at = -1;
        bool torn = !CASES[i].torn;
        char wanted[32];
        struct record_range range;
        const struct buf line = {.at = (char *)"new", .len = 3};
        empty_file();
        write_text(CASES[i].text);
        assert_int_equal(record_file_end(file, &at, &torn), 0);
        assert_int_equal(at, CASES[i].at);
        assert_int_equal(torn, CASES[i].torn);
        assert_int_equal(record_file_add(file, torn, &line, &range), 0);
        assert_int_equal(range.at, at);
        assert_int_equal(range.len, 3);
        snprintf(wanted, sizeof wanted, "%s%snew\n", CASES[i].text, torn ? "\n" : "");
        assert_string_equal(get_file(&folder, "f"), wanted);
    }
    int64_t at;
    bool torn;
    assert_int_equal(record_file_end(-1, &at, &torn), -EBADF);
}

/* ---- whole files ---- */

static void a_file_may_be_as_long_as_it_may(void **state)
{
    (void)state;
    char *text = NULL;
    size_t len = 0;
    put_file(&folder, "g", "12345");
    assert_int_equal(record_read_file(folder.fd, "g", 5, &text, &len), 0);
    assert_string_equal(text, "12345");
    assert_int_equal(len, 5);
    free(text);
    text = NULL;
    assert_int_equal(record_read_file(folder.fd, "g", 4, &text, &len), -EFBIG);
    assert_int_equal(record_read_file(folder.fd, "none", 4, &text, &len), -ENOENT);
    assert_null(text);
}

static void only_the_file_that_was_made_is_opened_again(void **state)
{
    (void)state;
    struct stat st;
    assert_int_equal(fstat(file, &st), 0);
    const struct record_identity made = {st.st_dev, st.st_ino};
    const struct record_identity others[] = {{st.st_dev + 1, st.st_ino},
                                             {st.st_dev, st.st_ino + 1}};
    const struct record_identity unknown = {0, 0};
    int fd = record_open_again(folder.fd, "f", O_RDONLY, &made);
    assert_true(fd >= 0);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    close(fd);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(record_open_again(folder.fd, "f", O_RDONLY, &others[i]), -ESTALE);
    fd = record_open_again(folder.fd, "f", O_RDONLY, &unknown);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(record_open_again(folder.fd, "none", O_RDONLY, &made), -ENOENT);
}

static void a_folder_is_no_file_and_a_file_no_folder(void **state)
{
    (void)state;
    struct stat st;
    assert_int_equal(mkdirat(folder.fd, "d", 0700), 0);
    assert_int_equal(record_open_file(folder.fd, "d", O_RDONLY, NULL), -EBADMSG);
    assert_int_equal(record_open_file(folder.fd, "d", O_RDWR, NULL), -EBADMSG);
    assert_int_equal(record_open_folder(folder.fd, "f"), -ENOTDIR);
    int fd = record_open_folder(folder.fd, "d");
    assert_true(fd >= 0);
    close(fd);
    fd = record_open_either(folder.fd, "d", &st);
    assert_true(fd >= 0 && S_ISDIR(st.st_mode));
    close(fd);
    fd = record_open_either(folder.fd, "f", &st);
    assert_true(fd >= 0 && S_ISREG(st.st_mode));
    close(fd);
    assert_int_equal(linkat(folder.fd, "f", folder.fd, "second", 0), 0);
    assert_int_equal(record_open_file(folder.fd, "f", O_RDONLY, NULL), -EBADMSG);
    assert_int_equal(record_open_either(folder.fd, "f", &st), -EBADMSG);
}

/* And that is another error than of something that is in the way, which is put aside. */
static void what_is_missing_is_told_as_missing(void **state)
{
    (void)state;
    struct stat st = {0};
    assert_int_equal(record_open_file(folder.fd, "none", O_RDONLY, NULL), -ENOENT);
    assert_int_equal(record_open_folder(folder.fd, "none"), -ENOENT);
    assert_int_equal(record_open_either(folder.fd, "none", &st), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_line_is_found_whatever_its_length),
        TEST(a_first_line_without_its_break_is_none),
        TEST(the_last_line_is_found_whatever_its_length),
        TEST(what_is_torn_behind_the_last_line_is_passed_over),
        TEST(what_is_torn_has_a_bound_too),
        TEST(exactly_so_many_bytes_are_read),
        TEST(the_next_line_begins_behind_a_line_break),
        TEST(a_file_may_be_as_long_as_it_may),
        TEST(only_the_file_that_was_made_is_opened_again),
        TEST(a_folder_is_no_file_and_a_file_no_folder),
        TEST(what_is_missing_is_told_as_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
