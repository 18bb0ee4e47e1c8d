/* Who has changed what, kept on the disk: a file that grows for ever fills it, and a line that is
 * lost in a page is what was to be hidden. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "common/fd.h"
#include "daemon/os/sys.h"
#include "daemon/records/audit_log.h"
#include "failing.h"
#include "fixture.h"

static struct folder folder;
static struct audit_log lines;

static int setup(void **state)
{
    (void)state;
    folder_make(&folder);
    lines = (struct audit_log)AUDIT_LOG_INIT(folder.fd);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sys_reset();
    audit_log_release(&lines);
    folder_remove(&folder);
    return 0;
}

/* A line with that number, as long as is wanted. */
static int add(int n, size_t bytes)
{
    struct buf line = BUF_INIT(8 << 20);
    buf_addf(&line, "{\"n\":%d,\"x\":\"", n);
    while (line.len + 2 < bytes)
        buf_add_char(&line, 'x');
    buf_add_str(&line, "\"}");
    int r = audit_log_add(&lines, &line);
    buf_release(&line);
    return r;
}

static char next[AUDIT_CURSOR_SIZE];

/* "5 4 3": the page before that cursor. */
static const char *page(const char *cursor, size_t limit)
{
    static char text[4096];
    json_t *rows = json_array();
    size_t i, len = 0;
    const json_t *row;
    text[0] = '\0';
    int r = audit_log_page(&lines, cursor, limit, rows, next);
    if (r < 0)
        snprintf(text, sizeof text, "%s", strerror(-r));
    json_array_foreach (rows, i, row)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%d", i ? " " : "",
                                (int)json_integer_value(json_object_get(row, "n")));
    json_decref(rows);
    return text;
}

static void pages_go_from_the_newest_to_the_oldest(void **state)
{
    (void)state;
    char cursor[AUDIT_CURSOR_SIZE];
    assert_string_equal(page(NULL, 5), "");
    assert_string_equal(next, "");
    for (int n = 1; n <= 7; n++)
        assert_int_equal(add(n, 0), 0);
    assert_string_equal(page(NULL, 10), "7 6 5 4 3 2 1");
    assert_string_equal(next, "");
    assert_string_equal(page(NULL, 7), "7 6 5 4 3 2 1");
    assert_string_equal(next, "");
    assert_string_equal(page(NULL, 3), "7 6 5");
    snprintf(cursor, sizeof cursor, "%s", next);
    assert_int_equal(add(8, 0), 0); /* what comes later moves no page */
    assert_string_equal(page(cursor, 3), "4 3 2");
    snprintf(cursor, sizeof cursor, "%s", next);
    assert_string_equal(page(cursor, 3), "1");
    assert_string_equal(next, "");
}

