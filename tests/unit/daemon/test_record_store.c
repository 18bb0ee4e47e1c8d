/* The store of all records: a pin that goes with that of another, or two records of one name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_pin_is_its_own),
        TEST(a_folder_and_a_file_of_one_name_are_one_record),
        TEST(the_folder_of_live_records_is_handed_out),
        TEST(without_its_folders_nothing_is_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
