/* The record is what remains of a run that cost money: a full disk, a crash in the middle of a
 * write or a clock that was set back must not lose, mix up or embellish one. */
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>

#include "failing.h"
#include "record_fixture.h"

static void keeps_a_run_from_beginning_to_end(void **state)
{
    (void)state;
    struct stat st;
    struct record_key key;
    struct record *record = begin("a", 1000);
    assert_int_equal(record_key(record)->incarnation, 1000);
    assert_int_equal(fstatat(folder.fd, "open/" FILE_A, &st, 0), 0);
    assert_int_equal(st.st_mode, S_IFREG | 0600);
    assert_true(st.st_blocks * 512 >= 16 * 1024); /* room for the last line */
    append(record, "{\"seq\":1}\n");
    struct buf result = BUF_INIT(1024);
    buf_add_str(&result, RESULT);
    assert_int_equal(record_add_result(record, &result), 0);
    assert_int_equal(record_add_result(record, &result), -EALREADY);
    buf_release(&result);
    assert_int_equal(records_find(records, "a", NULL, &key), -ENOENT); /* not ended */

    assert_int_equal(record_end(record, DOWN, strlen(DOWN)), 0);
    assert_int_equal(record_end(record, DOWN, strlen(DOWN)), -EALREADY);
    record_free(record);
    assert_false(exists(&folder, "open/" FILE_A));
    key = key_of("a");
    assert_int_equal(key.incarnation, 1000);
    const char *text = get_file(&folder, "runs/" FILE_A);
    expect_in(text, SPEC_LINE "\"run_id\":\"a\"");
    expect_in(text, "}\n{\"seq\":1}\n" RESULT "\n{\"type\":\"down\",\"size\":");
    assert_int_equal(text[strlen(text) - 1], '\n');
    assert_int_equal(records_bytes(records, &key), strlen(text));
    assert_int_equal(fstatat(folder.fd, "runs/" FILE_A, &st, 0), 0);
    assert_true(st.st_blocks * 512 <= 8192); /* the room was given back */
    expect_result(&key, RESULT);
    expect_down(&key, "\"pid\":12}");
    assert_string_equal(
        row_of(&key),
        "{\"run_id\":\"a\",\"incarnation\":1000,\"council_id\":\"three\",\"registry\":\"default\","
        "\"question\":null,\"members\":null,\"started_at\":\"2026-11-22T18:00:00.000Z\","
        "\"ended_at\":\"2026-11-22T18:00:01.000Z\",\"duration_ms\":null,\"outcome\":\"complete\","
        "\"reason\":{\"kind\":\"normal\"},\"tokens\":null,\"cost\":null,\"labels\":null}");
}

static void the_runner_has_a_description_of_its_own(void **state)
{
    (void)state;
    struct record *record = begin("a", 1000);
    int fd = record_descriptor(record);
    assert_true(fcntl(fd, F_GETFL) & O_APPEND);
    assert_false(fcntl(fd, F_GETFL) & O_NONBLOCK);
    assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_WRONLY);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    /* Without O_APPEND it writes over the beginning: councild's last line still stands at the end,
     * and the spec is no longer taken for what was asked. */
    assert_int_equal(fcntl(fd, F_SETFL, 0), 0);
    assert_int_equal(pwrite(fd, "X", 1, 20), 1);
    const struct record_key key = *record_key(record);
    assert_int_equal(record_end(record, DOWN, strlen(DOWN)), 0);
    close(fd);
    record_free(record);
    char *spec;
    size_t len;
    expect_down(&key, "\"pid\":12}");
    assert_int_equal(records_read_spec(records, &key, &spec, &len), -EBADMSG);
}

static void a_run_cannot_forge_its_end(void **state)
{
    (void)state;
    struct record *record = begin("a", 1000);
    append(record, "{\"type\":\"down\",\"size\":0,\"started_by\":{\"uid\":7}}\n"
                   "{\"type\":\"result\",\"outcome\":\"failed\",\"result\":2}\n");
    assert_int_equal(record_take_result(record, 0, 10, 1 << 20), -EBADMSG);
    assert_int_equal(record_take_result(record, 1 << 20, 10, 1 << 20), -EBADMSG);
    assert_int_equal(record_take_result(record, 200, INT64_MAX, 1 << 20), -EBADMSG);
    const struct record_key key = *record_key(record);
    int fd = record_descriptor(record);
    assert_int_equal(record_end(record, DOWN, strlen(DOWN)), 0);
    record_free(record);
    /* Nor later, with a descriptor that it kept. */
    static const char LATE[] = "{\"type\":\"down\",\"size\":999,\"pid\":1,\"run_id\":\"a\"}\n";
    assert_int_equal(fd_write_all(fd, LATE, strlen(LATE)), 0);
    close(fd);
    expect_down(&key, "\"pid\":12}");
    expect_result(&key, NULL);
    reopen();
    expect_down(&key, "\"pid\":12}");
}

