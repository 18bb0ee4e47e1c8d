/* Which start was made under which key. A key that is lost pays for a run twice, one that is kept
 * too long answers with a run of yesterday, or takes memory without end. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/records/start_keys.h"
#include "failing.h"
#include "record_fixture.h"

enum { DAY = 24 * 60 * 60 * 1000 };

/* One text of 128 characters: the sum of the key, and that of what was asked for. */
static const char *text_of(char key, char asked)
{
    static char texts[4][START_KEY_LEN + 1];
    static int next;
    next = (next + 1) % 4;
    memset(texts[next], key, START_KEY_NAME_LEN);
    memset(texts[next] + START_KEY_NAME_LEN, asked, START_KEY_LEN - START_KEY_NAME_LEN);
    return texts[next];
}

static struct record_key key_at(const char *id, int64_t ms)
{
    struct record_key key = {.incarnation = ms};
    snprintf(key.run_id, sizeof key.run_id, "%s", id);
    return key;
}

/* ---- the table ---- */

static struct start_keys all;

static int drop_all(void **state)
{
    (void)state;
    start_keys_release(&all);
    assert_null(all.by_name);
    return 0;
}

static void add(char key, const char *id, int64_t ms, int64_t now)
{
    const struct record_key run = key_at(id, ms);
    assert_int_equal(start_keys_add(&all, text_of(key, 'x'), &run, now), 0);
}

static void expect_run(char key, int64_t now, const char *id, int64_t ms)
{
    struct record_key got;
    assert_int_equal(start_keys_find(&all, text_of(key, 'x'), now, &got), 0);
    assert_string_equal(got.run_id, id);
    assert_int_equal(got.incarnation, ms);
}

static void expect_none(char key, int64_t now)
{
    struct record_key got = key_at("untouched", 7);
    assert_int_equal(start_keys_find(&all, text_of(key, 'x'), now, &got), -ENOENT);
    assert_string_equal(got.run_id, "untouched");
}

static void a_key_finds_its_run(void **state)
{
    (void)state;
    struct record_key got;
    expect_none('a', 1000);
    add('a', "r1", 1000, 1000);
    add('b', "r2", 1000, 1000);
    expect_run('a', 1000, "r1", 1000);
    expect_run('b', 1000, "r2", 1000);
    expect_none('c', 1000);
    assert_int_equal(start_keys_find(&all, text_of('b', 'y'), 1000, &got), -EEXIST);
    assert_string_equal(got.run_id, "r2");
}

static void it_is_known_for_a_day(void **state)
{
    (void)state;
    add('a', "r1", 1000, 1000);
    expect_run('a', 1000 + DAY - 1, "r1", 1000);
    expect_none('a', 1000 + DAY);
    expect_run('a', 0, "r1", 1000); /* the clock was set back */
    add('b', "r2", 1000, 1000 + DAY);
    expect_none('b', 1000);
    add('b', "r2", 1001, 1000 + DAY);
    expect_run('b', 1000 + DAY, "r2", 1001);
}

static void those_that_are_old_take_no_memory(void **state)
{
    (void)state;
    const long before = failing_live;
    for (int i = 0; i < 26; i++)
        add((char)('a' + i), "r", 1000 + i, 1000 + i);
    assert_true(!FAILING_WORKS || failing_live >= before + 26);
    add('Z', "r", 2000 + DAY, 1024 + DAY); /* y is of that moment, z a little younger */
    expect_none('y', 1000);
    expect_run('z', 1000, "r", 1025);
    drop_all(state);
    assert_int_equal(failing_live, before);
}

static void the_younger_of_two_runs_has_the_key(void **state)
{
    (void)state;
    add('a', "r1", 1000, 1000);
    const long before = failing_live;
    add('a', "r2", 1001, 1001);
    assert_int_equal(failing_live, before); /* the other one is gone */
    expect_run('a', 1001, "r2", 1001);
    add('a', "r1", 1000, 1001);
    expect_run('a', 1001, "r2", 1001);
    add('a', "r3", 1001, 1001); /* the same again: what is told last */
    expect_run('a', 1001, "r3", 1001);
}

