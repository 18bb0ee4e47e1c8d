/* A row is made of what there is of a record, and of two rows the later one counts: what a list
 * shows must be true after any loss, and cost no more than its length says. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "daemon/records/record_store.h"
#include "record_fixture.h"

#define ASKED                                                                                      \
    "{\"council_id\":\"c\",\"registry\":\"r\",\"question\":\"why\",\"started_by\":{\"uid\":7}}"
#define FILE_OF(id) "runs/0000000001000-" id ".jsonl"

/* ---- of what there is ---- */

static void without_rows(void)
{
    records_free(records);
    records = NULL;
    assert_int_equal(unlinkat(folder.fd, "index.jsonl", 0), 0);
    assert_int_equal(records_open(folder.fd, &records, NULL), 0);
}

static void asked_and_ended(const char *id)
{
    struct record *record;
    assert_int_equal(record_open(records, id, 1000, ASKED, strlen(ASKED), &record), 0);
    assert_int_equal(record_end(record, DOWN, strlen(DOWN)), 0);
    record_free(record);
}

static void write_over_its_first_line(const char *path)
{
    int fd = openat(folder.fd, path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, "X", 1, 20), 1);
    close(fd);
}

/* Before it is written, and then from where it stands. */
static void expect_row_with(const char *id, const char *part, const char *other)
{
    const struct record_key key = key_of(id);
    for (int pass = 0; pass < 2; pass++) {
        _cleanup_free_ char *row = NULL;
        assert_int_equal(records_row(records, &key, &row), 0);
        expect_in(row, part);
        expect_in(row, other);
        while (records_tidy(records))
            ;
        assert_int_equal(records->rowless, 0);
    }
    assert_int_equal(records_count(records), 1);
}

static void an_end_and_a_spec_that_was_written_over(void **state)
{
    (void)state;
    asked_and_ended("a");
    write_over_its_first_line(FILE_OF("a"));
    without_rows();
    expect_row_with("a", "\"question\":null", "\"outcome\":\"complete\"");
    assert_true(exists(&folder, FILE_OF("a")));
}

static void a_spec_without_an_end_tells_what_was_asked_and_not_by_whom(void **state)
{
    (void)state;
    put_file(&folder, FILE_OF("a"), ASKED "\n{\"seq\":1}\n");
    reopen();
    expect_row_with("a",
                    "{\"type\":\"end\",\"run_id\":\"a\",\"incarnation\":1000,\"council_id\":\"c\","
                    "\"registry\":null,\"started_at\":null,\"started_by\":null,",
                    "\"question\":\"why\",\"members\":null,\"reason\":{\"kind\":\"unknown\"}");
}

/* Only where it cannot be written over by its run. */
static void a_spec_of_version_0_1_tells_that_too(void **state)
{
    (void)state;
    assert_int_equal(mkdirat(folder.fd, "runs/0000000001000-a", 0700), 0);
    put_file(&folder, "runs/0000000001000-a/spec.json", ASKED);
    reopen();
    expect_row_with("a", "\"registry\":\"r\"", "\"started_by\":{\"uid\":7}");
}

static void neither_of_them(void **state)
{
    (void)state;
    put_file(&folder, FILE_OF("a"), "no line at all");
    reopen();
    expect_row_with("a", "\"council_id\":null", "\"reason\":{\"kind\":\"unknown\"}");
    assert_true(exists(&folder, FILE_OF("a")));
}

static void no_file_any_more(void **state)
{
    (void)state;
    asked_and_ended("a");
    without_rows();
    assert_int_equal(unlinkat(folder.fd, FILE_OF("a"), 0), 0);
    expect_row_with("a", "\"council_id\":null", "\"reason\":{\"kind\":\"unknown\"}");
}

/* ---- how long it is ---- */

static size_t length_told(const struct record_key *key)
{
    json_t *shown;
    size_t len;
    assert_int_equal(records_summary(records, key, &shown, &len), 0);
    json_decref(shown);
    return len;
}

static void its_length_is_told_wherever_it_is_from(void **state)
{
    (void)state;
    asked_and_ended("a");
    const struct record_key key = key_of("a");
    for (int pass = 0; pass < 2; pass++) {
        _cleanup_free_ char *row = NULL;
        assert_int_equal(records_row(records, &key, &row), 0);
        assert_int_equal(length_told(&key), strlen(row));
        without_rows();
    }
}

/* ---- of two rows ---- */