static void a_result_that_stands_in_the_record_is_taken_from_there(void **state)
{
    (void)state;
    char *text;
    size_t len;
    struct record *record = begin("a", 1000);
    const int64_t at = strlen(SPEC) + strlen(SPEC_LINE) - 1 + 1;
    append(record, RESULT "\n");
    assert_int_equal(record_read_result(record, &text, &len), -ENOENT);
    assert_int_equal(record_take_result(record, at + 1, strlen(RESULT), 1 << 20), -EBADMSG);
    assert_int_equal(record_take_result(record, at, strlen(RESULT), 10), -EBADMSG);
    assert_int_equal(record_take_result(record, at, strlen(RESULT), 1 << 20), 0);
    assert_int_equal(record_take_result(record, at, strlen(RESULT), 1 << 20), -EALREADY);
    assert_int_equal(record_read_result(record, &text, &len), 0);
    assert_string_equal(text, RESULT);
    free(text);
    const struct record_key key = *record_key(record);
    assert_int_equal(record_end(record, DOWN, strlen(DOWN)), 0);
    assert_int_equal(record_read_result(record, &text, &len), 0); /* also now */
    free(text);
    record_free(record);
    expect_result(&key, RESULT);
}

static void the_last_line_stands_on_a_line_of_its_own(void **state)
{
    (void)state;
    struct record *record = begin("a", 1000);
    const struct record_key key = *record_key(record);
    append(record, "{\"seq\":1}\n{\"se");
    assert_int_equal(record_end(record, DOWN, strlen(DOWN)), 0);
    record_free(record);
    expect_in(get_file(&folder, "runs/" FILE_A), "\n{\"se\n{\"type\":\"down\",");
    reopen();
    expect_down(&key, "\"pid\":12,\"torn\":true}");
}

static void the_younger_run_of_an_id_has_the_greater_stamp(void **state)
{
    (void)state;
    struct record *first = begin("a", 1000);
    struct record *twin = begin("a", 1000); /* its file is still in open/ */
    assert_int_equal(record_key(twin)->incarnation, 1001);
    assert_int_equal(record_end(first, DOWN, strlen(DOWN)), 0);
    assert_int_equal(record_end(twin, DOWN, strlen(DOWN)), 0);
    record_free(first);
    record_free(twin);
    assert_int_equal(run("a", 1000).incarnation, 1002);
    assert_int_equal(run("a", 5).incarnation, 1003); /* the clock was set back */
    assert_int_equal(run("b", 5).incarnation, 5);
    assert_int_equal(key_of("a").incarnation, 1003);
    reopen();
    assert_int_equal(key_of("a").incarnation, 1003);
    assert_int_equal(records_count(records), 5);
}

