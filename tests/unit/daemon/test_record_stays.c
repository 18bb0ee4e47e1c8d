/* What a predecessor left and cannot be closed, or must not be: it stays, or is put aside, and is
 * told with its name, or nobody ever looks for what is missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "daemon/records/record_store.h"
#include "log_lines.h"
#include "record_fixture.h"

#define SPEC_WHOLE SPEC_LINE "\"council_id\":\"three\",\"recorder\":\"journal\"}\n"
#define CANNOT(name, why)                                                                          \
    "<3>cannot close what a predecessor left in open/ name=" name " error=\"" why "\"\n"
#define ASIDE(name, why) "<4>put aside into odd/ what is no record name=" name " why=\"" why "\"\n"

static const char *denied; /* the name that cannot be opened, moved or removed */

static int denied_openat(int dir, const char *name, int flags, mode_t mode)
{
    if (strcmp(name, denied) == 0) {
        errno = EACCES;
        return -1;
    }
    return openat(dir, name, flags, mode);
}

static int denied_renameat(int from, const char *name, int to, const char *as)
{
    if (strcmp(name, denied) == 0) {
        errno = EIO;
        return -1;
    }
    return renameat(from, name, to, as);
}

static int denied_unlinkat(int dir, const char *name, int flags)
{
    if (strcmp(name, denied) == 0) {
        errno = EIO;
        return -1;
    }
    return unlinkat(dir, name, flags);
}

static void expect_lost(size_t closed, size_t odd)
{
    struct records_lost lost = {7, 7, 7};
    assert_int_equal(records_close_predecessor(records, &lost), 0);
    assert_int_equal(lost.closed, closed);
    assert_int_equal(lost.unclosed, 0);
    assert_int_equal(lost.odd, odd);
}

static void leave_folder(const char *id)
{
    char path[96];
    snprintf(path, sizeof path, "open/0000000001000-%s", id);
    assert_int_equal(mkdirat(folder.fd, path, 0700), 0);
    snprintf(path, sizeof path, "open/0000000001000-%s/spec.json", id);
    put_file(&folder, path, SPEC);
}

static void one_that_came_later_stays(void **state)
{
    (void)state;
    log_lines_begin();
    put_file(&folder, "open/0000000001000-late.jsonl", SPEC_WHOLE);
    expect_lost(0, 1);
    assert_string_equal(log_lines(), CANNOT("0000000001000-late.jsonl", "Stale file handle"));
    assert_int_equal(records_count(records), 0);
    assert_string_equal(get_file(&folder, "open/0000000001000-late.jsonl"), SPEC_WHOLE);
    reopen();
    expect_lost(1, 0);
    assert_string_equal(log_lines(), "");
    log_lines_end();
}

static void one_that_cannot_be_opened_stays(void **state)
{
    (void)state;
    log_lines_begin();
    put_file(&folder, "open/0000000001000-a.jsonl", SPEC_WHOLE);
    put_file(&folder, "open/0000000001000-b.jsonl", SPEC_WHOLE);
    reopen();
    denied = "0000000001000-a.jsonl";
    sys.openat = denied_openat;
    expect_lost(1, 1);
    assert_string_equal(log_lines(), CANNOT("0000000001000-a.jsonl", "Permission denied"));
    assert_true(exists(&folder, "open/0000000001000-a.jsonl"));
    sys_reset();
    reopen();
    expect_lost(1, 0);
    assert_true(exists(&folder, "runs/0000000001000-a.jsonl"));
    log_lines_end();
}

static void a_folder_that_cannot_be_moved_stays(void **state)
{
    (void)state;
    log_lines_begin();
    leave_folder("old");
    reopen();
    denied = "0000000001000-old";
    sys.renameat = denied_renameat;
    expect_lost(0, 1);
    assert_string_equal(log_lines(), CANNOT("0000000001000-old", "Input/output error"));
    assert_int_equal(records_count(records), 0);
    sys_reset();
    reopen();
    expect_lost(1, 0);
    const struct record_key key = key_of("old");
    assert_true(record_index_entry(&records->index, &key)->folder);
    assert_int_equal(record_size(records, &key), strlen(SPEC));
    assert_true(record_index_entry(&records->index, &key)->row.len > 0);
    assert_int_equal(records->rowless, 0);
    expect_in(get_file(&folder, "index.jsonl"), "{\"type\":\"end\",\"run_id\":\"old\"");
    log_lines_end();
}

