/* The table of records in memory: out of its order it finds nothing. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "daemon/records/record_index.h"
#include "fixture.h"

static char *id_of(int number)
{
    char *id = NULL;
    return asprintf(&id, "r%d", number) < 0 ? NULL : id;
}

static void assert_order(const struct record_index *ix, const char *wanted)
{
    char order[512] = "";
    for (size_t i = 0; i < ix->count; i++) {
        const size_t len = strlen(order);
        snprintf(order + len, sizeof order - len, "%s%d%s", len ? " " : "",
                 (int)ix->entries[i].incarnation, ix->entries[i].run_id);
        assert_int_equal(ix->hashes[i], record_index_hash(ix->entries[i].run_id));
    }
    assert_string_equal(order, wanted);
}

static void entries_stand_by_stamp_and_then_by_id(void **state)
{
    (void)state;
    struct record_index ix = {0};
    static const int STAMPS[] = {5, 3, 5, 4, 5}, IDS[] = {2, 9, 1, 1, 3};
    assert_int_equal(record_index_reserve(&ix, 5), 0);
    for (size_t i = 0; i < 5; i++) {
        const struct record_entry *e = record_index_add(&ix, STAMPS[i], id_of(IDS[i]));
        assert_int_equal(e->incarnation, STAMPS[i]);
        assert_int_equal(e->bytes, -1);
        assert_int_equal(e->row.len, 0);
    }
    assert_order(&ix, "3r9 4r1 5r1 5r2 5r3");
    struct record_key key = {.incarnation = 5, .run_id = "r2"};
    assert_int_equal(record_index_find(&ix, &key), 3);
    assert_int_equal(record_index_rank(&ix, &key), 3);
    key.run_id[1] = '0';
    assert_int_equal(record_index_find(&ix, &key), -1);
    assert_int_equal(record_index_rank(&ix, &key), 2);
    key = (struct record_key){.incarnation = 6, .run_id = "r2"};
    assert_int_equal(record_index_find(&ix, &key), -1);
    assert_int_equal(record_index_rank(&ix, &key), 5);
    assert_null(record_index_entry(&ix, &key));
    assert_int_equal(record_index_newest(&ix, "r1"), 2);
    assert_int_equal(record_index_newest(&ix, "r9"), 0);
    assert_int_equal(record_index_newest(&ix, "r8"), -1);
    assert_ptr_equal(record_index_by_hash(&ix, 5, record_index_hash("r3")), &ix.entries[4]);
    assert_ptr_equal(record_index_by_hash(&ix, 4, record_index_hash("r1")), &ix.entries[1]);
    assert_null(record_index_by_hash(&ix, 4, record_index_hash("r2")));
    assert_null(record_index_by_hash(&ix, 6, record_index_hash("r3")));
    struct record_entry taken_out;
    record_index_take(&ix, 2, &taken_out);
    assert_string_equal(taken_out.run_id, "r1");
    free(taken_out.run_id);
    assert_order(&ix, "3r9 4r1 5r2 5r3");
    record_index_remove(&ix, 3);
    record_index_remove(&ix, 0);
    assert_order(&ix, "4r1 5r2");
    record_index_release(&ix);
    assert_int_equal(ix.count + ix.size, 0);
}

static void what_was_loaded_is_sorted_once(void **state)
{
    (void)state;
    struct record_index ix = {0};
    record_index_sort(&ix);
    assert_int_equal(record_index_reserve(&ix, 4), 0);
    for (int i = 4; i > 0; i--)
        record_index_append(&ix, i / 2, id_of(i), i == 3);
    record_index_sort(&ix);
    assert_order(&ix, "0r1 1r2 1r3 2r4");
    assert_true(ix.entries[2].folder);
    assert_false(ix.entries[1].folder);
    record_index_release(&ix);
}

/* Room for 64 at first, then half as much again. */
static void room_is_made_ahead(void **state)
{
    (void)state;
    static const size_t TOTAL[] = {1, 64, 65, 96, 97, 1000, 5};
    static const size_t SIZE[] = {64, 64, 96, 96, 144, 1093, 1093};
    struct record_index ix = {0};
    for (size_t i = 0; i < ARRAY_LEN(TOTAL); i++) {
        assert_int_equal(record_index_reserve(&ix, TOTAL[i]), 0);
        assert_int_equal(ix.size, SIZE[i]);
    }
    record_index_release(&ix);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_stand_by_stamp_and_then_by_id),
        cmocka_unit_test(what_was_loaded_is_sorted_once),
        cmocka_unit_test(room_is_made_ahead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
