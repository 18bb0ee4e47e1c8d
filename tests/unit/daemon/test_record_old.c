/* Records that version 0.1 wrote, four files in a folder: whoever upgrades finds, lists, reads,
 * resumes and prunes them as before, and none is changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "daemon/records/record_store.h"
#include "record_fixture.h"

static void leave(const char *place, const char *id, const char *spec, const char *journal,
                  const char *result, const char *down)
{
    char name[64];
    snprintf(name, sizeof name, "%s/0000000001000-%s", place, id);
    assert_int_equal(mkdirat(folder.fd, name, 0700), 0);
    const char *files[] = {"spec.json",   spec,   "journal.jsonl", journal,
                           "result.json", result, "down.json",     down};
    for (size_t i = 0; i < 8; i += 2) {
        char path[96];
        snprintf(path, sizeof path, "%s/%s", name, files[i]);
        if (files[i + 1])
            put_file(&folder, path, files[i + 1]);
    }
}

#define OLD_RESULT "{\"outcome\":\"degraded\",\"result\":{}}\n"

static void they_are_read(void **state)
{
    (void)state;
    char *spec;
    size_t len;
    leave("runs", "a", SPEC "\n", "{\"seq\":1}\n{\"se", OLD_RESULT, DOWN "\n");
    reopen();
    const struct record_key key = key_of("a");
    expect_result(&key, OLD_RESULT);
    expect_down(&key, "\"pid\":12}");
    assert_int_equal(records_read_spec(records, &key, &spec, &len), 0);
    assert_string_equal(spec, SPEC "\n");
    free(spec);
    for (int pass = 0; pass < 2; pass++) {
        expect_in(row_of(&key), "\"council_id\":\"three\"");
        expect_in(row_of(&key), "\"outcome\":\"complete\",\"reason\":{\"kind\":\"normal\"}");
        while (records_tidy(records)) /* now it has its row */
            ;
    }
    expect_in(get_file(&folder, "index.jsonl"), "\"run_id\":\"a\"");
    struct record_events events;
    char text[32] = "";
    assert_int_equal(records_open_events(records, &key, &events), 0);
    assert_int_equal(fd_read_full(events.fd, text, sizeof text), 14);
    close(events.fd);
    assert_int_equal(records_bytes(records, &key), strlen(SPEC DOWN OLD_RESULT) + 2 + 14);
    assert_int_equal(records_remove(records, &key), 0);
    assert_false(exists(&folder, "runs/0000000001000-a"));
}

static void one_without_a_journal_has_an_empty_one(void **state)
{
    (void)state;
    leave("runs", "a", SPEC, NULL, NULL, DOWN);
    reopen();
    struct record_events events;
    const struct record_key key = key_of("a");
    char c;
    assert_int_equal(records_open_events(records, &key, &events), 0);
    assert_int_equal(read(events.fd, &c, 1), 0);
    close(events.fd);
}

static void one_without_an_end_is_not_made_up(void **state)
{
    (void)state;
    leave("runs", "a", SPEC, "", NULL, NULL);
    reopen();
    const struct record_key key = key_of("a");
    expect_in(row_of(&key), "\"outcome\":null,\"reason\":{\"kind\":\"unknown\"}");
    expect_in(row_of(&key), "\"started_at\":\"2026-11-22T18:00:00.000Z\"");
}

static void those_of_a_daemon_that_died_are_closed(void **state)
{
    (void)state;
    leave("open", "lost", SPEC, "{\"seq\":1}\n", OLD_RESULT, NULL);
    leave("open", "written", SPEC, "", NULL, DOWN);
    leave("open", "none", "{\"recorder\":\"none\"}", "line\n", NULL, NULL);
    leave("open", "empty", NULL, NULL, NULL, NULL);
    leave("open", "paid", "", "{\"seq\":1}\n", NULL, NULL); /* the power went: spec.json is empty */
    leave("open", "specless", NULL, "{\"seq\":1}\n", NULL, NULL);
    const struct records_lost lost = close_lost();
    assert_int_equal(lost.closed, 4);
    assert_int_equal(lost.odd, 0);
    assert_false(exists(&folder, "open/0000000001000-none"));
    assert_false(exists(&folder, "open/0000000001000-empty"));
    struct record_key key = key_of("lost");
    expect_in(row_of(&key), "\"outcome\":\"degraded\",\"reason\":{\"kind\":\"noconnection\"}");
    expect_in(row_of(&key), "\"council_id\":\"three\"");
    /* It is found where it is now. */
    assert_int_equal(record_size(records, &key), strlen(SPEC "{\"seq\":1}\n" OLD_RESULT));
    expect_result(&key, OLD_RESULT);
    key = key_of("written");
    expect_down(&key, "\"pid\":12}");
    expect_in(row_of(&key), "\"outcome\":\"complete\",\"reason\":{\"kind\":\"normal\"}");
    key = key_of("specless");
    expect_in(row_of(&key), "\"reason\":{\"kind\":\"noconnection\"}");
    assert_int_equal(records_bytes(records, &key), 10);
    key = key_of("paid");
    expect_in(row_of(&key), "\"reason\":{\"kind\":\"noconnection\"}");
    assert_string_equal(get_file(&folder, "runs/0000000001000-paid/journal.jsonl"),
                        "{\"seq\":1}\n");
    assert_false(exists(&folder, "runs/0000000001000-lost/down.json"));
}

