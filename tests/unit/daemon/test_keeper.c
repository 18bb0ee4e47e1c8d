/* The keeper of records works a little in each turn of the loop: one that waits for a pass to be
 * through answers nobody meanwhile, and one that forgets an order leaves a client waiting. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/os/sys.h"
#include "daemon/records/keeper.h"
#include "daemon/records/record.h"
#include "daemon/records/record_archive.h"
#include "daemon/records/record_rows.h"
#include "daemon/records/record_store.h"
#include "fixture.h"
#include "log_lines.h"
#include "one_turn.h"
#include "serve/loop.h"

static const struct retention_policy ALL_STAY = {
    .max_runs = -1, .max_age_days = -1, .max_bytes = -1};
static const struct retention_policy THREE = {.max_runs = 3, .max_age_days = -1, .max_bytes = -1};
static const struct retention_policy NONE = {.max_runs = 0, .max_age_days = -1, .max_bytes = -1};

static struct folder folder;
static struct records *records;
static struct loop *loop;
static struct keeper *keeper;

static int setup(void **state)
{
    (void)state;
    folder_make(&folder);
    keeper = NULL;
    loop = loop_new();
    return loop ? records_open(folder.fd, &records, NULL) : -1;
}

static int teardown(void **state)
{
    (void)state;
    sys_reset();
    keeper_free(keeper);
    loop_free(loop);
    records_free(records);
    folder_remove(&folder);
    return 0;
}

static void make(int count)
{
    for (int i = 0; i < count; i++) {
        struct record *record;
        assert_int_equal(record_open(records, "r", 1000 + i, "{}", 2, &record), 0);
        assert_int_equal(record_end(record, "{}", 2), 0);
        record_free(record);
    }
}

static void turn(void)
{
    one_turn(loop);
}

/* Turns until nothing changes any more; the hourly timer is far away. */
static int turns_until(size_t count)
{
    int turns = 0;
    while (records_count(records) > count && turns < 100) {
        turn();
        turns++;
    }
    return turns;
}

struct order {
    struct keeper_order order; /* first */
    int done;
};

static int done_so_far;

static void done(struct keeper_order *order)
{
    ((struct order *)order)->done = ++done_so_far;
}

static void the_policy_holds_from_the_beginning(void **state)
{
    (void)state;
    make(20);
    assert_int_equal(keeper_new(loop, records, &THREE, &keeper), 0);
    assert_int_equal(records_count(records), 20); /* nothing before the loop turns */
    assert_true(turns_until(3) >= 4);             /* a few in each turn */
    make(4);
    assert_int_equal(records_count(records), 7);
    keeper_apply(keeper);
    turns_until(3);
    assert_int_equal(records_count(records), 3);
}

static void another_policy_is_for_the_next_pass(void **state)
{
    (void)state;
    make(5);
    assert_int_equal(keeper_new(loop, records, &ALL_STAY, &keeper), 0);
    turn();
    assert_int_equal(records_count(records), 5);
    keeper_set_policy(keeper, &THREE);
    keeper_apply(keeper);
    turns_until(3);
    assert_int_equal(records_count(records), 3);
}

static void orders_are_worked_in_turn_and_told_when_done(void **state)
{
    (void)state;
    struct order first = {.order.done = done}, second = {.order.done = done};
    make(10);
    done_so_far = 0;
    assert_int_equal(keeper_new(loop, records, &ALL_STAY, &keeper), 0);
    keeper_take(keeper, &first.order, &THREE, NULL);
    keeper_take(keeper, &second.order, &NONE, NULL);
    assert_int_equal(first.done, 0);
    for (int i = 0; i < 100 && !second.done; i++)
        turn();
    assert_int_equal(first.done, 1);
    assert_int_equal(first.order.pass.removed, 7);
    assert_int_equal(second.done, 2);
    assert_int_equal(second.order.pass.removed, 3);
    assert_int_equal(records_count(records), 0);
}

static int no_unlinkat(int dir, const char *path, int flags)
{
    (void)dir;
    (void)path;
    (void)flags;
    errno = EACCES;
    return -1;
}

