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
    struct buf line = BUF_INIT(1 << 20);
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
    char beyond[64];
    assert_int_equal(fstatat(folder.fd, "audit.jsonl", &st, 0), 0);
    snprintf(beyond, sizeof beyond, "%lld-%lld", (long long)st.st_ino, (long long)st.st_size + 1);
    assert_string_equal(page(beyond, 1), strerror(EINVAL));
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