/* ---- one that is removed ---- */

static const char *kept;

static int unlinkat_but_for_one(int dir, const char *path, int flags)
{
    errno = EPERM;
    return strcmp(path, kept) == 0 ? -1 : unlinkat(dir, path, flags);
}

static int openat_but_for_one(int dir, const char *path, int flags, mode_t mode)
{
    errno = EMFILE;
    return strcmp(path, kept) == 0 ? -1 : openat(dir, path, flags, mode);
}

/* It is known until all of it is gone. */
static void what_keeps_it_from_being_removed_is_told(void **state)
{
    (void)state;
    leave("runs", "a", SPEC, "{}\n", OLD_RESULT, DOWN);
    put_file(&folder, "runs/0000000001000-a/more", "x"); /* whoever put it there */
    reopen();
    const struct record_key key = key_of("a");
    kept = "0000000001000-a";
    sys.openat = openat_but_for_one;
    assert_int_equal(records_remove(records, &key), -EMFILE);
    assert_true(exists(&folder, "runs/0000000001000-a/down.json"));
    sys_reset();
    sys.unlinkat = unlinkat_but_for_one;
    kept = "down.json";
    assert_int_equal(records_remove(records, &key), -EPERM);
    assert_true(exists(&folder, "runs/0000000001000-a/down.json"));
    kept = "0000000001000-a";
    assert_int_equal(records_remove(records, &key), -EPERM);
    assert_false(exists(&folder, "runs/0000000001000-a/down.json"));
    assert_false(exists(&folder, "runs/0000000001000-a/more"));
    assert_true(exists(&folder, "runs/0000000001000-a"));
    assert_int_equal(records_count(records), 1);
    sys_reset();
    assert_int_equal(records_remove(records, &key), 0);
    assert_false(exists(&folder, "runs/0000000001000-a"));
    assert_int_equal(records_count(records), 0);
}

static void one_that_is_gone_is_removed(void **state)
{
    (void)state;
    leave("runs", "a", NULL, NULL, NULL, NULL);
    reopen();
    const struct record_key key = key_of("a");
    assert_int_equal(records_bytes(records, &key), 0);
    assert_int_equal(unlinkat(folder.fd, "runs/0000000001000-a", AT_REMOVEDIR), 0);
    assert_int_equal(records_remove(records, &key), 0);
    assert_int_equal(records_count(records), 0);
    assert_int_equal(records_remove(records, &key), -ENOENT);
}

/* Whatever of it there is. */
static void what_there_is_of_its_end_is_read(void **state)
{
    (void)state;
    leave("runs", "both", SPEC, "", OLD_RESULT, DOWN);
    leave("runs", "down", SPEC, "", NULL, DOWN);
    leave("runs", "result", SPEC, "", OLD_RESULT, NULL);
    leave("runs", "none", SPEC, "", NULL, NULL);
    reopen();
    struct record_key key = key_of("both");
    expect_down(&key, "\"pid\":12}");
    expect_result(&key, OLD_RESULT);
    assert_int_equal(records_bytes(records, &key), strlen(SPEC OLD_RESULT DOWN));
    key = key_of("down");
    expect_down(&key, "\"pid\":12}");
    expect_result(&key, NULL);
    static const char *const HALVES[] = {"result", "none"};
    for (size_t i = 0; i < 2; i++) {
        struct record_end_texts end = {0};
        key = key_of(HALVES[i]);
        assert_int_equal(records_read_end(records, &key, &end), 0);
        assert_null(end.down);
        assert_int_equal(end.result != NULL, i == 0);
        record_end_texts_release(&end);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(they_are_read),
        TEST(one_without_a_journal_has_an_empty_one),
        TEST(one_without_an_end_is_not_made_up),
        TEST(those_of_a_daemon_that_died_are_closed),
        TEST(what_keeps_it_from_being_removed_is_told),
        TEST(one_that_is_gone_is_removed),
        TEST(what_there_is_of_its_end_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