static void only_its_own_run_gives_it_up(void **state)
{
    (void)state;
    const struct record_key r1 = key_at("r1", 1000), later = key_at("r1", 1001),
                            other = key_at("r2", 1000);
    add('a', "r1", 1000, 1000);
    start_keys_drop(&all, text_of('a', 'x'), &later);
    start_keys_drop(&all, text_of('a', 'x'), &other);
    start_keys_drop(&all, text_of('b', 'x'), &r1);
    expect_run('a', 1000, "r1", 1000);
    start_keys_drop(&all, text_of('a', 'x'), &r1);
    expect_none('a', 1000);
}

static void without_memory_it_is_not_known(void **state)
{
    (void)state;
    struct record_key got;
    const struct record_key run = key_at("r1", 1000);
    for (int k = 0; failing_next(&k);) {
        const int r = start_keys_add(&all, text_of('a', 'x'), &run, 1000);
        failing_stop();
        assert_int_equal(r, failing_happened ? -ENOMEM : 0);
        assert_int_equal(start_keys_find(&all, text_of('a', 'x'), 1000, &got), r ? -ENOENT : 0);
        drop_all(state);
    }
    assert_true(failing_no_leak());
}

/* ---- with records ---- */

static int64_t now;

static int64_t fake_wall(void)
{
    return now;
}

static int setup_at(void **state)
{
    now = 2000;
    sys.wall_ms = fake_wall;
    return setup(state);
}

static struct record *begin_under(const char *id, int64_t ms, const char *start_key)
{
    char spec[1024];
    struct record *record;
    snprintf(spec, sizeof spec,
             "{\"run_id\":\"%s\",\"council_id\":\"three\",\"registry\":\"default\",\"started_at\":"
             "\"2026-11-22T18:00:00.000Z\",\"recorder\":\"journal\",\"start_key\":\"%s\"}",
             id, start_key);
    assert_int_equal(record_open(records, id, ms, spec, strlen(spec), &record), 0);
    assert_int_equal(record_started_under(record, start_key), 0);
    return record;
}

static struct record_key run_under(const char *id, int64_t ms, const char *start_key)
{
    char down[1024];
    struct record *record = begin_under(id, ms, start_key);
    const struct record_key key = *record_key(record);
    snprintf(down, sizeof down, "{\"run_id\":\"%s\",\"incarnation\":%lld,\"start_key\":\"%s\"}", id,
             (long long)ms, start_key);
    assert_int_equal(record_end(record, down, strlen(down)), 0);
    record_free(record);
    return key;
}

static void expect_found(char key, const char *id)
{
    struct record_key got;
    assert_int_equal(records_find_start(records, text_of(key, 'x'), &got), 0);
    assert_string_equal(got.run_id, id);
    assert_int_equal(records_find_start(records, text_of(key, 'y'), &got), -EEXIST);
    assert_string_equal(got.run_id, id);
}

static void expect_forgotten(char key)
{
    struct record_key got;
    assert_int_equal(records_find_start(records, text_of(key, 'x'), &got), -ENOENT);
    assert_int_equal(records_find_start(records, text_of(key, 'y'), &got), -ENOENT);
}

static void a_run_has_its_key_as_long_as_its_record(void **state)
{
    (void)state;
    struct record *record = begin_under("a", 1000, text_of('a', 'x'));
    expect_found('a', "a");
    assert_int_equal(record_end(record, DOWN, strlen(DOWN)), 0);
    expect_found('a', "a");
    record_free(record);
    expect_found('a', "a");
    const struct record_key key = key_of("a");
    assert_int_equal(records_remove(records, &key), 0);
    expect_forgotten('a');
}

static void a_start_that_failed_is_forgotten(void **state)
{
    (void)state;
    struct record *record = begin_under("a", 1000, text_of('a', 'x'));
    assert_int_equal(record_discard(record), 0);
    record_free(record);
    expect_forgotten('a');
    run("a", 1000); /* another, of the same moment */
    expect_forgotten('a');
    record = begin_under("b", 1000, text_of('b', 'x'));
    record_free(record); /* nobody could discard it */
    run("b", 1000);
    expect_forgotten('b');
}

static void keys_outlive_the_daemon(void **state)
{
    (void)state;
    run_under("a", 1000, text_of('a', 'x'));
    reopen();
    expect_found('a', "a");
    now = 1000 + DAY;
    reopen();
    expect_forgotten('a');
}

