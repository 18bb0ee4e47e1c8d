/* index.jsonl itself, and the table of records in memory: a place that is a byte off gives a list
 * the row of another record, a file that is never written anew grows for ever, and an index out of
 * its order finds nothing. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "daemon/os/sys.h"
#include "daemon/records/record_file.h"
#include "daemon/records/record_log.h"
#include "fixture.h"

static struct folder folder;
static struct record_log row_log;

static int setup(void **state)
{
    (void)state;
    folder_make(&folder);
    return record_log_open(&row_log, folder.fd);
}

static int teardown(void **state)
{
    (void)state;
    sys_reset();
    record_log_release(&row_log);
    folder_remove(&folder);
    return 0;
}

static struct record_range add(const char *row)
{
    struct record_range at = {-1, -1}, moved = {-1, -1};
    assert_int_equal(record_log_add(&row_log, row, strlen(row), &at, &moved), 0);
    assert_int_equal(at.len, strlen(row));
    assert_int_equal(row_log.size, at.at + at.len + 1);
    if (!record_log_is_moving(&row_log))
        assert_int_equal(moved.len, 0);
    return at;
}

static void expect_row(const struct record_range *at, const char *wanted)
{
    char *row = NULL;
    assert_int_equal(record_log_read(&row_log, at, &row), 0);
    assert_string_equal(row, wanted);
    free(row);
}

static int no_row(const struct record_range *at)
{
    char *row = NULL;
    int r = record_log_read(&row_log, at, &row);
    assert_null(row);
    return r;
}

/* ---- rows ---- */

static char taken[512]; /* "0:one 4:two" */
static int take_fails;  /* at the row of this number */

static int take(void *context, const char *row, const struct record_range *at)
{
    const size_t len = strlen(taken);
    assert_ptr_equal(context, &row_log);
    assert_int_equal(at->len, strlen(row));
    snprintf(taken + len, sizeof taken - len, "%s%d:%s", len ? " " : "", (int)at->at, row);
    return --take_fails == 0 ? -EXDEV : 0;
}

static int each(void)
{
    taken[0] = '\0';
    return record_log_each(&row_log, take, &row_log);
}

static void reopen(void)
{
    record_log_release(&row_log);
    assert_int_equal(record_log_open(&row_log, folder.fd), 0);
}