/* It is told why, and where it went. */
static void what_is_put_aside_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *told;
    } CASES[] = {
        {"stray", "x", ASIDE("stray", "not the name of a record")},
        {"0000000001000-taken.jsonl", SPEC_WHOLE,
         ASIDE("0000000001000-taken.jsonl", "its name is taken in runs/")},
        {"0000000001000-link.jsonl", NULL, ASIDE("0000000001000-link.jsonl", "not a plain file")},
        {"0000000001000-empty.jsonl", "",
         ASIDE("0000000001000-empty.jsonl", "it cannot be removed")},
        {"0000000001000-none.jsonl", SPEC_LINE "\"recorder\":\"none\"}\n",
         ASIDE("0000000001000-none.jsonl", "it cannot be removed")},
    };
    put_file(&folder, "runs/0000000001000-taken.jsonl", SPEC_WHOLE);
    log_lines_begin();
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char open[96], odd[96];
        snprintf(open, sizeof open, "open/%s", CASES[i].name);
        snprintf(odd, sizeof odd, "odd/%s", CASES[i].name);
        if (CASES[i].text)
            put_file(&folder, open, CASES[i].text);
        else
            assert_int_equal(symlinkat("nowhere", folder.fd, open), 0);
        reopen();
        denied = CASES[i].name;
        sys.unlinkat = denied_unlinkat;
        expect_lost(0, 1);
        sys_reset();
        assert_string_equal(log_lines(), CASES[i].told);
        assert_false(exists(&folder, open));
        assert_true(exists(&folder, odd));
        assert_int_equal(records_count(records), 1);
    }
    log_lines_end();
}

/* Neither its row nor itself is found afterwards, whatever became of it. */
static void none_of_them_lives(void **state)
{
    (void)state;
    json_t *row = NULL;
    size_t len;
    static const char *const IDS[] = {"none", "ended"};
    put_file(&folder, "index.jsonl",
             "{\"type\":\"start\",\"run_id\":\"none\",\"incarnation\":1000}\n"
             "{\"type\":\"start\",\"run_id\":\"ended\",\"incarnation\":1000}\n");
    put_file(&folder, "open/0000000001000-none.jsonl", SPEC_LINE "\"recorder\":\"none\"}\n");
    put_file(&folder, "open/0000000001000-ended.jsonl", SPEC_WHOLE);
    reopen();
    for (int i = 0; i < 4; i++) {
        struct record_key key = {.incarnation = 1000};
        snprintf(key.run_id, sizeof key.run_id, "%s", IDS[i % 2]);
        if (i == 2)
            expect_lost(1, 0);
        assert_int_equal(records_live_row(records, &key, &row, &len), 0);
        json_decref(row);
        assert_int_equal(len > 0, i < 2); /* the length of a row that there is */
    }
    assert_int_equal(records->live.count, 0);
    assert_int_equal(records_count(records), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* None is made up from the file of a run that has only begun. */
static void only_what_has_ended_has_a_row_of_its_end(void **state)
{
    (void)state;
    char *row = NULL;
    struct record *record = begin("a", 1000);
    assert_int_equal(records_row(records, record_key(record), &row), -ENOENT);
    assert_null(row);
    assert_int_equal(record_discard(record), 0);
    record_free(record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_that_came_later_stays),
        TEST(one_that_cannot_be_opened_stays),
        TEST(a_folder_that_cannot_be_moved_stays),
        TEST(what_is_put_aside_is_told),
        TEST(none_of_them_lives),
        TEST(only_what_has_ended_has_a_row_of_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
