/* index.jsonl is what lists are made from. A row that is missing, torn or stale must cost time, not
 * truth, and the file must not grow for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "record_fixture.h"

#define INDEX "index.jsonl"

static int opened;

static int counting_openat(int dir, const char *path, int flags, mode_t mode)
{
    opened += strstr(path, ".jsonl") && !strstr(path, INDEX);
    return openat(dir, path, flags, mode);
}

static void tidy(void)
{
    for (int i = 0; records_tidy(records); i++)
        assert_true(i < 1000);
}

static size_t rows(void)
{
    size_t n = 0;
    for (const char *at = get_file(&folder, INDEX); at && (at = strchr(at, '\n')); at++)
        n++;
    return n;
}

static void a_row_at_the_start_and_one_at_the_end(void **state)
{
    (void)state;
    static const char spec[] =
        "{\"council_id\":\"c\",\"labels\":{\"a\":\"b\"},\"question\":\"why\","
        "\"members\":[\"x\"],\"started_by\":{\"uid\":7}}";
    static const char down[] =
        "{\"council_id\":\"d\",\"ended_at\":\"2026-11-22T18:00:01.000Z\",\"duration_ms\":9,"
        "\"outcome\":\"complete\",\"reason\":{\"kind\":\"normal\"},\"started_by\":{\"uid\":7},"
        "\"usage\":{\"input_tokens\":5,\"output_tokens\":2,\"cost\":0.5}}";
    struct record *record;
    assert_int_equal(record_open(records, "a", 1000, spec, strlen(spec), &record), 0);
    expect_in(get_file(&folder, INDEX), "{\"type\":\"start\",\"run_id\":\"a\",\"incarnation\":1000,"
                                        "\"council_id\":\"c\"");
    assert_int_equal(record_end(record, down, strlen(down)), 0);
    record_free(record);
    const char *text = strchr(get_file(&folder, INDEX), '\n');
    expect_in(text, "{\"type\":\"end\",\"run_id\":\"a\",\"incarnation\":1000,\"council_id\":\"d\"");
    expect_in(text, "\"started_by\":{\"uid\":7},\"labels\":{\"a\":\"b\"}");
    expect_in(text, "\"question\":\"why\",\"members\":[\"x\"]");
    expect_in(text, "\"duration_ms\":9,\"outcome\":\"complete\"");
    expect_in(text, "\"tokens\":7,\"cost\":0.5,\"size\":");
    const struct record_key key = key_of("a");
    assert_string_equal(
        row_of(&key),
        "{\"run_id\":\"a\",\"incarnation\":1000,\"council_id\":\"d\",\"registry\":null,"
        "\"question\":\"why\",\"members\":[\"x\"],\"started_at\":null,"
        "\"ended_at\":\"2026-11-22T18:00:01.000Z\",\"duration_ms\":9,\"outcome\":\"complete\","
        "\"reason\":{\"kind\":\"normal\"},\"tokens\":7,\"cost\":0.5,\"labels\":{\"a\":\"b\"}}");
}

static const char *begun_of(const struct record_key *key)
{
    static char text[1024];
    json_t *row;
    size_t len;
    assert_int_equal(records_live_row(records, key, &row, &len), 0);
    json_dumpb(row, text, sizeof text - 1, JSON_COMPACT);
    json_decref(row);
    return text;
}

static void what_is_known_of_a_live_one(void **state)
{
    (void)state;
    static const char spec[] = "{\"council_id\":\"c\",\"question\":\"why\",\"members\":[\"x\"]}";
    struct record *record;
    assert_int_equal(record_open(records, "a", 1000, spec, strlen(spec), &record), 0);
    const struct record_key key = *record_key(record);
    expect_in(begun_of(&key), "\"question\":\"why\",\"members\":[\"x\"]");
    expect_in(begun_of(&key), "\"outcome\":null");
    assert_int_equal(record_end(record, DOWN, strlen(DOWN)), 0);
    record_free(record);
    const struct record_key none = {.incarnation = 1, .run_id = "none"};
    expect_in(begun_of(&none), "{\"run_id\":null,"); /* a row that could not be written */
}

static void lists_open_no_record(void **state)
{
    (void)state;
    struct record_key key;
    run("a", 1000);
    run("b", 2000);
    for (int pass = 0; pass < 2; pass++) {
        opened = 0;
        sys.openat = counting_openat;
        key = key_of("a");
        expect_in(row_of(&key), "\"outcome\":\"complete\"");
        key = key_of("b");
        expect_in(row_of(&key), "\"outcome\":\"complete\"");
        assert_int_equal(opened, 0);
        reopen();
        assert_int_equal(opened, 0); /* nor does the start */
    }
}

static void rows_that_are_missing_are_made_from_the_records(void **state)
{
    (void)state;
    char whole[4096];
    for (int i = 0; i < 40; i++) {
        char id[8];
        snprintf(id, sizeof id, "r%d", i);
        run(id, 1000 + i);
    }
    struct record_key key = key_of("r7");
    snprintf(whole, sizeof whole, "%s", row_of(&key));
    unlinkat(folder.fd, INDEX, 0);
    opened = 0;
    sys.openat = counting_openat;
    reopen();
    assert_int_equal(opened, 0);
    assert_string_equal(row_of(&key), whole); /* from the record */
    opened = 0;
    assert_true(records_tidy(records)); /* a few at a time */
    assert_true(rows() > 0 && rows() < 40);
    tidy();
    assert_int_equal(rows(), 40);
    opened = 0;
    assert_string_equal(row_of(&key), whole);
    assert_int_equal(opened, 0);
}