static void an_order_that_fails_is_done_too(void **state)
{
    (void)state;
    struct order order = {.order.done = done};
    make(3);
    assert_int_equal(keeper_new(loop, records, &ALL_STAY, &keeper), 0);
    sys.unlinkat = no_unlinkat;
    keeper_take(keeper, &order.order, &NONE, NULL);
    for (int i = 0; i < 100 && !order.done; i++)
        turn();
    assert_int_equal(order.order.pass.removed, 0);
    assert_int_equal(order.order.pass.error, -EACCES);
    assert_int_equal(records_count(records), 3);
}

static void orders_are_given_back_at_the_end(void **state)
{
    (void)state;
    struct order order = {.order.done = done};
    make(3);
    done_so_far = 0;
    assert_int_equal(keeper_new(loop, records, &ALL_STAY, &keeper), 0);
    keeper_take(keeper, &order.order, &NONE, NULL);
    keeper_free(keeper);
    keeper = NULL;
    assert_int_equal(order.done, 1);
    assert_int_equal(records_count(records), 3);
}

/* ---- every hour, on a clock that is ours ---- */

enum { HOUR_MS = 3600 * 1000 };

static int64_t now;

static int64_t clock_of_ours(void)
{
    return now;
}

static void hours_are_kept(void **state)
{
    (void)state;
    loop_set_clock(loop, clock_of_ours);
    make(5);
    assert_int_equal(keeper_new(loop, records, &THREE, &keeper), 0);
    turns_until(3);
    for (int hour = 0; hour < 2; hour++) {
        make(2); /* nobody says so */
        assert_int_equal(timers_next(loop_timers(loop)) - now, (int64_t)HOUR_MS * 1000);
        now += (int64_t)HOUR_MS * 1000 - 1;
        for (int i = 0; i < 5; i++)
            turn();
        assert_int_equal(records_count(records), 5);
        now++;
        turn();
        turns_until(3);
        assert_int_equal(records_count(records), 3);
    }
}

static ssize_t no_write(int fd, const void *bytes, size_t len)
{
    (void)fd;
    (void)bytes;
    (void)len;
    errno = ENOSPC;
    return -1;
}

static void an_hour_passes(void)
{
    now += (int64_t)HOUR_MS * 1000;
    for (int i = 0; i < 10; i++)
        turn();
}

static void ends_that_could_not_be_written_are_tried_again_every_hour(void **state)
{
    (void)state;
    struct record *record;
    loop_set_clock(loop, clock_of_ours);
    assert_int_equal(record_open(records, "r", 1000, "{}", 2, &record), 0);
    sys.write = no_write;
    assert_int_equal(record_end(record, "{}", 2), -ENOSPC);
    record_free(record);
    log_lines_begin();
    assert_int_equal(keeper_new(loop, records, &ALL_STAY, &keeper), 0);
    assert_string_equal(log_lines(), "<4>ends of runs can still not be written runs=1\n");
    an_hour_passes();
    assert_string_equal(log_lines(), "<4>ends of runs can still not be written runs=1\n");
    sys_reset();
    assert_true(exists(&folder, "open/0000000001000-r.jsonl"));
    an_hour_passes();
    assert_string_equal(log_lines(), "");
    assert_true(exists(&folder, "runs/0000000001000-r.jsonl"));
    log_lines_end();
}

#define CANNOT_REMOVE "<4>some records could not be removed error=\"Permission denied\"\n"

static void what_cannot_be_removed_is_logged_once(void **state)
{
    (void)state;
    struct order order = {.order.done = done};
    loop_set_clock(loop, clock_of_ours);
    make(2);
    sys.unlinkat = no_unlinkat;
    log_lines_begin();
    assert_int_equal(keeper_new(loop, records, &NONE, &keeper), 0);
    for (int i = 0; i < 10; i++)
        turn();
    assert_string_equal(log_lines(), CANNOT_REMOVE);
    an_hour_passes();
    assert_string_equal(log_lines(), "");
    keeper_take(keeper, &order.order, &NONE, NULL); /* who asks is told all the same */
    for (int i = 0; i < 10; i++)
        turn();
    assert_string_equal(log_lines(), CANNOT_REMOVE);
    sys_reset();
    an_hour_passes();
    assert_int_equal(records_count(records), 0);
    assert_string_equal(log_lines(), "");
    make(1);
    sys.unlinkat = no_unlinkat;
    an_hour_passes(); /* it is news again */
    assert_string_equal(log_lines(), CANNOT_REMOVE);
    log_lines_end();
}

