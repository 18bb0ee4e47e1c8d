/* Records that are never removed fill the disk until no run can start; ones that are removed too
 * eagerly are lost money. And a daemon that removes thousands at once answers nobody meanwhile. */
#include <errno.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "daemon/os/sys.h"
#include "daemon/records/record.h"
#include "daemon/records/record_archive.h"
#include "daemon/records/retention.h"
#include "fixture.h"

#define DAY ((int64_t)24 * 3600 * 1000)

static struct folder folder;
static struct records *records;

static int setup(void **state)
{
    (void)state;
    folder_make(&folder);
    return records_open(folder.fd, &records, NULL);
}

static int teardown(void **state)
{
    (void)state;
    sys_reset();
    records_free(records);
    folder_remove(&folder);
    return 0;
}

static int64_t one; /* bytes on disk of each */

static void make(int count, int64_t first_ms, int64_t apart)
{
    for (int i = 0; i < count; i++) {
        struct record *record;
        assert_int_equal(record_open(records, "r", first_ms + i * apart, "{}", 2, &record), 0);
        const struct record_key key = *record_key(record);
        assert_int_equal(record_end(record, "{}", 2), 0);
        record_free(record);
        one = records_bytes(records, &key);
        assert_true(one > 100);
    }
}

static int unlinks;

static int counting_unlinkat(int dir, const char *path, int flags)
{
    unlinks++;
    return unlinkat(dir, path, flags);
}

static struct retention apply(struct retention_policy policy, int64_t now)
{
    struct retention job;
    int steps = 0;
    sys.unlinkat = counting_unlinkat;
    retention_start(&job, &policy, NULL);
    do {
        unlinks = 0;
        assert_true(steps++ < 1000);
        int more = retention_step(&job, records, now);
        assert_true(unlinks <= 4);
        if (!more)
            break;
    } while (1);
    return job;
}

static int64_t oldest(void)
{
    struct record_key key;
    return records_after(records, NULL, &key) < 0 ? -1 : key.incarnation;
}

static void keeps_so_many(void **state)
{
    (void)state;
    make(30, 1000, 1);
    assert_int_equal(apply((struct retention_policy){-1, -1, -1}, DAY).removed, 0);
    assert_int_equal(apply((struct retention_policy){30, -1, -1}, DAY).removed, 0);
    assert_int_equal(apply((struct retention_policy){7, -1, -1}, DAY).removed, 23);
    assert_int_equal(records_count(records), 7);
    assert_int_equal(oldest(), 1023);
    assert_int_equal(apply((struct retention_policy){0, -1, -1}, DAY).removed, 7);
    assert_int_equal(records_count(records), 0);
}

static void keeps_for_so_long(void **state)
{
    (void)state;
    make(10, 10 * DAY, DAY); /* days 10 to 19 */
    const int64_t now = 20 * DAY;
    assert_int_equal(apply((struct retention_policy){-1, 30, -1}, now).removed, 0);
    assert_int_equal(apply((struct retention_policy){-1, 5, -1}, now).removed, 5);
    assert_int_equal(oldest(), 15 * DAY);
    assert_int_equal(apply((struct retention_policy){-1, INT64_MAX, -1}, now).removed, 0);
}

static void keeps_so_many_bytes(void **state)
{
    (void)state;
    make(40, 1000, 1);
    assert_int_equal(apply((struct retention_policy){-1, -1, 40 * one}, DAY).removed, 0);
    assert_int_equal(apply((struct retention_policy){-1, -1, 10 * one + one / 2}, DAY).removed, 30);
    assert_int_equal(records_count(records), 10);
    make(2, 9000, 1); /* sizes of the others are remembered */
    assert_int_equal(apply((struct retention_policy){-1, -1, 10 * one + one / 2}, DAY).removed, 2);
    assert_int_equal(oldest(), 1032);
}

static void passes_over_pinned_and_live_ones(void **state)
{
    (void)state;
    struct record *live;
    struct record_key oldest_key;
    assert_int_equal(record_open(records, "live", 1, "{}", 2, &live), 0);
    make(5, 1000, 1);
    assert_int_equal(records_after(records, NULL, &oldest_key), 0);
    assert_int_equal(records_pin(records, &oldest_key), 0);
    const struct retention job = apply((struct retention_policy){2, -1, -1}, DAY);
    assert_int_equal(job.removed, 3);
    assert_int_equal(job.error, 0);
    assert_int_equal(oldest(), 1000);
    assert_true(exists(&folder, "open/0000000000001-live.jsonl"));
    record_free(live);
}

static int refusing_unlinkat(int dir, const char *path, int flags)
{
    if (strncmp(path, "0000000001001-", 14) != 0)
        return unlinkat(dir, path, flags);
    errno = EACCES;
    return -1;
}

