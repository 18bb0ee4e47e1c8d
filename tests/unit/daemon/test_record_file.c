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
#include "daemon/records/record_vouch.h"
#include "fixture.h"

static struct folder folder;
static int file;
static int64_t size;

static int setup(void **state)
{
    (void)state;
    folder_make(&folder);
    size = 0;
    file = openat(folder.fd, "f", O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    return file < 0;
}

static int teardown(void **state)
{
    (void)state;
    sys_reset();
    close(file);
    folder_remove(&folder);
    return 0;
}

static void write_bytes(const char *bytes, size_t len)
{
    assert_int_equal(fd_write_all(file, bytes, len), 0);
    size += (int64_t)len;
}

static void write_text(const char *text)
{
    write_bytes(text, strlen(text));
}

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

static void empty_file(void)
{
    assert_int_equal(ftruncate(file, 0), 0);
    size = 0;
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
static const size_t LENGTHS[] = {0,     1,     2,     4093,  4094,  4095,   4096,   4097,  8191,
                                 32765, 32766, 32767, 32768, 32769, 262143, 262144, 262145};
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
            assert_int_equal(record_file_last(file, size, len + 1, &range, &text), 0);
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

/* ---- who vouches ---- */

static void assert_vouches(const struct record_vouch *v, const char *body, const char *wanted)
{
    struct buf line = BUF_INIT(4096);
    assert_int_equal(record_vouch_line(&line, v, 77, body, strlen(body)), 0);
    assert_string_equal(buf_str(&line), wanted);
    struct record_vouch back = {.spec = {9, 9}};
    assert_int_equal(record_vouch_read(line.at, line.len, 77, &back), 0);
    assert_int_equal(back.spec.at, v->spec.at);
    assert_int_equal(back.spec.len, v->spec.len);
    assert_int_equal(back.result.at, v->result.at);
    assert_int_equal(back.result.len, v->result.len);
    assert_string_equal(back.spec_sha256, v->spec_sha256);
    assert_int_equal(record_vouch_read(line.at, line.len, 76, &back), -EBADMSG);
    assert_int_equal(record_vouch_read(line.at, line.len, 78, &back), -EBADMSG);
    buf_release(&line);
}

static void what_is_vouched_for_is_read_back(void **state)
{
    (void)state;
    struct record_vouch v = {0};
    assert_vouches(&v, "{}", "{\"type\":\"down\",\"size\":77}");
    assert_vouches(&v, "{\"a\":1}", "{\"type\":\"down\",\"size\":77,\"a\":1}");
    v.spec = (struct record_range){0, 12};
    assert_vouches(&v, "{}", "{\"type\":\"down\",\"size\":77,\"spec_at\":0,\"spec_bytes\":12}");
    snprintf(v.spec_sha256, sizeof v.spec_sha256, "ab");
    v.result = (struct record_range){30, 1};
    assert_vouches(&v, "{\"a\":1}",
                   "{\"type\":\"down\",\"size\":77,\"spec_at\":0,\"spec_bytes\":12,"
                   "\"spec_sha256\":\"ab\",\"result_at\":30,\"result_bytes\":1,\"a\":1}");
}

static int vouched(const char *line, struct record_vouch *ret)
{
    *ret = (struct record_vouch){0};
    return record_vouch_read(line, strlen(line), 7, ret);
}

static void what_is_no_such_line_vouches_for_nothing(void **state)
{
    (void)state;
    static const char *const NONE[] = {"",
                                       "7",
                                       "[]",
                                       "{\"size\":7}",
                                       "{\"type\":\"down\"}",
                                       "{\"type\":\"downs\",\"size\":7}",
                                       "{\"type\":\"spec\",\"size\":7}",
                                       "{\"type\":\"down\",\"size\":\"7\"}",
                                       "{\"type\":\"down\",\"size\":7"};
    /* Ranges that are none are left out, the rest counts. */
    static const char *const RANGES[] = {"\"result_at\":-1,\"result_bytes\":5",
                                         "\"result_at\":1,\"result_bytes\":0",
                                         "\"result_at\":1,\"result_bytes\":-1",
                                         "\"result_at\":1",
                                         "\"result_bytes\":5",
                                         "\"result_at\":\"1\",\"result_bytes\":5",
                                         "\"result_at\":1,\"result_bytes\":\"5\""};
    struct record_vouch v;
    for (size_t i = 0; i < sizeof NONE / sizeof *NONE; i++)
        assert_int_equal(vouched(NONE[i], &v), -EBADMSG);
    for (size_t i = 0; i < sizeof RANGES / sizeof *RANGES; i++) {
        char line[256];
        snprintf(
            line, sizeof line,
            "{\"type\":\"down\",\"size\":7,\"spec_at\":0,\"spec_bytes\":1,\"spec_sha256\":5,%s}",
            RANGES[i]);
        assert_int_equal(vouched(line, &v), 0);
        assert_int_equal(v.result.len, 0);
        assert_int_equal(v.spec.len, 1);
        assert_string_equal(v.spec_sha256, "");
    }
}

static void a_spec_is_the_first_line(void **state)
{
    (void)state;
    char wanted[SHA256_HEX_SIZE], *line = NULL;
    struct record_vouch v = {.spec = {5, 5}, .spec_sha256 = "x"};
    static const char *const NONE[] = {"", "no break", "\nsecond\n"};
    for (size_t i = 0; i < 3; i++) {
        empty_file();
        write_text(NONE[i]);
        assert_int_equal(record_vouch_spec(file, size, &v, &line), 0);
        assert_null(line);
        assert_int_equal(v.spec.len, 0);
        assert_string_equal(v.spec_sha256, "");
    }
    empty_file();
    write_text("{\"a\":1}\nmore\n");
    assert_int_equal(record_vouch_spec(file, size, &v, &line), 0);
    assert_string_equal(line, "{\"a\":1}");
    assert_int_equal(v.spec.at, 0);
    assert_int_equal(v.spec.len, 7);
    sha256_hex("{\"a\":1}", 7, wanted);
    assert_string_equal(v.spec_sha256, wanted);
    free(line);
    assert_int_equal(record_vouch_spec(-1, size, &v, &line), -EBADF);
    assert_null(line);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_line_is_found_whatever_its_length),
        TEST(a_first_line_without_its_break_is_none),
        TEST(the_last_line_is_found_whatever_its_length),
        TEST(what_is_torn_behind_the_last_line_is_passed_over),
        TEST(exactly_so_many_bytes_are_read),
        TEST(the_next_line_begins_behind_a_line_break),
        TEST(a_file_may_be_as_long_as_it_may),
        TEST(only_the_file_that_was_made_is_opened_again),
        TEST(a_folder_is_no_file_and_a_file_no_folder),
        TEST(what_is_vouched_for_is_read_back),
        TEST(what_is_no_such_line_vouches_for_nothing),
        TEST(a_spec_is_the_first_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