static int lines_of_index(void)
{
    int n = 0;
    for (const char *at = get_file(&folder, "index.jsonl"); at && (at = strchr(at, '\n')); at++)
        n++;
    return n;
}

/* What goes on from what stands in the rows. */
static void rows_are_made_before_anything_is_removed(void **state)
{
    (void)state;
    struct order order = {.order.done = done};
    make(20);
    records_free(records);
    assert_int_equal(unlinkat(folder.fd, "index.jsonl", 0), 0);
    assert_int_equal(records_open(folder.fd, &records, NULL), 0);
    assert_int_equal(keeper_new(loop, records, &NONE, &keeper), 0);
    turn();
    assert_int_equal(lines_of_index(), 16);
    assert_int_equal(records_count(records), 20);
    turn();
    assert_int_equal(lines_of_index(), 20);
    turns_until(0);
    assert_int_equal(records_count(records), 0);
    make(20);
    keeper_free(keeper);
    records_free(records);
    assert_int_equal(unlinkat(folder.fd, "index.jsonl", 0), 0);
    assert_int_equal(records_open(folder.fd, &records, NULL), 0);
    assert_int_equal(keeper_new(loop, records, &ALL_STAY, &keeper), 0);
    for (int i = 0; i < 10; i++)
        turn();
    assert_int_equal(records_count(records), 20);
    keeper_take(keeper, &order.order, &NONE, NULL);
    for (int i = 0; i < 100 && !order.done; i++)
        turn();
    assert_true(order.done);
    assert_int_equal(records_count(records), 0);
}

static void a_row_that_was_lost_since_is_made_before_an_order(void **state)
{
    (void)state;
    struct order order = {.order.done = done};
    make(20);
    assert_int_equal(keeper_new(loop, records, &ALL_STAY, &keeper), 0);
    for (int i = 0; i < 10; i++)
        turn();
    for (size_t i = 0; i < records->index.count; i++)
        record_rows_drop(records, &records->index.entries[i]);
    keeper_take(keeper, &order.order, &NONE, NULL);
    turn();
    assert_int_equal(records->index.entries[0].row.len > 0, 1);
    assert_int_equal(records_count(records), 20);
    for (int i = 0; i < 100 && !order.done; i++)
        turn();
    assert_true(order.done);
    assert_int_equal(records_count(records), 0);
}

static void one_that_is_gone_is_not_called_by_the_hour(void **state)
{
    (void)state;
    const struct timers *timers = loop_timers(loop);
    const size_t reserved = timers->reserved, count = timers->count;
    assert_int_equal(keeper_new(loop, records, &ALL_STAY, &keeper), 0);
    assert_int_equal(timers->count, count + 1);
    keeper_free(keeper);
    keeper = NULL;
    assert_int_equal(timers->count, count);
    assert_int_equal(timers->reserved, reserved);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_policy_holds_from_the_beginning),
        TEST(another_policy_is_for_the_next_pass),
        TEST(orders_are_worked_in_turn_and_told_when_done),
        TEST(an_order_that_fails_is_done_too),
        TEST(orders_are_given_back_at_the_end),
        TEST(hours_are_kept),
        TEST(ends_that_could_not_be_written_are_tried_again_every_hour),
        TEST(what_cannot_be_removed_is_logged_once),
        TEST(rows_are_made_before_anything_is_removed),
        TEST(a_row_that_was_lost_since_is_made_before_an_order),
        TEST(one_that_is_gone_is_not_called_by_the_hour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