static void rows_of_records_that_are_gone_are_dropped(void **state)
{
    (void)state;
    struct record_key key;
    run("a", 1000);
    run("b", 2000);
    assert_int_equal(unlinkat(folder.fd, "runs/" FILE_A, 0), 0);
    reopen();
    assert_int_equal(records_find(records, "a", NULL, &key), -ENOENT);
    assert_int_equal(records_count(records), 1);
}

static void what_is_torn_or_nonsense_is_passed_over(void **state)
{
    (void)state;
    run("a", 1000);
    int fd = openat(folder.fd, INDEX, O_WRONLY | O_APPEND);
    static const char JUNK[] =
        "nonsense\n[]\n{\"type\":\"end\"}\n{\"type\":\"end\",\"run_id\":7,\"incarnation\":1000}\n"
        "{\"type\":\"end\",\"run_id\":\"a\",\"incarnation\":1000,\"outcome\":\"fai";
    assert_int_equal(fd_write_all(fd, JUNK, strlen(JUNK)), 0);
    close(fd);
    reopen();
    run("b", 2000);
    reopen();
    struct record_key key = key_of("a");
    expect_in(row_of(&key), "\"outcome\":\"complete\"");
    key = key_of("b");
    opened = 0;
    sys.openat = counting_openat;
    expect_in(row_of(&key), "\"outcome\":\"complete\"");
    assert_int_equal(opened, 0);
}

static void it_is_written_anew_when_most_of_it_no_longer_counts(void **state)
{
    (void)state;
    struct stat before, after;
    struct record_key key;
    for (int i = 0; i < 400; i++) {
        run("r", 1000 + i);
        if (i >= 40) {
            assert_int_equal(records_after(records, NULL, &key), 0);
            assert_int_equal(records_remove(records, &key), 0);
        }
    }
    struct record *live = begin("live", 5000);
    assert_int_equal(fstatat(folder.fd, INDEX, &before, 0), 0);
    assert_true(records_tidy(records)); /* begins, and goes on while runs end */
    assert_true(records_tidy(records));
    run("meanwhile", 1100);
    struct record *other = begin("other", 6000);
    tidy();
    assert_false(exists(&folder, INDEX ".new"));
    assert_int_equal(fstatat(folder.fd, INDEX, &after, 0), 0);
    assert_true(after.st_size < before.st_size / 4);
    assert_int_equal(rows(), 44); /* one of them was there while it lived */
    for (int pass = 0; pass < 2; pass++) {
        opened = 0;
        sys.openat = counting_openat;
        key = key_of("meanwhile");
        expect_in(row_of(&key), "\"run_id\":\"meanwhile\"");
        for (int r = records_before(records, NULL, &key); r == 0;
             r = records_before(records, &key, &key))
            expect_in(row_of(&key), "\"outcome\":\"complete\"");
        assert_int_equal(opened, 0);
        if (pass == 0) {
            assert_int_equal(record_end(live, DOWN, strlen(DOWN)), 0);
            assert_int_equal(record_end(other, DOWN, strlen(DOWN)), 0);
            record_free(live);
            record_free(other);
            reopen();
        }
    }
    assert_int_equal(records_count(records), 43);
}

/* ---- the disk is full ---- */

static void rows_that_could_not_be_written_are_made_later(void **state)
{
    (void)state;
    struct record_key key = run("a", 1000);
    unlinkat(folder.fd, INDEX, 0);
    reopen();
    sys.write = no_write;
    tidy();
    assert_int_equal(rows(), 0);
    expect_in(row_of(&key), "\"outcome\":\"complete\"");
    sys_reset();
    tidy();
    assert_int_equal(rows(), 1);
}

static int no_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    (void)from_dir, (void)from, (void)to_dir, (void)to;
    errno = EACCES;
    return -1;
}

/* The one that is there serves on, and is written anew another time. */
static void an_index_that_cannot_be_written_anew_stays(void **state)
{
    (void)state;
    struct stat before, after;
    struct record_key key;
    for (int i = 0; i < 400; i++) {
        run("r", 1000 + i);
        if (i >= 40) {
            assert_int_equal(records_after(records, NULL, &key), 0);
            assert_int_equal(records_remove(records, &key), 0);
        }
    }
    assert_int_equal(fstatat(folder.fd, INDEX, &before, 0), 0);
    assert_true(records_tidy(records)); /* begins */
    sys.write = no_write;
    assert_false(records_tidy(records));
    sys_reset();
    assert_true(records_tidy(records));
    sys.renameat = no_renameat;
    tidy();
    sys_reset();
    assert_int_equal(fstatat(folder.fd, INDEX, &after, 0), 0);
    assert_int_equal(after.st_ino, before.st_ino);
    assert_int_equal(records_before(records, NULL, &key), 0);
    expect_in(row_of(&key), "\"outcome\":\"complete\"");
    tidy();
    assert_int_equal(fstatat(folder.fd, INDEX, &after, 0), 0);
    assert_true(after.st_size < before.st_size / 4);
    assert_int_equal(rows(), 40);
    expect_in(row_of(&key), "\"outcome\":\"complete\"");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_row_at_the_start_and_one_at_the_end),
        TEST(what_is_known_of_a_live_one),
        TEST(lists_open_no_record),
        TEST(rows_that_are_missing_are_made_from_the_records),
        TEST(rows_of_records_that_are_gone_are_dropped),
        TEST(what_is_torn_or_nonsense_is_passed_over),
        TEST(it_is_written_anew_when_most_of_it_no_longer_counts),
        TEST(rows_that_could_not_be_written_are_made_later),
        TEST(an_index_that_cannot_be_written_anew_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
