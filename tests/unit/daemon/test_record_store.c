/* The store of all records: a pin that goes with that of another, or two records of one name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "daemon/records/record_store.h"
#include "record_fixture.h"

static void each_pin_is_its_own(void **state)
{
    (void)state;
    struct record_key keys[4];
    static const char *const IDS[] = {"a", "b", "c", "a"};
    for (int i = 0; i < 4; i++) {
        keys[i] = run(IDS[i], 1000 + i);
        assert_false(records_pinned(records, &keys[i]));
        assert_int_equal(records_pin(records, &keys[i]), 0);
    }
    assert_int_equal(records_pin(records, &keys[1]), 0);
    records_unpin(records, &keys[0]);
    assert_false(records_pinned(records, &keys[0]));
    for (int i = 1; i < 4; i++)
        assert_true(records_pinned(records, &keys[i]));
    records_unpin(records, &keys[0]); /* it has none */
    records_unpin(records, &keys[3]);
    records_unpin(records, &keys[1]);
    assert_true(records_pinned(records, &keys[1]));
    assert_true(records_pinned(records, &keys[2]));
    records_unpin(records, &keys[1]);
    records_unpin(records, &keys[2]);
    for (int i = 0; i < 4; i++)
        assert_int_equal(records_remove(records, &keys[i]), 0);
}

static void a_pin_is_on_a_record_that_is_there(void **state)
{
    (void)state;
    const struct record_key none = {.incarnation = 5, .run_id = "none"};
    struct record *live = begin("live", 1000);
    const struct record_key key = *record_key(live);
    assert_int_equal(records_pin(records, &none), -ENOENT);
    assert_false(records_pinned(records, &none));
    assert_int_equal(records_pin(records, &key), 0);
    assert_int_equal(record_end(live, DOWN, strlen(DOWN)), 0);
    record_free(live);
    assert_int_equal(records_remove(records, &key), -EBUSY);
    records_unpin(records, &key);
    assert_int_equal(records_remove(records, &key), 0);
    assert_int_equal(records_pin(records, &key), -ENOENT);
}

static void a_folder_and_a_file_of_one_name_are_one_record(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        char name[64];
        run("r", 1000 + i);
        snprintf(name, sizeof name, "runs/%013d-r", 1000 + i);
        assert_int_equal(mkdirat(folder.fd, name, 0700), 0);
    }
    reopen();
    assert_int_equal(records_count(records), 3);
    struct record_key key;
    assert_int_equal(records_after(records, NULL, &key), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(key.incarnation, 1000 + i);
        assert_int_equal(records_after(records, &key, &key), i < 2 ? 0 : -ENOENT);
    }
}

static void the_folder_of_live_records_is_handed_out(void **state)
{
    (void)state;
    struct stat one, two;
    int fd = records_folder(records);
    assert_true(fd >= 0);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(fstat(fd, &one), 0);
    assert_int_equal(fstatat(folder.fd, "open", &two, 0), 0);
    assert_int_equal(one.st_ino, two.st_ino);
    assert_int_equal(two.st_mode & 0777, 0700);
    close(fd);
}

static void without_its_folders_nothing_is_opened(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"open", "runs"};
    for (int i = 0; i < 2; i++) {
        struct records *other = NULL;
        struct error err = {0};
        char wanted[96];
        records_free(records);
        records = NULL;
        assert_int_equal(unlinkat(folder.fd, NAMES[i], AT_REMOVEDIR), 0);
        put_file(&folder, NAMES[i], "in the way");
        assert_int_equal(records_open(folder.fd, &other, &err), -ENOTDIR);
        snprintf(wanted, sizeof wanted, "cannot open the records directory %s", NAMES[i]);
        expect_in(err.text, wanted);
        assert_int_equal(unlinkat(folder.fd, NAMES[i], 0), 0);
        assert_int_equal(records_open(folder.fd, &records, &err), 0);
    }
}

/* Counted once, whatever it is, and told again as it was: a pass of retention looks at none twice.
 */