#define ROW(type, more) "{\"type\":\"" type "\",\"run_id\":\"a\",\"incarnation\":1000" more "}\n"
#define FIRST           ROW("end", ",\"outcome\":\"first\",\"size\":11")
#define SECOND          ROW("end", ",\"outcome\":\"second\",\"size\":12")
#define BEGUN           ROW("start", ",\"size\":13")
#define OTHER           "{\"type\":\"end\",\"run_id\":\"b\",\"incarnation\":1000}\n"

static void the_later_end_counts_and_a_beginning_never_does(void **state)
{
    (void)state;
    static const struct {
        const char *rows, *outcome;
        int64_t size;
        size_t dead;
    } CASES[] = {
        {FIRST, "first", 11, 0},
        {FIRST SECOND, "second", 12, sizeof FIRST - 1},
        {SECOND FIRST, "first", 11, sizeof SECOND - 1},
        {BEGUN FIRST, "first", 11, sizeof BEGUN - 1},
        {FIRST BEGUN, "first", 11, sizeof BEGUN - 1},
        {OTHER FIRST OTHER, "first", 11, 2 * (sizeof OTHER - 1)}, /* of one that is not there */
        {"nonsense\n" FIRST, "first", 11, sizeof "nonsense\n" - 1},
    };
    put_file(&folder, FILE_OF("a"), ASKED "\n");
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        put_file(&folder, "index.jsonl", CASES[i].rows);
        reopen();
        const struct record_key key = key_of("a");
        char part[64];
        snprintf(part, sizeof part, "\"outcome\":\"%s\"", CASES[i].outcome);
        expect_in(row_of(&key), part);
        assert_int_equal(record_size(records, &key), CASES[i].size);
        assert_int_equal(records->log.dead, CASES[i].dead);
        assert_int_equal(records->rowless, 0);
    }
    put_file(&folder, "index.jsonl", BEGUN OTHER);
    reopen();
    assert_int_equal(records->rowless, 1);
}

/* ---- what stands in front of an end ---- */

static int64_t end_of_events(const struct record_key *key)
{
    struct record_events events;
    assert_int_equal(records_open_events(records, key, &events), 0);
    assert_true(events.fd >= 0);
    close(events.fd);
    return events.end;
}

/* Nothing that is written behind the end, by whoever kept a descriptor, is one of its events. */
static void events_end_with_their_record(void **state)
{
    (void)state;
    struct record *record = begin("a", 1000);
    const struct record_key key = *record_key(record);
    assert_true(end_of_events(&key) == INT64_MAX);
    int kept = record_descriptor(record);
    assert_int_equal(record_end(record, DOWN, strlen(DOWN)), 0);
    record_free(record);
    const int64_t size = records_bytes(records, &key);
    assert_int_equal(end_of_events(&key), size);
    assert_int_equal(fd_write_all(kept, "{\"seq\":9}\n", 10), 0);
    close(kept);
    assert_int_equal(end_of_events(&key), size);
    int file = openat(folder.fd, FILE_OF("a"), O_WRONLY | O_CLOEXEC);
    assert_int_equal(ftruncate(file, size - 5), 0);
    close(file);
    assert_int_equal(end_of_events(&key), size - 5); /* no more than there is */
}

/* ---- room ---- */

/* An end finds its place in the table without asking for memory. */
static void there_is_room_for_each_end_that_will_come(void **state)
{
    (void)state;
    enum { RUNS = 100 };
    struct record *live[RUNS];
    run("ended", 1);
    for (int i = 0; i < RUNS; i++) {
        live[i] = begin("a", 1000 + i);
        assert_true(records->live.size >= records->live.count);
        assert_true(records->index.size >= records->index.count + records->live.count);
    }
    for (int i = 0; i < RUNS; i++) {
        assert_int_equal(record_end(live[i], DOWN, strlen(DOWN)), 0);
        record_free(live[i]);
    }
    assert_int_equal(records_count(records), RUNS + 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_end_and_a_spec_that_was_written_over),
        TEST(a_spec_without_an_end_tells_what_was_asked_and_not_by_whom),
        TEST(a_spec_of_version_0_1_tells_that_too),
        TEST(neither_of_them),
        TEST(no_file_any_more),
        TEST(its_length_is_told_wherever_it_is_from),
        TEST(the_later_end_counts_and_a_beginning_never_does),
        TEST(events_end_with_their_record),
        TEST(there_is_room_for_each_end_that_will_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
