/* A run works under the daemon's own uid, so it can put whatever it likes under any name below
 * STATE_DIR: a pipe that is never written to, a link to somebody else's file, a second name of its
 * own. The daemon hung for ever in opening one, or wrote over what the other led to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "record_fixture.h"

#define LEFT_ALONE "this belongs to somebody else\n"

/* Each puts a trap under a name. */
static void put_pipe(const char *name)
{
    assert_int_equal(mkfifoat(folder.fd, name, 0600), 0);
}

static void put_symlink(const char *name)
{
    char there[128];
    snprintf(there, sizeof there, "%s/victim", folder.path);
    assert_int_equal(symlinkat(there, folder.fd, name), 0);
}

static void put_hard_link(const char *name)
{
    assert_int_equal(linkat(folder.fd, "victim", folder.fd, name, 0), 0);
}

static void put_directory(const char *name)
{
    assert_int_equal(mkdirat(folder.fd, name, 0700), 0);
}

static void put_nothing(const char *name)
{
    (void)name;
}

static void (*const TRAPS[])(const char *name) = {put_pipe, put_symlink, put_hard_link,
                                                  put_directory, put_nothing};
enum { N_TRAPS = sizeof TRAPS / sizeof *TRAPS };

/* Runs `act` with each trap in turn under a name from which everything else is taken away. */
static void each_trap(const char *name, void (*before)(void), void (*act)(size_t trap))
{
    for (size_t i = 0; i < N_TRAPS; i++) {
        teardown(NULL);
        setup(NULL);
        put_file(&folder, "victim", LEFT_ALONE);
        before();
        unlinkat(folder.fd, name, 0);
        TRAPS[i](name);
        alarm(10); /* the one who waits for a pipe never comes back */
        act(i);
        alarm(0);
        assert_string_equal(get_file(&folder, "victim"), LEFT_ALONE);
    }
}

static struct record *record;

static void begin_a(void)
{
    record = begin("a", 1000);
}

static void act_on_open(size_t trap)
{
    struct buf line = BUF_INIT(1024);
    (void)trap;
    buf_add_str(&line, RESULT);
    assert_true(record_descriptor(record) < 0);
    assert_true(record_add_result(record, &line) < 0);
    assert_true(record_take_result(record, 150, 10, 1 << 20) < 0);
    buf_release(&line);
    assert_true(record_end(record, DOWN, strlen(DOWN)) < 0);
    record_free(record);
    const struct record_key key = key_of("a");
    expect_in(row_of(&key), "\"outcome\":\"complete\"");
    expect_in(row_of(&key), "\"record_error\"");
    assert_int_equal(records_close_again(records), 1);
}

static void a_trap_in_open(void **state)
{
    (void)state;
    each_trap("open/" FILE_A, begin_a, act_on_open);
}

/* Another file in the place of the record is not taken for it. */
static void another_file_in_open(void **state)
{
    (void)state;
    record = begin("a", 1000);
    put_file(&folder, "other", "{}\n");
    assert_int_equal(renameat(folder.fd, "other", folder.fd, "open/" FILE_A), 0);
    assert_int_equal(record_descriptor(record), -ESTALE);
    assert_int_equal(record_end(record, DOWN, strlen(DOWN)), -ESTALE);
    record_free(record);
    assert_string_equal(get_file(&folder, "open/" FILE_A), "{}\n");
}

static void act_on_target(size_t trap)
{
    const struct record_key key = *record_key(record);
    const int r = record_end(record, DOWN, strlen(DOWN));
    record_free(record);
    assert_int_equal(r, TRAPS[trap] == put_nothing ? 0 : -EEXIST);
    expect_down(&key, "\"pid\":12");
}

static void a_trap_where_the_record_goes(void **state)
{
    (void)state;
    each_trap("runs/" FILE_A, begin_a, act_on_target);
}

static void begin_b(void)
{
    run("b", 900);
}

static void act_on_new(size_t trap)
{
    struct record *new = begin("a", 1000);
    assert_int_equal(record_key(new)->incarnation, TRAPS[trap] == put_nothing ? 1000 : 1001);
    assert_int_equal(record_discard(new), 0);
    record_free(new);
}