static void goes_on_behind_one_that_cannot_be_removed(void **state)
{
    (void)state;
    struct retention job;
    const struct retention_policy policy = {1, -1, -1};
    make(5, 1000, 1);
    sys.unlinkat = refusing_unlinkat;
    retention_start(&job, &policy, NULL);
    while (retention_step(&job, records, DAY) > 0)
        ;
    assert_int_equal(job.removed, 4);
    assert_int_equal(job.error, -EACCES);
    assert_int_equal(oldest(), 1001);
}

/* Each under a name of its own: what is removed takes no other along. */
static void what_is_kept_is_found_by_its_name(void **state)
{
    (void)state;
    char name[8];
    struct record_key key;
    for (int i = 0; i < 10; i++) {
        struct record *record;
        snprintf(name, sizeof(name), "run%d", i);
        assert_int_equal(record_open(records, name, 1000 + i, "{}", 2, &record), 0);
        assert_int_equal(record_end(record, "{}", 2), 0);
        record_free(record);
    }
    apply((struct retention_policy){.max_runs = 4, .max_age_days = -1, .max_bytes = -1}, 2000);
    assert_int_equal(records_count(records), 4);
    for (int i = 0; i < 10; i++) {
        snprintf(name, sizeof(name), "run%d", i);
        assert_int_equal(records_find(records, name, NULL, &key), i < 6 ? -ENOENT : 0);
        if (i >= 6)
            assert_int_equal(key.incarnation, 1000 + i);
    }
}

/* ---- exactly ---- */

static void what_is_exactly_as_old_or_as_large_as_may_be_stays(void **state)
{
    (void)state;
    make(3, 10 * DAY, 1); /* and 1 and 2 ms after that */
    assert_int_equal(apply((struct retention_policy){-1, 5, -1}, 15 * DAY).removed, 0);
    assert_int_equal(apply((struct retention_policy){-1, 5, -1}, 15 * DAY + 1).removed, 1);
    assert_int_equal(apply((struct retention_policy){-1, 5, -1}, 15 * DAY + 2).removed, 1);
    assert_int_equal(apply((struct retention_policy){-1, 0, -1}, 10 * DAY + 2).removed, 0);
    assert_int_equal(apply((struct retention_policy){-1, 0, -1}, 10 * DAY + 3).removed, 1);
    make(5, 1000, 1);
    assert_int_equal(apply((struct retention_policy){-1, -1, 5 * one}, DAY).removed, 0);
    assert_int_equal(apply((struct retention_policy){-1, -1, 5 * one - 1}, DAY).removed, 1);
    assert_int_equal(apply((struct retention_policy){-1, -1, 0}, DAY).removed, 4);
}

static int steps_of(struct retention_policy policy)
{
    struct retention job;
    int steps = 1;
    retention_start(&job, &policy, NULL);
    while (retention_step(&job, records, DAY) > 0)
        assert_true(steps++ < 1000);
    return steps;
}

/* Four are removed in a step, or sixteen looked at whose size is not known. */
static void a_step_is_a_few_files(void **state)
{
    (void)state;
    static const struct {
        int count, removing, counting;
    } CASES[] = {{0, 1, 2}, {1, 1, 2},  {3, 1, 2},  {4, 2, 2},  {5, 2, 2},
                 {8, 3, 2}, {16, 5, 2}, {17, 5, 3}, {32, 9, 3}, {33, 9, 4}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        teardown(NULL);
        setup(NULL);
        make(CASES[i].count, 1000, 1);
        assert_int_equal(steps_of((struct retention_policy){-1, -1, INT64_MAX}), 2); /* known */
        records_free(records);
        unlinkat(folder.fd, "index.jsonl", 0);
        assert_int_equal(records_open(folder.fd, &records, NULL), 0);
        assert_int_equal(steps_of((struct retention_policy){-1, -1, INT64_MAX}), CASES[i].counting);
        assert_int_equal(steps_of((struct retention_policy){0, -1, -1}), CASES[i].removing);
        assert_int_equal(records_count(records), 0);
    }
}

/* ---- those that others go on from ---- */

static struct record_key make_heir(const char *id, int64_t ms, const struct record_key *elder)
{
    struct record *record;
    assert_int_equal(record_open(records, id, ms, "{}", 2, &record), 0);
    if (elder)
        record_go_on_from(record, elder);
    const struct record_key key = *record_key(record);
    assert_int_equal(record_end(record, "{}", 2), 0);
    record_free(record);
    return key;
}

