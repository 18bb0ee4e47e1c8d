/* What the kernel refuses the records is told with its reason, and what stands there stays: an
 * operator has to find out why a record is not where it was looked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "log_lines.h"
#include "record_fixture.h"

#define SPEC_WHOLE SPEC_LINE "\"council_id\":\"three\",\"recorder\":\"journal\"}\n"

/* ---- what a predecessor has left ---- */

static void leave(const char *id, const char *text)
{
    char path[96];
    snprintf(path, sizeof path, "open/0000000001000-%s.jsonl", id);
    put_file(&folder, path, text);
}

static struct records_lost lost;

/* And says so. */
static void expect_told(const char *line)
{
    log_lines_begin();
    assert_int_equal(records_close_predecessor(records, &lost), 0);
    assert_string_equal(log_lines(), line);
    log_lines_end();
}

static void each_that_is_put_aside_is_told_with_its_reason(void **state)
{
    (void)state;
    static const struct {
        const char *name, *why;
    } CASES[] = {
        {"stray", "not the name of a record"},
        {"0000000001000-taken.jsonl", "its name is taken in runs/"},
        {"0000000001000-link.jsonl", "not a plain file"},
    };
    put_file(&folder, "runs/0000000001000-taken.jsonl", SPEC_WHOLE);
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        char path[64], line[256];
        snprintf(path, sizeof path, "open/%s", CASES[i].name);
        if (i == 2)
            assert_int_equal(symlinkat("nowhere", folder.fd, path), 0);
        else
            put_file(&folder, path, SPEC_WHOLE);
        reopen();
        snprintf(line, sizeof line, "<4>put aside into odd/ what is no record name=%s why=\"%s\"\n",
                 CASES[i].name, CASES[i].why);
        expect_told(line);
        assert_int_equal(lost.odd, 1);
        assert_int_equal(lost.closed + lost.unclosed, 0);
    }
}

static int no_unlinkat(int dir, const char *path, int flags)
{
    (void)dir, (void)path, (void)flags;
    errno = EPERM;
    return -1;
}

static void what_cannot_be_removed_is_put_aside(void **state)
{
    (void)state;
    leave("empty", "");
    reopen();
    sys.unlinkat = no_unlinkat;
    expect_told("<4>put aside into odd/ what is no record name=0000000001000-empty.jsonl "
                "why=\"it cannot be removed\"\n");
    assert_int_equal(lost.odd, 1);
    assert_true(exists(&folder, "odd/0000000001000-empty.jsonl"));
}

static void what_came_after_all_were_listed_stays(void **state)
{
    (void)state;
    reopen();
    leave("late", SPEC_WHOLE);
    expect_told("<3>cannot close what a predecessor left in open/ "
                "name=0000000001000-late.jsonl error=\"Stale file handle\"\n");
    assert_int_equal(lost.odd, 1);
    assert_string_equal(get_file(&folder, "open/0000000001000-late.jsonl"), SPEC_WHOLE);
}

static const char *unopened;

static int openat_but_for_one(int dir, const char *path, int flags, mode_t mode)
{
    if (strcmp(path, unopened) != 0)
        return openat(dir, path, flags, mode);
    errno = EMFILE;
    return -1;
}

static void what_cannot_be_opened_stays(void **state)
{
    (void)state;
    leave("a", SPEC_WHOLE);
    leave("b", SPEC_WHOLE);
    reopen();
    unopened = "0000000001000-a.jsonl";
    sys.openat = openat_but_for_one;
    expect_told("<3>cannot close what a predecessor left in open/ "
                "name=0000000001000-a.jsonl error=\"Too many open files\"\n");
    assert_int_equal(lost.odd, 1);
    assert_int_equal(lost.closed, 1);
    assert_string_equal(get_file(&folder, "open/0000000001000-a.jsonl"), SPEC_WHOLE);
    sys_reset();
    assert_int_equal(close_lost().closed, 1);
}

static int no_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    (void)from_dir, (void)from, (void)to_dir, (void)to;
    errno = EROFS;
    return -1;
}

static void what_cannot_be_put_aside_is_told(void **state)
{
    (void)state;
    put_file(&folder, "open/stray", "x");
    reopen();
    sys.renameat = no_renameat;
    expect_told("<3>cannot put aside what is no record name=stray "
                "why=\"not the name of a record\" error=\"Read-only file system\"\n");
    assert_int_equal(lost.odd, 1);
    assert_string_equal(get_file(&folder, "open/stray"), "x");
}