static void takes_every_legal_id_and_no_other(void **state)
{
    (void)state;
    char longest[RECORD_ID_MAX + 2];
    struct record *record;
    memset(longest, 'x', sizeof longest);
    longest[RECORD_ID_MAX] = '\0';
    run(longest, 1);
    run("a.jsonl", 1);
    reopen();
    assert_string_equal(key_of(longest).run_id, longest);
    assert_string_equal(key_of("a.jsonl").run_id, "a.jsonl");
    run("a.-_9", 1);
    static const char *const bad[] = {"", ".", "..", "-a", "a/b", "../a", "\xc3\xa9"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(record_open(records, bad[i], 1, "{}", 2, &record), -EINVAL);
    longest[RECORD_ID_MAX] = 'x';
    longest[RECORD_ID_MAX + 1] = '\0';
    assert_int_equal(record_open(records, longest, 1, "{}", 2, &record), -EINVAL);
}

static void walks_both_ways(void **state)
{
    (void)state;
    struct record_key key;
    run("c", 30);
    run("a", 10);
    run("b", 20);
    run("aa", 20);
    static const char *const order[] = {"a", "aa", "b", "c"};
    for (int pass = 0; pass < 2; pass++) {
        const struct record_key *at = NULL;
        for (int i = 3; i >= 0; i--, at = &key) {
            assert_int_equal(records_before(records, at, &key), 0);
            assert_string_equal(key.run_id, order[i]);
        }
        assert_int_equal(records_before(records, &key, &key), -ENOENT);
        at = NULL;
        for (int i = 0; i < 4; i++, at = &key) {
            assert_int_equal(records_after(records, at, &key), 0);
            assert_string_equal(key.run_id, order[i]);
        }
        assert_int_equal(records_after(records, &key, &key), -ENOENT);
        reopen();
    }
    /* A cursor whose record is gone still has its place. */
    char text[RECORD_NAME_SIZE];
    assert_int_equal(record_key_parse("0000000000020-b", &key), 0);
    assert_int_equal(records_remove(records, &key), 0);
    record_key_format(&key, text);
    assert_string_equal(text, "0000000000020-b");
    assert_int_equal(records_before(records, &key, &key), 0);
    assert_string_equal(key.run_id, "aa");
    static const char *const bad[] = {"20-b", "0000000000020-", "000000000002x-b"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(record_key_parse(bad[i], &key), -EINVAL);
}

static void discards(void **state)
{
    (void)state;
    struct record_key key;
    struct record *record = begin("a", 1000);
    append(record, "{\"seq\":1}\n");
    assert_int_equal(record_discard(record), 0);
    assert_int_equal(record_discard(record), -EALREADY);
    record_free(record);
    assert_false(exists(&folder, "open/" FILE_A));
    assert_int_equal(records_find(records, "a", NULL, &key), -ENOENT);
}

static void a_pinned_record_stays(void **state)
{
    (void)state;
    struct record_key key = run("a", 1000);
    assert_int_equal(records_pin(records, &key), 0);
    assert_int_equal(records_pin(records, &key), 0);
    assert_int_equal(records_remove(records, &key), -EBUSY);
    records_unpin(records, &key);
    assert_true(records_pinned(records, &key));
    records_unpin(records, &key);
    assert_false(records_pinned(records, &key));
    assert_int_equal(records_remove(records, &key), 0);
    assert_int_equal(records_remove(records, &key), -ENOENT);
    assert_false(exists(&folder, "runs/" FILE_A));
}

static void an_elder_stays_as_long_as_its_heir(void **state)
{
    (void)state;
    const struct record_key elder = run("a", 1000);
    struct record *heir = begin("b", 2000);
    record_go_on_from(heir, &elder);
    assert_int_equal(records_remove(records, &elder), -EBUSY); /* while it lives */
    const struct record_key key = *record_key(heir);
    assert_int_equal(record_end(heir, DOWN, strlen(DOWN)), 0);
    record_free(heir);
    assert_int_equal(records_remove(records, &elder), -EBUSY);
    assert_int_equal(records_remove(records, &key), 0);
    assert_int_equal(records_remove(records, &elder), 0);
    const struct record_key other = run("a", 1000);
    heir = begin("c", 3000);
    record_go_on_from(heir, &other);
    assert_int_equal(record_discard(heir), 0); /* one that never came to be keeps nothing */
    record_free(heir);
    assert_int_equal(records_remove(records, &other), 0);
}

/* ---- memory runs out ---- */

static void lives_or_fails_cleanly_without_memory(void **state)
{
    (void)state;
    for (int k = 0; failing_next(&k);) {
        struct record *record = NULL;
        struct record_key key = {.incarnation = 1000, .run_id = "a"};
        int r = record_open(records, "a", 1000, SPEC, strlen(SPEC), &record);
        if (r == 0)
            r = record_end(record, DOWN, strlen(DOWN));
        if (r == 0)
            r = records_pin(records, &key);
        failing_stop();
        assert_true(r == -ENOMEM || r >= 0);
        record_free(record);
        records_unpin(records, &key);
        records_close_again(records);
        records_remove(records, &key);
        unlinkat(folder.fd, "open/" FILE_A, 0); /* one that memory ran out for stays there */
    }
    assert_int_equal(records_count(records), 0);
}

static void reads_a_row_or_fails_cleanly_without_memory(void **state)
{
    (void)state;
    const struct record_key key = run("a", 1000);
    const int before = fd_count_open();
    for (int k = 0; failing_next(&k);) {
        json_t *row = NULL;
        size_t len;
        int r = records_summary(records, &key, &row, &len);
        failing_stop();
        assert_true(r == 0 || (r == -ENOMEM && !row));
        json_decref(row);
        assert_int_equal(fd_count_open(), before);
    }
    assert_true(failing_no_leak());
}

static void opens_or_fails_cleanly_without_memory(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        run("a", 1000);
    const int before = fd_count_open();
    for (int k = 0; failing_next(&k);) {
        struct records *again = NULL;
        int r = records_open(folder.fd, &again, NULL);
        failing_stop();
        assert_true(r == 0 || r == -ENOMEM);
        if (r == 0)
            assert_int_equal(records_count(again), 3);
        records_free(again);
        assert_int_equal(fd_count_open(), before);
    }
    assert_true(failing_no_leak());
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(keeps_a_run_from_beginning_to_end),
        TEST(the_runner_has_a_description_of_its_own),
        TEST(a_run_cannot_forge_its_end),
        TEST(a_result_that_stands_in_the_record_is_taken_from_there),
        TEST(the_last_line_stands_on_a_line_of_its_own),
        TEST(the_younger_run_of_an_id_has_the_greater_stamp),
        TEST(takes_every_legal_id_and_no_other),
        TEST(walks_both_ways),
        TEST(discards),
        TEST(a_pinned_record_stays),
        TEST(an_elder_stays_as_long_as_its_heir),
        TEST(lives_or_fails_cleanly_without_memory),
        TEST(reads_a_row_or_fails_cleanly_without_memory),
        TEST(opens_or_fails_cleanly_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