static void a_chain_goes_as_a_whole_or_stays(void **state)
{
    (void)state;
    const struct record_key a = make_heir("a", 1000, NULL), b = make_heir("b", 2000, &a);
    make_heir("c", 3000, &b);
    assert_int_equal(apply((struct retention_policy){1, -1, -1}, DAY).removed, 0);
    assert_int_equal(records_count(records), 3);
    assert_int_equal(apply((struct retention_policy){0, -1, -1}, DAY).removed, 3);
    assert_int_equal(records_count(records), 0);
}

/* Elders are not counted: they shall not push younger ones out. */
static void elders_push_nobody_out(void **state)
{
    (void)state;
    const struct record_key a = make_heir("a", 1000, NULL);
    make_heir("x", 2000, NULL);
    make_heir("b", 3000, &a);
    const int64_t bytes = records_bytes(records, &a);
    assert_int_equal(apply((struct retention_policy){2, -1, -1}, DAY).removed, 0);
    assert_int_equal(apply((struct retention_policy){-1, -1, 2 * bytes + 50}, DAY).removed, 0);
    assert_int_equal(apply((struct retention_policy){1, -1, -1}, DAY).removed, 1);
    assert_int_equal(oldest(), 1000);
    assert_int_equal(records_count(records), 2);
    assert_int_equal(records_pin(records, &a), 0); /* pinned: counted like any other */
    assert_int_equal(apply((struct retention_policy){1, -1, -1}, DAY).removed, 1);
    records_unpin(records, &a);
    assert_int_equal(records_count(records), 1);
}

/* The walk begins again after an heir is gone: what stood in the way before is told all the same.
 */
static void what_the_first_walk_met_is_told_by_the_last(void **state)
{
    (void)state;
    struct retention job;
    const struct retention_policy policy = {0, -1, -1};
    const struct record_key a = make_heir("a", 1000, NULL);
    const struct record_key stuck = make_heir("x", 1001, NULL);
    make_heir("b", 2000, &a);
    sys.unlinkat = refusing_unlinkat;
    retention_start(&job, &policy, NULL);
    for (int i = 0; retention_step(&job, records, DAY) > 0; i++)
        assert_true(i < 100);
    assert_int_equal(job.removed, 2);
    assert_int_equal(job.error, -EACCES);
    assert_true(records_has(records, &stuck));
    assert_int_equal(records_count(records), 1);
}

static bool refused;

static int unlinkat_refusing_once(int dir, const char *path, int flags)
{
    if (refused || strstr(path, "-x") == NULL)
        return unlinkat(dir, path, flags);
    refused = true;
    errno = EACCES;
    return -1;
}

static void what_the_last_walk_could_remove_is_told_still(void **state)
{
    (void)state;
    struct retention job;
    const struct retention_policy policy = {0, -1, -1};
    const struct record_key a = make_heir("a", 1000, NULL);
    make_heir("x", 1001, NULL);
    make_heir("b", 2000, &a);
    refused = false;
    sys.unlinkat = unlinkat_refusing_once;
    retention_start(&job, &policy, NULL);
    for (int i = 0; retention_step(&job, records, DAY) > 0; i++)
        assert_true(i < 100);
    assert_int_equal(job.removed, 3);
    assert_int_equal(job.error, -EACCES);
    assert_int_equal(records_count(records), 0);
}

static int failing_number;

static int failing_unlinkat(int dir, const char *path, int flags)
{
    (void)dir, (void)path, (void)flags;
    errno = failing_number++ ? EIO : EROFS;
    return -1;
}

static void the_first_error_is_told(void **state)
{
    (void)state;
    struct retention job;
    const struct retention_policy policy = {0, -1, -1};
    make(3, 1000, 1);
    failing_number = 0;
    sys.unlinkat = failing_unlinkat;
    retention_start(&job, &policy, NULL);
    for (int i = 0; retention_step(&job, records, DAY) > 0; i++)
        assert_true(i < 100);
    assert_int_equal(failing_number, 3);
    assert_int_equal(job.error, -EROFS);
    assert_int_equal(job.removed, 0);
    assert_int_equal(records_count(records), 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(keeps_so_many),
        TEST(keeps_for_so_long),
        TEST(keeps_so_many_bytes),
        TEST(passes_over_pinned_and_live_ones),
        TEST(goes_on_behind_one_that_cannot_be_removed),
        TEST(what_is_kept_is_found_by_its_name),
        TEST(what_is_exactly_as_old_or_as_large_as_may_be_stays),
        TEST(a_step_is_a_few_files),
        TEST(a_chain_goes_as_a_whole_or_stays),
        TEST(elders_push_nobody_out),
        TEST(what_the_first_walk_met_is_told_by_the_last),
        TEST(what_the_last_walk_could_remove_is_told_still),
        TEST(the_first_error_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