static void a_folder_that_cannot_be_moved_stays(void **state)
{
    (void)state;
    assert_int_equal(mkdirat(folder.fd, "open/0000000001000-old", 0700), 0);
    put_file(&folder, "open/0000000001000-old/spec.json", SPEC);
    reopen();
    sys.renameat = no_renameat;
    expect_told("<3>cannot close what a predecessor left in open/ name=0000000001000-old "
                "error=\"Read-only file system\"\n");
    assert_int_equal(lost.odd, 1);
    assert_int_equal(lost.closed, 0);
    assert_int_equal(records_count(records), 0);
    sys_reset();
    assert_int_equal(close_lost().closed, 1);
    assert_true(exists(&folder, "runs/0000000001000-old/spec.json"));
}

/* ---- the folders ---- */

static int no_mkdirat(int dir, const char *path, mode_t mode)
{
    errno = ENOSPC;
    return strcmp(path, unopened) == 0 ? -1 : mkdirat(dir, path, mode);
}

static void without_its_folders_there_are_no_records(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"open", "runs"};
    for (size_t i = 0; i < 2; i++) {
        struct records *none = NULL;
        struct error err;
        char wanted[128];
        const int before = fd_count_open();
        unopened = NAMES[i];
        sys.mkdirat = no_mkdirat;
        assert_int_equal(records_open(folder.fd, &none, &err), -ENOSPC);
        snprintf(wanted, sizeof wanted,
                 "cannot make the records directory %s: No space left on device", NAMES[i]);
        assert_string_equal(err.text, wanted);
        sys_reset();
        sys.openat = openat_but_for_one;
        assert_int_equal(records_open(folder.fd, &none, &err), -EMFILE);
        snprintf(wanted, sizeof wanted, "cannot open the records directory %s: Too many open files",
                 NAMES[i]);
        assert_string_equal(err.text, wanted);
        sys_reset();
        assert_null(none);
        assert_int_equal(fd_count_open(), before);
    }
    unopened = ".";
    sys.openat = openat_but_for_one;
    struct records *none = NULL;
    struct error err;
    assert_int_equal(records_open(folder.fd, &none, &err), -EMFILE);
    assert_string_equal(err.text, "cannot list the records: Too many open files");
    assert_null(none);
}

static void an_index_that_cannot_be_opened_is_told(void **state)
{
    (void)state;
    const struct record_key key = run("a", 1000);
    unopened = "index.jsonl";
    sys.openat = openat_but_for_one;
    log_lines_begin();
    reopen();
    assert_string_equal(log_lines(),
                        "<3>cannot open the index of records error=\"Too many open files\"\n");
    log_lines_end();
    expect_in(row_of(&key), "\"outcome\":\"complete\"");
}

/* ---- one run ---- */

static int tries;

static int taken_openat(int dir, const char *path, int flags, mode_t mode)
{
    if (!(flags & O_EXCL))
        return openat(dir, path, flags, mode);
    tries++;
    errno = EEXIST;
    return -1;
}

static void a_name_is_looked_for_within_bounds(void **state)
{
    (void)state;
    struct record *record = NULL;
    sys.openat = taken_openat;
    tries = 0;
    assert_int_equal(record_open(records, "a", 1000, SPEC, strlen(SPEC), &record), -EEXIST);
    assert_null(record);
    assert_int_equal(tries, 10000);
}

static void a_result_whose_file_is_gone_is_not_read(void **state)
{
    (void)state;
    char *text = NULL;
    size_t len;
    struct buf line = BUF_INIT(1024);
    struct record *record = begin("a", 1000);
    assert_int_equal(record_read_result(record, &text, &len), -ENOENT);
    buf_add_str(&line, RESULT);
    assert_int_equal(record_add_result(record, &line), 0);
    assert_int_equal(record_add_result(record, &line), -EALREADY);
    buf_release(&line);
    assert_int_equal(record_read_result(record, &text, &len), 0);
    assert_string_equal(text, RESULT);
    assert_int_equal(len, strlen(RESULT));
    free(text);
    text = NULL;
    unopened = FILE_A;
    sys.openat = openat_but_for_one;
    assert_int_equal(record_read_result(record, &text, &len), -EMFILE);
    assert_null(text);
    assert_int_equal(record_descriptor(record), -EMFILE);
    sys_reset();
    assert_int_equal(record_discard(record), 0);
    assert_int_equal(record_discard(record), -EALREADY);
    assert_int_equal(record_end(record, DOWN, strlen(DOWN)), -EALREADY);
    record_free(record);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_that_is_put_aside_is_told_with_its_reason),
        TEST(what_cannot_be_removed_is_put_aside),
        TEST(what_came_after_all_were_listed_stays),
        TEST(what_cannot_be_opened_stays),
        TEST(what_cannot_be_put_aside_is_told),
        TEST(a_folder_that_cannot_be_moved_stays),
        TEST(without_its_folders_there_are_no_records),
        TEST(an_index_that_cannot_be_opened_is_told),
        TEST(a_name_is_looked_for_within_bounds),
        TEST(a_result_whose_file_is_gone_is_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
