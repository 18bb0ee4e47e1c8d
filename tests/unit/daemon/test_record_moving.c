/* A run that ends while index.jsonl is written anew has its row there, also when there was no
 * memory for its end; and that of its beginning, which is not true any more, is not carried over.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "daemon/records/record_store.h"
#include "failing.h"
#include "record_fixture.h"

static void tidy(void)
{
    for (int i = 0; records_tidy(records); i++)
        assert_true(i < 1000);
}

static void begin_anew(void)
{
    records->log.dead = 1 << 20;
    assert_true(records_tidy(records)); /* begins */
    assert_true(record_log_is_moving(&records->log));
}

static size_t rows(void)
{
    size_t n = 0;
    for (const char *at = get_file(&folder, "index.jsonl"); at && (at = strchr(at, '\n')); at++)
        n++;
    return n;
}

static void expect_row(const struct record_key *key, const char *part)
{
    _cleanup_free_ char *row = NULL;
    const struct record_entry *e = record_index_entry(&records->index, key);
    assert_non_null(e);
    assert_int_equal(record_log_read(&records->log, &e->row, &row), 0);
    expect_in(row, part);
    assert_int_equal(e->moved.len, 0);
}

/* What has its row in the new file already is passed over, and what has none; those behind it are
 * not. */
static void those_behind_one_that_needs_no_copy_are_copied(void **state)
{
    (void)state;
    struct record_key keys[5];
    for (int i = 0; i < 5; i++)
        keys[i] = run("r", 1000 + 10 * i);
    struct record *young = begin("young", 5000);
    begin_anew();
    const struct record_key between = run("between", 1015);
    struct record_entry *rowless = record_index_entry(&records->index, &keys[3]);
    rowless->row = (struct record_range){0};
    tidy();
    assert_false(record_log_is_moving(&records->log));
    assert_int_equal(rows(), 4 + 2 + 1); /* each once: four, both of `between`, that of `young` */
    for (int i = 0; i < 5; i++)
        if (i != 3)
            expect_row(&keys[i], "\"outcome\":\"complete\"");
    expect_row(&between, "\"run_id\":\"between\"");
    assert_int_equal(record_index_entry(&records->index, &keys[3])->row.len, 0);
    const struct record_key key = *record_key(young);
    assert_int_equal(record_end(young, DOWN, strlen(DOWN)), 0);
    record_free(young);
    expect_row(&key, "\"run_id\":\"young\"");
}

static struct record *begin_and_be_copied(struct record_key *ret)
{
    for (int i = 0; i < 20; i++)
        run("r", 1000 + i);
    struct record *record = begin("a", 900);
    *ret = *record_key(record);
    begin_anew();
    struct record_entry *live = record_index_entry(&records->live, ret);
    live->moved = live->row; /* as far as the copying has come */
    return record;
}

static void an_end_without_memory_has_a_row(void **state)
{
    (void)state;
    struct record_key key;
    if (!FAILING_WORKS) {
        print_message("not run: allocations cannot be made to fail here\n");
        skip();
    }
    struct record *record = begin_and_be_copied(&key);
    failing_countdown = 1;
    assert_int_equal(record_end(record, DOWN, strlen(DOWN)), -ENOMEM);
    failing_stop();
    record_free(record);
    const struct record_entry *e = record_index_entry(&records->index, &key);
    assert_non_null(e);
    assert_true(e->unclosed);
    assert_int_equal(e->bytes, -1);
    _cleanup_free_ char *row = NULL;
    assert_int_equal(records_row(records, &key, &row), 0);
    expect_in(row, "{\"type\":\"end\",\"run_id\":\"a\",\"incarnation\":900,");
    assert_int_equal(records_close_again(records), 0); /* nothing is known that could be written */
    assert_true(exists(&folder, "open/0000000000900-a.jsonl"));
    tidy();
    assert_int_equal(rows(), 21);
    expect_row(&key, "\"outcome\":\"complete\"");
}

static void an_end_that_cannot_be_written_leaves_no_row_of_the_beginning(void **state)
{
    (void)state;
    struct record_key key;
    struct record *record = begin_and_be_copied(&key);
    const int64_t dead = records->log.dead, len = record_index_entry(&records->live, &key)->row.len;
    sys.write = no_write;
    assert_int_equal(record_end(record, DOWN, strlen(DOWN)), -ENOSPC);
    sys_reset();
    record_free(record);
    const struct record_entry *e = record_index_entry(&records->index, &key);
    assert_int_equal(e->row.len + e->moved.len, 0);
    assert_int_equal(records->log.dead, dead + len + 1);
    assert_int_equal(records->rowless, 1);
    tidy();
    expect_row(&key, "\"record_error\":\"ENOSPC\"");
}

/* And is the next daemon's. */
static void it_is_closed_by_the_next_daemon(void **state)
{
    (void)state;
    if (!FAILING_WORKS) {
        print_message("not run: allocations cannot be made to fail here\n");
        skip();
    }
    struct record *record = begin("a", 1000);
    const struct record_key key = *record_key(record);
    failing_countdown = 1;
    assert_int_equal(record_end(record, DOWN, strlen(DOWN)), -ENOMEM);
    failing_stop();
    record_free(record);
    assert_int_equal(close_lost().closed, 1);
    expect_down(&key, "\"noconnection\"");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(those_behind_one_that_needs_no_copy_are_copied),
        TEST(an_end_without_memory_has_a_row),
        TEST(an_end_that_cannot_be_written_leaves_no_row_of_the_beginning),
        TEST(it_is_closed_by_the_next_daemon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
