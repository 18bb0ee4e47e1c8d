/* Folders and the index of records that cannot be used: what is in the way of a daemon must neither
 * keep it from serving nor be lost, and the log says what it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "daemon/records/record_folder.h"
#include "log_lines.h"
#include "record_fixture.h"

static int no_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    (void)from_dir, (void)from, (void)to_dir, (void)to;
    errno = EROFS;
    return -1;
}

static void what_is_put_aside_or_not_is_told(void **state)
{
    (void)state;
    put_file(&folder, "stray", "x");
    log_lines_begin();
    sys.renameat = no_renameat;
    assert_int_equal(record_put_aside(folder.fd, folder.fd, "stray", "a test"), -EROFS);
    assert_string_equal(log_lines(), "<3>cannot put aside what is no record name=stray "
                                     "why=\"a test\" error=\"Read-only file system\"\n");
    assert_string_equal(get_file(&folder, "stray"), "x");
    sys_reset();
    assert_int_equal(record_put_aside(folder.fd, folder.fd, "stray", "a test"), 0);
    assert_string_equal(log_lines(),
                        "<4>put aside into odd/ what is no record name=stray why=\"a test\"\n");
    assert_string_equal(get_file(&folder, "odd/stray"), "x");
    log_lines_end();
}

static int no_mkdirat(int dir, const char *path, mode_t mode)
{
    (void)dir, (void)path, (void)mode;
    errno = ENOSPC;
    return -1;
}

static void without_a_folder_for_it_nothing_is_put_aside(void **state)
{
    (void)state;
    put_file(&folder, "stray", "x");
    sys.mkdirat = no_mkdirat;
    assert_int_equal(record_put_aside(folder.fd, folder.fd, "stray", "a test"), -ENOSPC);
    assert_string_equal(get_file(&folder, "stray"), "x");
}

static int openat_without_index(int dir, const char *path, int flags, mode_t mode)
{
    if (strcmp(path, "index.jsonl") != 0)
        return openat(dir, path, flags, mode);
    errno = EACCES;
    return -1;
}

/* Lists read the records themselves then. */
static void without_its_index_it_serves(void **state)
{
    (void)state;
    const struct record_key key = run("a", 1000);
    records_free(records);
    log_lines_begin();
    sys.openat = openat_without_index;
    assert_int_equal(records_open(folder.fd, &records, NULL), 0);
    assert_string_equal(log_lines(),
                        "<3>cannot open the index of records error=\"Permission denied\"\n");
    log_lines_end();
    expect_in(row_of(&key), "\"run_id\":\"a\"");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_put_aside_or_not_is_told),
        TEST(without_a_folder_for_it_nothing_is_put_aside),
        TEST(without_its_index_it_serves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