static void a_trap_where_a_record_begins(void **state)
{
    (void)state;
    each_trap("open/" FILE_A, begin_b, act_on_new);
}

static void run_a(void)
{
    run("a", 1000);
}

static void act_on_ended(size_t trap)
{
    struct record_end_texts end;
    struct record_events events;
    char *spec = NULL;
    size_t len;
    struct record_key key = key_of("a");
    assert_true(records_read_end(records, &key, &end) < 0 || !end.down);
    record_end_texts_release(&end);
    assert_true(records_read_spec(records, &key, &spec, &len) < 0);
    if (records_open_events(records, &key, &events) == 0)
        close(events.fd);
    records_bytes(records, &key);
    reopen();
    while (records_tidy(records))
        ;
    if (TRAPS[trap] == put_directory || TRAPS[trap] == put_nothing)
        return;
    assert_int_equal(records_find(records, "a", NULL, &key), 0); /* it has its row: not looked at */
    assert_int_equal(unlinkat(folder.fd, "index.jsonl", 0), 0);
    reopen();
    while (records_tidy(records))
        ;
    assert_int_equal(records_find(records, "a", NULL, &key), -ENOENT);
    assert_true(exists(&folder, "odd/" FILE_A));
}

static void a_trap_in_runs(void **state)
{
    (void)state;
    each_trap("runs/" FILE_A, run_a, act_on_ended);
}

static void leave_a(void)
{
    put_file(&folder, "open/" FILE_A, SPEC_LINE "\"x\":1}\n");
}

static void act_on_lost(size_t trap)
{
    struct records_lost lost;
    reopen();
    assert_int_equal(records_close_predecessor(records, &lost), 0);
    /* An empty folder is a record of version 0.1 that never came to be. */
    assert_int_equal(lost.odd, TRAPS[trap] != put_nothing && TRAPS[trap] != put_directory);
    assert_false(exists(&folder, "open/" FILE_A));
    assert_int_equal(lost.closed, 0);
}

static void a_trap_for_the_next_daemon(void **state)
{
    (void)state;
    each_trap("open/" FILE_A, leave_a, act_on_lost);
}

static void act_on_index(size_t trap)
{
    (void)trap;
    reopen();
    struct record_key key = run("c", 2000);
    expect_in(row_of(&key), "\"run_id\":\"c\"");
    key = key_of("b");
    expect_in(row_of(&key), "\"run_id\":\"b\"");
}

static void a_trap_in_the_place_of_the_index(void **state)
{
    (void)state;
    each_trap("index.jsonl", begin_b, act_on_index);
}

static void leave_old(void)
{
    assert_int_equal(mkdirat(folder.fd, "runs/0000000001000-a", 0700), 0);
    put_file(&folder, "runs/0000000001000-a/spec.json", SPEC);
}

static void act_on_old(size_t trap)
{
    struct record_end_texts end;
    struct record_events events;
    char *spec = NULL;
    size_t len;
    (void)trap;
    reopen();
    const struct record_key key = key_of("a");
    records_read_end(records, &key, &end);
    assert_true(!end.down || !strstr(end.down, "somebody"));
    assert_true(!end.result || !strstr(end.result, "somebody"));
    record_end_texts_release(&end);
    if (records_read_spec(records, &key, &spec, &len) == 0)
        assert_string_equal(spec, SPEC);
    free(spec);
    if (records_open_events(records, &key, &events) == 0) {
        char c;
        assert_int_equal(read(events.fd, &c, 1), 0);
        close(events.fd);
    }
    while (records_tidy(records))
        ;
}

static void traps_in_old_records(void **state)
{
    (void)state;
    each_trap("runs/0000000001000-a/spec.json", leave_old, act_on_old);
    each_trap("runs/0000000001000-a/journal.jsonl", leave_old, act_on_old);
    each_trap("runs/0000000001000-a/result.json", leave_old, act_on_old);
    each_trap("runs/0000000001000-a/down.json", leave_old, act_on_old);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_trap_in_open),
        TEST(another_file_in_open),
        TEST(a_trap_where_the_record_goes),
        TEST(a_trap_where_a_record_begins),
        TEST(a_trap_in_runs),
        TEST(a_trap_for_the_next_daemon),
        TEST(a_trap_in_the_place_of_the_index),
        TEST(traps_in_old_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