static void what_a_record_takes_is_counted_once(void **state)
{
    (void)state;
    static const char TEXT[] = "{\"type\":\"spec\"}\n{\"seq\":1}\n";
    const struct record_key none = {.incarnation = 5, .run_id = "none"};
    put_file(&folder, "runs/0000000001000-a.jsonl", TEXT);
    put_file(&folder, "runs/0000000001001-empty.jsonl", "");
    assert_int_equal(mkdirat(folder.fd, "runs/0000000001002-old", 0700), 0);
    put_file(&folder, "runs/0000000001002-old/spec.json", "123");
    put_file(&folder, "runs/0000000001002-old/down.json", "4567");
    reopen();
    static const struct {
        const char *id, *more;
        int64_t bytes;
    } CASES[] = {{"a", "runs/0000000001000-a.jsonl", sizeof TEXT - 1},
                 {"empty", "runs/0000000001001-empty.jsonl", 0},
                 {"old", "runs/0000000001002-old/result.json", 7}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const struct record_key key = key_of(CASES[i].id);
        assert_int_equal(record_size(records, &key), -1);
        assert_int_equal(records_bytes(records, &key), CASES[i].bytes);
        put_file(&folder, CASES[i].more, "and very much more than there was before it was counted");
        assert_int_equal(records_bytes(records, &key), CASES[i].bytes);
        assert_int_equal(record_size(records, &key), CASES[i].bytes);
    }
    assert_int_equal(record_size(records, &none), -1);
    assert_int_equal(records_bytes(records, &none), 0);
}

/* Where a record stands, by what is known of it. */
static void a_record_is_looked_for_where_it_stands(void **state)
{
    (void)state;
    struct record *live = begin("live", 3000);
    struct record *torn = begin("late", 4000);
    const struct record_key ended = run("ended", 1000), late = *record_key(torn);
    assert_int_equal(mkdirat(folder.fd, "runs/0000000002000-old", 0700), 0);
    sys.write = no_write;
    assert_int_equal(record_end(torn, DOWN, strlen(DOWN)), -ENOSPC);
    record_free(torn);
    struct record_where where = record_where(records, record_key(live));
    assert_int_equal(where.parent, records->open_fd);
    assert_string_equal(where.name, "0000000003000-live.jsonl");
    where = record_where(records, &ended);
    assert_int_equal(where.parent, records->runs_fd);
    assert_string_equal(where.name, "0000000001000-ended.jsonl");
    where = record_where(records, &late);
    assert_int_equal(where.parent, records->open_fd);
    sys_reset();
    assert_int_equal(records_close_again(records), 0);
    where = record_where(records, &late);
    assert_int_equal(where.parent, records->runs_fd);
    record_free(live);
    reopen();
    const struct record_key old = key_of("old");
    where = record_where(records, &old);
    assert_int_equal(where.parent, records->runs_fd);
    assert_string_equal(where.name, "0000000002000-old");
}

/* Runs of one name, one after another, while the disk is full: each has its own end. */
static void ends_that_wait_are_told_apart(void **state)
{
    (void)state;
    struct record_key keys[3];
    static const char *const IDS[] = {"a", "a", "b"};
    static const int64_t MS[] = {1000, 2000, 2000};
    for (int i = 0; i < 3; i++) {
        char down[32];
        struct record *record = begin(IDS[i], MS[i]);
        keys[i] = *record_key(record);
        sys.write = no_write;
        snprintf(down, sizeof down, "{\"pid\":%d}", 70 + i);
        assert_int_equal(record_end(record, down, strlen(down)), -ENOSPC);
        sys_reset();
        record_free(record);
    }
    for (int pass = 0; pass < 3; pass++) {
        for (int i = 0; i < 3; i++) {
            char part[32];
            snprintf(part, sizeof part, "\"pid\":%d,\"record_error\"", 70 + i);
            expect_down(&keys[i], part);
            expect_in(row_of(&keys[i]), "\"record_error\":\"ENOSPC\"");
        }
        if (pass == 0)
            assert_int_equal(records_close_again(records), 0);
        else
            reopen();
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_pin_is_its_own),
        TEST(a_pin_is_on_a_record_that_is_there),
        TEST(a_folder_and_a_file_of_one_name_are_one_record),
        TEST(the_folder_of_live_records_is_handed_out),
        TEST(without_its_folders_nothing_is_opened),
        TEST(what_a_record_takes_is_counted_once),
        TEST(a_record_is_looked_for_where_it_stands),
        TEST(ends_that_wait_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
