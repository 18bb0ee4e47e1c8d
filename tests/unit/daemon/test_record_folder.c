/* Folders and the index of records that cannot be used: what is in the way of a daemon must neither
 * keep it from serving nor be lost, and the log says what it is. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "common/cleanup.h"
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

/* A name that leaves no room for a number is cut, one that leaves some is not. */
static void a_name_of_every_length_gets_a_number(void **state)
{
    (void)state;
    log_lines_begin(); /* they are many and long */
    for (int len = 230; len <= 255; len++) {
        char name[256], aside[300];
        memset(name, 'n', sizeof name);
        name[len] = '\0';
        for (int i = 0; i < 2; i++) {
            put_file(&folder, name, i ? "second" : "first");
            assert_int_equal(record_put_aside(folder.fd, folder.fd, name, "a test"), 0);
            snprintf(aside, sizeof aside, i ? "odd/%.239s.1" : "odd/%.239s", name);
            assert_string_equal(get_file(&folder, aside), i ? "second" : "first");
            assert_false(exists(&folder, name));
        }
        unlinkat(folder.fd, aside, 0);
        aside[strlen(aside) - 2] = '\0';
        unlinkat(folder.fd, aside, 0);
    }
    log_lines_end();
}

static void after_a_thousand_of_one_name_no_more_is_put_aside(void **state)
{
    (void)state;
    assert_int_equal(mkdirat(folder.fd, "odd", 0700), 0);
    for (int i = 0; i < 999; i++) {
        char name[32];
        snprintf(name, sizeof name, i ? "odd/stray.%d" : "odd/stray", i);
        put_file(&folder, name, "");
    }
    put_file(&folder, "stray", "last");
    assert_int_equal(record_put_aside(folder.fd, folder.fd, "stray", "a test"), 0);
    assert_string_equal(get_file(&folder, "odd/stray.999"), "last");
    put_file(&folder, "stray", "x");
    assert_int_equal(record_put_aside(folder.fd, folder.fd, "stray", "a test"), -EEXIST);
    assert_string_equal(get_file(&folder, "stray"), "x");
    assert_false(exists(&folder, "odd/stray.1000"));
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

/* ---- a file system that does not tell in a listing what is a folder ---- */

static bool untold;
static int names_left = -1; /* until the disk fails; negative: it does not */

/* In the place of libc's. */
struct dirent *readdir(DIR *listing)
{
    if (names_left == 0) {
        errno = EIO;
        return NULL;
    }
    names_left -= names_left > 0;
    struct dirent *e = (struct dirent *)readdir64(listing);
    if (e && untold)
        e->d_type = DT_UNKNOWN;
    return e;
}

static char listed[256];

static int note_found(void *context, const struct record_found *found)
{
    const size_t len = strlen(listed);
    snprintf(listed + len, sizeof listed - len, "%s%s %d %d", len ? "\n" : "", found->name,
             found->folder, found->is_record);
    return *(const int *)context;
}

static void a_folder_is_known_where_a_listing_does_not_tell(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool folder;
        const char *listed;
    } CASES[] = {
        {"0000000001000-a", true, "0000000001000-a 1 1"},
        {"0000000001000-a", false, "0000000001000-a 0 0"},
        {"0000000001000-a.jsonl", true, "0000000001000-a.jsonl 1 1"},
        {"0000000001000-a.jsonl", false, "0000000001000-a.jsonl 0 1"},
    };
    int go_on = 0;
    assert_int_equal(mkdirat(folder.fd, "there", 0700), 0);
    for (size_t i = 0; i < 2 * ARRAY_LEN(CASES); i++) {
        const char *name = CASES[i / 2].name;
        int there = openat(folder.fd, "there", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (CASES[i / 2].folder)
            assert_int_equal(mkdirat(there, name, 0700), 0);
        else
            assert_int_equal(mknodat(there, name, S_IFREG | 0600, 0), 0);
        listed[0] = '\0';
        untold = i % 2;
        assert_int_equal(record_list_directory(there, note_found, &go_on), 0);
        untold = false;
        assert_string_equal(listed, CASES[i / 2].listed);
        assert_int_equal(unlinkat(there, name, CASES[i / 2].folder ? AT_REMOVEDIR : 0), 0);
        close(there);
    }
}

/* A link to a folder is none. */
static void a_link_is_no_folder(void **state)
{
    (void)state;
    int go_on = 0;
    assert_int_equal(mkdirat(folder.fd, "there", 0700), 0);
    assert_int_equal(symlinkat("..", folder.fd, "there/link"), 0);
    int there = openat(folder.fd, "there", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < 2; i++) {
        listed[0] = '\0';
        untold = i;
        assert_int_equal(record_list_directory(there, note_found, &go_on), 0);
        assert_string_equal(listed, "link 0 0");
    }
    untold = false;
    close(there);
}

static void whoever_is_told_may_stop(void **state)
{
    (void)state;
    int stop = -EIO;
    const int before = fd_count_open();
    listed[0] = '\0';
    assert_int_equal(record_list_directory(folder.fd, note_found, &stop), -EIO);
    assert_null(strchr(listed, '\n')); /* of several the first */
    assert_true(strlen(listed) > 0);
    assert_int_equal(fd_count_open(), before);
}

/* Records whose names could not be read would not be there. */
static void a_listing_that_fails_is_no_end(void **state)
{
    (void)state;
    int go_on = 0;
    struct records *none = NULL;
    struct error err;
    for (int left = 0; left < 3; left++) {
        listed[0] = '\0';
        names_left = left;
        assert_int_equal(record_list_directory(folder.fd, note_found, &go_on), -EIO);
        names_left = left;
        assert_int_equal(records_open(folder.fd, &none, &err), -EIO);
        assert_string_equal(err.text, "cannot list the records: Input/output error");
        names_left = -1;
    }
    errno = EIO; /* of something else */
    assert_int_equal(record_list_directory(folder.fd, note_found, &go_on), 0);
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
        TEST(a_name_of_every_length_gets_a_number),
        TEST(after_a_thousand_of_one_name_no_more_is_put_aside),
        TEST(without_a_folder_for_it_nothing_is_put_aside),
        TEST(a_folder_is_known_where_a_listing_does_not_tell),
        TEST(a_link_is_no_folder),
        TEST(whoever_is_told_may_stop),
        TEST(a_listing_that_fails_is_no_end),
        TEST(without_its_index_it_serves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