static void rows_are_found_where_they_stand(void **state)
{
    (void)state;
    struct stat st;
    assert_int_equal(fstatat(folder.fd, "index.jsonl", &st, 0), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(row_log.size, 0);
    const struct record_range one = add("one"), two = add("twoo"), none = {0};
    assert_int_equal(one.at, 0);
    assert_int_equal(two.at, 4);
    expect_row(&one, "one");
    expect_row(&two, "twoo");
    assert_int_equal(no_row(&none), -ENOENT);
    const struct record_range beyond = {4, 6};
    assert_int_equal(no_row(&beyond), -EBADMSG);
    reopen();
    assert_int_equal(row_log.size, 9);
    assert_int_equal(each(), 0);
    assert_string_equal(taken, "0:one 4:twoo");
    assert_int_equal(add("three").at, 9);
    assert_string_equal(get_file(&folder, "index.jsonl"), "one\ntwoo\nthree\n");
}

static void whoever_takes_them_may_stop(void **state)
{
    (void)state;
    add("one");
    add("two");
    add("three");
    reopen();
    take_fails = 2;
    assert_int_equal(each(), -EXDEV);
    take_fails = 0;
    assert_string_equal(taken, "0:one 4:two");
}

static void a_torn_row_is_passed_over_and_the_next_stands_alone(void **state)
{
    (void)state;
    add("one");
    put_file(&folder, "index.jsonl", "one\ntw");
    reopen();
    assert_int_equal(each(), 0);
    assert_string_equal(taken, "0:one");
    assert_int_equal(add("three").at, 7);
    assert_int_equal(add("four").at, 13);
    assert_string_equal(get_file(&folder, "index.jsonl"), "one\ntw\nthree\nfour\n");
    reopen();
    assert_int_equal(each(), 0);
    assert_string_equal(taken, "0:one 4:tw 7:three 13:four");
}

/* Longer than a piece that is read at once; and longer than a row may be. */
static void rows_may_be_long_but_not_endless(void **state)
{
    (void)state;
    static const size_t LENGTHS[] = {65535, 65536, 65537, 200000, 900000};
    for (size_t i = 0; i < ARRAY_LEN(LENGTHS); i++) {
        char *row = calloc(1, LENGTHS[i] + 1);
        memset(row, 'x', LENGTHS[i]);
        const struct record_range at = add(row);
        expect_row(&at, row);
        free(row);
    }
    reopen();
    assert_int_equal(row_log.size, 65535 + 65536 + 65537 + 200000 + 900000 + 5);
    char *endless = malloc(1200001);
    memset(endless, 'y', 1200000);
    endless[1200000] = '\0';
    put_file(&folder, "index.jsonl", endless);
    free(endless);
    reopen();
    assert_int_equal(each(), -EBADMSG);
    assert_string_equal(taken, "");
}

/* Two bytes, then the disk is full. */
static ssize_t two_then_none(int fd, const void *bytes, size_t len)
{
    static bool full;
    full = !full;
    if (full && len > 2)
        return write(fd, bytes, 2);
    errno = ENOSPC;
    return -1;
}

static ssize_t no_write(int fd, const void *bytes, size_t len)
{
    (void)fd;
    (void)bytes;
    (void)len;
    errno = ENOSPC;
    return -1;
}

static void a_row_that_was_half_written_is_torn(void **state)
{
    (void)state;
    struct record_range at, moved;
    add("one");
    sys.write = no_write;
    assert_int_equal(record_log_add(&row_log, "two", 3, &at, &moved), -ENOSPC);
    assert_false(row_log.torn); /* nothing of it stands there */
    sys.write = two_then_none;
    assert_int_equal(record_log_add(&row_log, "two", 3, &at, &moved), -ENOSPC);
    assert_true(row_log.torn);
    sys_reset();
    assert_int_equal(add("three").at, 7);
    assert_false(row_log.torn);
    assert_string_equal(get_file(&folder, "index.jsonl"), "one\ntw\nthree\n");
}

static void without_a_file_rows_are_refused(void **state)
{
    (void)state;
    struct record_range at, moved;
    record_log_release(&row_log);
    assert_int_equal(unlinkat(folder.fd, "index.jsonl", 0), 0);
    assert_int_equal(mkdirat(folder.fd, "index.jsonl", 0700), 0);
    assert_int_equal(record_log_open(&row_log, folder.fd), -EBADMSG);
    assert_int_equal(record_log_add(&row_log, "one", 3, &at, &moved), -EBADF);
    assert_int_equal(each(), 0);
    row_log.dead = 1 << 20;
    assert_false(record_log_is_worn(&row_log));
}

/* ---- a new file ---- */

static void it_is_worn_when_over_half_of_it_is_dead(void **state)
{
    (void)state;
    enum { LEAST = 64 * 1024 };
    static const struct {
        int64_t size, dead;
        bool worn;
    } CASES[] = {
        {0, 0, false},
        {LEAST, LEAST, false},
        {LEAST + 1, LEAST + 1, true},
        {2 * LEAST + 2, LEAST + 1, false},
        {2 * LEAST + 2, LEAST + 2, true},
        {1 << 20, (1 << 19), false},
        {1 << 20, (1 << 19) + 1, true},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        row_log.size = CASES[i].size;
        row_log.dead = CASES[i].dead;
        assert_int_equal(record_log_is_worn(&row_log), CASES[i].worn);
    }
    row_log.dead = 0;
    const struct record_range none = {5, 0}, some = {5, 7};
    record_log_forget(&row_log, &none);
    assert_int_equal(row_log.dead, 0);
    record_log_forget(&row_log, &some);
    record_log_forget(&row_log, &some);
    assert_int_equal(row_log.dead, 16); /* with their line breaks */
}

static void what_is_copied_takes_the_place_of_the_old_file(void **state)
{
    (void)state;
    struct record_range one = add("one"), two = add("two"), moved, third, third_moved;
    struct record_range none = {0};
    record_log_forget(&row_log, &one);
    put_file(&folder, "index.jsonl.new", "left over");
    assert_false(record_log_is_moving(&row_log));
    assert_int_equal(record_log_begin(&row_log), 0);
    assert_true(record_log_is_moving(&row_log));
    assert_int_equal(record_log_copy(&row_log, &two, &moved), 0);
    assert_int_equal(moved.at, 0);
    assert_int_equal(moved.len, 3);
    assert_int_equal(record_log_copy(&row_log, &none, &none), -ENOENT);
    assert_int_equal(record_log_add(&row_log, "three", 5, &third, &third_moved), 0);
    assert_int_equal(third.at, 8);
    assert_int_equal(third_moved.at, 4);
    row_log.torn = true;
    assert_int_equal(record_log_swap(&row_log), 0);
    assert_false(record_log_is_moving(&row_log));
    assert_false(row_log.torn);
    assert_int_equal(row_log.dead, 0);
    assert_int_equal(row_log.size, 10);
    expect_row(&moved, "two");
    expect_row(&third_moved, "three");
    assert_int_equal(add("four").at, 10);
    assert_string_equal(get_file(&folder, "index.jsonl"), "two\nthree\nfour\n");
    assert_false(exists(&folder, "index.jsonl.new"));
}

static ssize_t refuse_the_second(int fd, const void *bytes, size_t len)
{
    static int calls;
    if (++calls % 2)
        return write(fd, bytes, len);
    errno = EIO;
    return -1;
}

static void a_new_file_that_cannot_be_written_is_given_up(void **state)
{
    (void)state;
    struct record_range at, moved;
    assert_int_equal(record_log_begin(&row_log), 0);
    sys.write = refuse_the_second;
    assert_int_equal(record_log_add(&row_log, "one", 3, &at, &moved), 0); /* into the old one */
    sys_reset();
    assert_false(record_log_is_moving(&row_log));
    assert_int_equal(moved.len, 0);
    assert_false(exists(&folder, "index.jsonl.new"));
    expect_row(&at, "one");
    record_log_give_up(&row_log); /* once more does nothing */
    put_file(&folder, "index.jsonl.new", "of somebody else");
    record_log_give_up(&row_log);
    assert_true(exists(&folder, "index.jsonl.new"));
    assert_int_equal(record_log_begin(&row_log), 0);
    record_log_release(&row_log);
    assert_false(exists(&folder, "index.jsonl.new"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_are_found_where_they_stand),
        TEST(whoever_takes_them_may_stop),
        TEST(a_torn_row_is_passed_over_and_the_next_stands_alone),
        TEST(rows_may_be_long_but_not_endless),
        TEST(a_row_that_was_half_written_is_torn),
        TEST(without_a_file_rows_are_refused),
        TEST(it_is_worn_when_over_half_of_it_is_dead),
        TEST(what_is_copied_takes_the_place_of_the_old_file),
        TEST(a_new_file_that_cannot_be_written_is_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