static void the_next_daemon_goes_on(void **state)
{
    (void)state;
    assert_int_equal(add(1, 0), 0);
    audit_log_release(&lines);
    lines = (struct audit_log)AUDIT_LOG_INIT(folder.fd);
    assert_string_equal(page(NULL, 5), "1");
    assert_int_equal(add(2, 0), 0);
    assert_string_equal(page(NULL, 5), "2 1");
    struct stat st;
    assert_int_equal(fstatat(folder.fd, "audit.jsonl", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static int64_t size_of(const char *name)
{
    struct stat st;
    return fstatat(folder.fd, name, &st, 0) < 0 ? -1 : st.st_size;
}

/* 32 KiB each: 128 of them and their line breaks are more than a file may have. */
static void the_files_are_bounded(void **state)
{
    (void)state;
    enum { BYTES = 32 << 10, PER_FILE = AUDIT_BYTES / BYTES - 1, ALL = 3 * PER_FILE };
    char cursor[AUDIT_CURSOR_SIZE] = "";
    int seen = 0;
    for (int n = 1; n <= ALL; n++) {
        assert_int_equal(add(n, BYTES), 0);
        assert_true(size_of("audit.jsonl") < AUDIT_BYTES);
    }
    assert_int_equal(size_of("audit.jsonl"), PER_FILE * (BYTES + 1));
    assert_int_equal(size_of("audit.1.jsonl"), PER_FILE * (BYTES + 1));
    do { /* two files, one after the other, each line once */
        const char *text = page(*cursor ? cursor : NULL, 10);
        for (; *text; text += strcspn(text, " "), text += *text == ' ')
            assert_int_equal(strtoll(text, NULL, 10), ALL - seen++);
        snprintf(cursor, sizeof cursor, "%s", next);
    } while (*cursor);
    assert_int_equal(seen, 2 * PER_FILE);
}

static void a_page_goes_on_in_the_file_that_has_been_put_by(void **state)
{
    (void)state;
    char cursor[AUDIT_CURSOR_SIZE], later[AUDIT_CURSOR_SIZE];
    for (int n = 1; n <= 4; n++)
        assert_int_equal(add(n, 1000), 0);
    assert_string_equal(page(NULL, 1), "4");
    snprintf(cursor, sizeof cursor, "%s", next);
    lines.size = AUDIT_BYTES;
    assert_int_equal(add(5, 0), 0);
    assert_string_equal(page(cursor, 2), "3 2");
    snprintf(later, sizeof later, "%s", next);
    assert_string_equal(page(later, 2), "1");
    assert_string_equal(page(NULL, 2), "5 4");
    lines.size = AUDIT_BYTES;
    assert_int_equal(add(6, 0), 0);
    assert_string_equal(page(NULL, 9), "6 5");
    assert_string_equal(page(later, 2), strerror(EINVAL)); /* it is gone */
}

static void what_is_no_cursor_is_refused(void **state)
{
    (void)state;
    static const char *const CURSORS[] = {
        "", "-", "1", "x-1", "1-x", "1--1", "-1-1", "0-0", "99999999999999999999999999-1"};
    assert_int_equal(add(1, 0), 0);
    for (size_t i = 0; i < sizeof CURSORS / sizeof *CURSORS; i++)
        assert_string_equal(page(CURSORS[i], 1), strerror(EINVAL));
    struct stat st;
    char beyond[64], nowhere[64], begin[64];
    assert_int_equal(fstatat(folder.fd, "audit.jsonl", &st, 0), 0);
    snprintf(beyond, sizeof beyond, "%lld-%lld", (long long)st.st_ino, (long long)st.st_size + 1);
    assert_string_equal(page(beyond, 1), strerror(EINVAL));
    snprintf(nowhere, sizeof nowhere, "%lld-x", (long long)st.st_ino);
    assert_string_equal(page(nowhere, 1), strerror(EINVAL));
    snprintf(begin, sizeof begin, "%lld-0", (long long)st.st_ino);
    assert_string_equal(page(begin, 1), "");
}

static ssize_t half_a_write(int fd, const void *bytes, size_t len)
{
    static bool half;
    half = !half;
    if (half)
        return write(fd, bytes, len / 2);
    errno = ENOSPC;
    return -1;
}

static void a_line_that_was_torn_spoils_no_other(void **state)
{
    (void)state;
    assert_int_equal(add(1, 0), 0);
    sys.write = half_a_write;
    assert_int_equal(add(2, 0), -ENOSPC);
    sys_reset();
    assert_int_equal(add(3, 0), 0);
    assert_string_equal(page(NULL, 5), "3 1");
}

/* Anything may stand under the names. */
static void what_is_no_file_is_no_obstacle(void **state)
{
    (void)state;
    put_file(&folder, "victim", "this belongs to somebody else\n");
    assert_int_equal(symlinkat("victim", folder.fd, "audit.jsonl"), 0);
    assert_int_equal(mkdirat(folder.fd, "audit.1.jsonl", 0700), 0);
    assert_string_equal(page(NULL, 5), "");
    assert_int_equal(add(1, 0), 0);
    assert_string_equal(page(NULL, 5), "1");
    lines.size = AUDIT_BYTES;
    assert_int_equal(add(2, 0), 0);
    assert_string_equal(page(NULL, 5), "2 1");
    assert_string_equal(get_file(&folder, "victim"), "this belongs to somebody else\n");
    audit_log_release(&lines);
    assert_int_equal(unlinkat(folder.fd, "audit.jsonl", 0), 0);
    assert_int_equal(mkfifoat(folder.fd, "audit.jsonl", 0600), 0);
    assert_int_equal(add(3, 0), 0);
    assert_string_equal(page(NULL, 5), "3 1");
}

/* ---- when a file is full ---- */

/* As one of that size is found: one line, that is nothing but a hole. */
static void leave_file(int64_t size)
{
    audit_log_release(&lines);
    put_file(&folder, "audit.jsonl", "");
    int fd = openat(folder.fd, "audit.jsonl", O_WRONLY | O_CLOEXEC);
    assert_int_equal(size > 0 ? pwrite(fd, "\n", 1, size - 1) : 1, 1);
    close(fd);
    lines = (struct audit_log)AUDIT_LOG_INIT(folder.fd);
}

/* A line of 100 bytes, and what stands before it. */
static void a_file_is_put_by_when_a_line_no_longer_fits(void **state)
{
    (void)state;
    static const struct {
        int64_t size;
        bool put_by;
    } CASES[] = {
        {0, false}, {AUDIT_BYTES - 101, false}, {AUDIT_BYTES - 100, true}, {AUDIT_BYTES, true}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        for (int opened = 0; opened < 2; opened++) {
            unlinkat(folder.fd, "audit.1.jsonl", 0);
            leave_file(CASES[i].size);
            if (opened)
                assert_int_equal(audit_log_open(&lines), 0);
            assert_int_equal(add(1, 100), 0);
            assert_int_equal(size_of("audit.1.jsonl"), CASES[i].put_by ? CASES[i].size : -1);
            assert_string_equal(page(NULL, 1), "1");
        }
    }
}

/* An empty file is not put by, or the one before it would be lost. */
static void a_line_as_long_as_a_file_has_one_of_its_own(void **state)
{
    (void)state;
    put_file(&folder, "audit.1.jsonl", "{\"n\":1}\n");
    assert_int_equal(add(2, AUDIT_BYTES), 0);
    assert_int_equal(size_of("audit.jsonl"), AUDIT_BYTES + 1);
    assert_int_equal(size_of("audit.1.jsonl"), 8);
}

static int renames; /* how many of them succeed */

static int some_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    errno = EXDEV;
    return renames-- > 0 ? renameat(from_dir, from, to_dir, to) : -1;
}

static int no_openat(int dir, const char *path, int flags, mode_t mode)
{
    errno = EMFILE;
    return flags & O_CREAT ? -1 : openat(dir, path, flags, mode);
}

/* And the next line tries again. */
static void what_keeps_a_line_from_its_file_is_told(void **state)
{
    (void)state;
    sys.openat = no_openat;
    assert_int_equal(audit_log_open(&lines), -EMFILE);
    assert_int_equal(add(1, 0), -EMFILE);
    sys_reset();
    assert_int_equal(add(2, 0), 0);
    lines.size = AUDIT_BYTES;
    sys.renameat = some_renameat;
    renames = 0;
    assert_int_equal(add(3, 0), -EXDEV);
    assert_int_equal(lines.fd, -1);
    assert_int_equal(add(4, 0), 0);
    lines.size = AUDIT_BYTES;
    renames = 1;
    sys.openat = no_openat;
    assert_int_equal(add(5, 0), -EMFILE);
    sys_reset();
    assert_int_equal(add(6, 0), 0);
    assert_string_equal(page(NULL, 9), "6 4 2");
    assert_int_equal(size_of("audit.1.jsonl") > 0, 1);
}

/* ---- reading ---- */

static void what_is_no_row_is_left_out(void **state)
{
    (void)state;
    put_file(&folder, "audit.jsonl",
             "{\"n\":1}\n7\n[2]\nnull\n{\"n\":3}\n{\"n\":4,\"n\":5}\n\n{\"n\":6}\n{\"n\":");
    assert_string_equal(page(NULL, 9), "6 3 1");
}

static void a_line_that_is_too_long_ends_no_more_than_its_file(void **state)
{
    (void)state;
    put_file(&folder, "audit.1.jsonl", "{\"n\":1}\n");
    assert_int_equal(add(2, 0), 0);
    assert_int_equal(add(3, 70000), 0);
    assert_int_equal(add(4, 0), 0);
    assert_string_equal(page(NULL, 9), "4 1");
    assert_string_equal(next, "");
}

/* Whoever reads without memory hears so, and not that there is less than there is. */
static void no_line_is_left_out_for_want_of_memory(void **state)
{
    (void)state;
    for (int n = 1; n <= 3; n++)
        assert_int_equal(add(n, 0), 0);
    for (int k = 0; failing_next(&k);) {
        const int countdown = failing_countdown;
        failing_stop();
        json_t *rows = json_array();
        failing_countdown = countdown;
        const int r = audit_log_page(&lines, NULL, 5, rows, next);
        failing_stop();
        assert_true(r == -ENOMEM || r == 0);
        if (r == 0)
            assert_int_equal(json_array_size(rows), 3);
        json_decref(rows);
    }
    assert_true(failing_no_leak());
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pages_go_from_the_newest_to_the_oldest),
        TEST(the_next_daemon_goes_on),
        TEST(the_files_are_bounded),
        TEST(a_page_goes_on_in_the_file_that_has_been_put_by),
        TEST(what_is_no_cursor_is_refused),
        TEST(a_line_that_was_torn_spoils_no_other),
        TEST(what_is_no_file_is_no_obstacle),
        TEST(a_file_is_put_by_when_a_line_no_longer_fits),
        TEST(a_line_as_long_as_a_file_has_one_of_its_own),
        TEST(what_keeps_a_line_from_its_file_is_told),
        TEST(what_is_no_row_is_left_out),
        TEST(a_line_that_is_too_long_ends_no_more_than_its_file),
        TEST(no_line_is_left_out_for_want_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
