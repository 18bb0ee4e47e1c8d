/* Ends have numbers, by which a reader that fell behind finds those that it lacks: one that is
 * passed over is never told, and one that is looked for too long holds everybody up. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/records/record_archive.h"
#include "daemon/records/record_rows.h"
#include "daemon/records/record_store.h"

enum { LOOKED_AT = 4096 };

static struct records records;

static void add(int64_t incarnation, uint64_t end)
{
    char *id = strdup("r");
    assert_non_null(id);
    assert_int_equal(record_index_reserve(&records.index, records.index.count + 1), 0);
    record_index_add(&records.index, incarnation, id)->end = end;
}

static int teardown(void **state)
{
    (void)state;
    record_index_release(&records.index);
    records = (struct records){0};
    return 0;
}

static void assert_next(struct record_key *at, uint64_t after, uint64_t last, int64_t wanted)
{
    assert_int_equal(records_ended(&records, after, last, at), 0);
    assert_int_equal(at->incarnation, wanted);
    assert_string_equal(at->run_id, "r");
}

static void those_between_two_numbers_are_found_once(void **state)
{
    (void)state;
    struct record_key at = {0};
    assert_int_equal(records_ended(&records, 0, 9, &at), -ENOENT);
    add(10, 4);
    add(20, 0); /* of an earlier daemon */
    add(30, 1);
    add(40, 3);
    add(50, 2);
    assert_next(&at, 1, 3, 40);
    assert_next(&at, 1, 3, 50);
    assert_int_equal(records_ended(&records, 1, 3, &at), -ENOENT);
    at = (struct record_key){0};
    assert_next(&at, 3, 4, 10);
    assert_int_equal(records_ended(&records, 3, 4, &at), -ENOENT);
    at = (struct record_key){0};
    assert_int_equal(records_ended(&records, 4, 4, &at), -ENOENT);
}

/* Where it stood was pruned. */
static void it_goes_on_where_there_is_nothing_any_more(void **state)
{
    (void)state;
    struct record_key at = {0};
    add(10, 1);
    add(20, 2);
    add(30, 3);
    assert_next(&at, 0, 3, 10);
    record_index_remove(&records.index, 0);
    assert_next(&at, 0, 3, 20);
}

static void many_that_are_none_are_looked_at_in_pieces(void **state)
{
    (void)state;
    struct record_key at = {0};
    for (int i = 1; i <= LOOKED_AT; i++)
        add(i, 0);
    assert_int_equal(records_ended(&records, 0, 1, &at), -ENOENT);
    add(LOOKED_AT + 1, 0);
    add(LOOKED_AT + 2, 1);
    at = (struct record_key){0};
    assert_int_equal(records_ended(&records, 0, 1, &at), -EAGAIN);
    assert_int_equal(at.incarnation, LOOKED_AT + 1);
    assert_next(&at, 0, 1, LOOKED_AT + 2);
    assert_int_equal(records_ended(&records, 0, 1, &at), -ENOENT);
}

static void ends_without_a_record_are_counted(void **state)
{
    (void)state;
    assert_int_equal(records_ends(&records), 0);
    assert_int_equal(records_count_end(&records), 1);
    assert_int_equal(records_count_end(&records), 2);
    assert_int_equal(records_ends(&records), 2);
}

static void a_row_without_a_record_is_told_like_others(void **state)
{
    (void)state;
    static const struct record_key KEY = {.incarnation = 7, .run_id = "r1"};
    json_t *row = NULL;
    assert_int_equal(records_unkept_row(&KEY,
                                        "{\"council_id\":\"c\",\"registry\":\"one\",\"outcome\":"
                                        "\"complete\",\"started_by\":{},\"size\":9}",
                                        &row),
                     0);
    char *text = json_dumps(row, JSON_COMPACT);
    assert_string_equal(
        text, "{\"run_id\":\"r1\",\"incarnation\":7,\"council_id\":\"c\",\"registry\":\"one\","
              "\"question\":null,\"members\":null,\"started_at\":null,\"ended_at\":null,"
              "\"duration_ms\":null,\"outcome\":\"complete\",\"reason\":{\"kind\":\"unknown\"},"
              "\"tokens\":null,\"cost\":null,\"labels\":null}");
    free(text);
    json_decref(row);
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(those_between_two_numbers_are_found_once),
        TEST(it_goes_on_where_there_is_nothing_any_more),
        TEST(many_that_are_none_are_looked_at_in_pieces),
        TEST(ends_without_a_record_are_counted),
        TEST(a_row_without_a_record_is_told_like_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