/* The rows were lost: what councild wrote at the end says it too. */
static void keys_are_made_again_from_records(void **state)
{
    (void)state;
    run_under("a", 1000, text_of('a', 'x'));
    assert_int_equal(unlinkat(folder.fd, "index.jsonl", 0), 0);
    reopen();
    expect_forgotten('a');
    while (records_tidy(records))
        ;
    expect_found('a', "a");
    reopen();
    expect_found('a', "a");
}

static void a_killed_daemon_leaves_keys_of_runs_that_lived(void **state)
{
    (void)state;
    char row[512];
    put_file(&folder, "open/" FILE_A, SPEC_LINE "\"recorder\":\"journal\"}\n");
    snprintf(row, sizeof row,
             "{\"type\":\"start\",\"run_id\":\"a\",\"incarnation\":1000,\"start_key\":\"%s\"}\n",
             text_of('a', 'x'));
    put_file(&folder, "index.jsonl", row);
    const struct records_lost closed = close_lost();
    assert_int_equal(closed.closed, 1);
    expect_found('a', "a");
    const struct record_key key = key_of("a");
    expect_down(&key, "\"start_key\":\"aaaa");
    reopen();
    expect_found('a', "a");
}

/* A run can write over its first line, and would answer for the starts of others. */
static void a_run_cannot_take_a_key(void **state)
{
    (void)state;
    char spec[512];
    snprintf(spec, sizeof spec,
             SPEC_LINE "\"council_id\":\"three\",\"recorder\":\"journal\",\"start_key\":\"%s\"}\n",
             text_of('a', 'x'));
    put_file(&folder, "open/0000000001000-forged.jsonl", spec);
    assert_int_equal(close_lost().closed, 1);
    while (records_tidy(records))
        ;
    expect_forgotten('a');
    assert_int_equal(unlinkat(folder.fd, "index.jsonl", 0), 0);
    reopen();
    while (records_tidy(records))
        ;
    expect_forgotten('a');
    assert_int_equal(records_count(records), 1);
}

/* Only a text of that length is one. */
static void a_damaged_row_has_none(void **state)
{
    (void)state;
    char row[512];
    run("a", 1000);
    for (int len = START_KEY_LEN - 1; len <= START_KEY_LEN + 1; len++) {
        snprintf(row, sizeof row,
                 "{\"type\":\"end\",\"run_id\":\"a\",\"incarnation\":1000,\"start_key\":\"%.*sz\"}"
                 "\n{\"type\":\"end\",\"run_id\":\"a\",\"incarnation\":1000,\"start_key\":7}\n",
                 len - 1, text_of('a', 'x'));
        put_file(&folder, "index.jsonl", row);
        reopen();
        struct record_key got;
        assert_int_equal(records_find_start(records, text_of('a', 'x'), &got),
                         len == START_KEY_LEN ? -EEXIST : -ENOENT);
    }
}

static void a_start_that_finds_no_memory_is_not_known(void **state)
{
    (void)state;
    for (int k = 0; failing_next(&k);) {
        failing_stop();
        struct record *record = begin("a", 1000);
        failing_countdown = k;
        const int r = record_started_under(record, text_of('a', 'x'));
        failing_stop();
        assert_int_equal(r, failing_happened ? -ENOMEM : 0);
        assert_int_equal(record_discard(record), 0);
        record_free(record);
        expect_forgotten('a');
    }
}

#define OF_TABLE(name)   cmocka_unit_test_teardown(name, drop_all)
#define OF_RECORDS(name) cmocka_unit_test_setup_teardown(name, setup_at, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OF_TABLE(a_key_finds_its_run),
        OF_TABLE(it_is_known_for_a_day),
        OF_TABLE(those_that_are_old_take_no_memory),
        OF_TABLE(the_younger_of_two_runs_has_the_key),
        OF_TABLE(only_its_own_run_gives_it_up),
        OF_TABLE(without_memory_it_is_not_known),
        OF_RECORDS(a_run_has_its_key_as_long_as_its_record),
        OF_RECORDS(a_start_that_failed_is_forgotten),
        OF_RECORDS(keys_outlive_the_daemon),
        OF_RECORDS(keys_are_made_again_from_records),
        OF_RECORDS(a_killed_daemon_leaves_keys_of_runs_that_lived),
        OF_RECORDS(a_run_cannot_take_a_key),
        OF_RECORDS(a_damaged_row_has_none),
        OF_RECORDS(a_start_that_finds_no_memory_is_not_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
