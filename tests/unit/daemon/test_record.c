/* The record is what remains of a run that cost money: a full disk, a crash in the middle of a
 * write or a clock that was set back must not lose, mix up or embellish one. */
#include <errno.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>

#include "daemon/os/sys.h"
#include "daemon/records/record.h"
#include "daemon/records/record_archive.h"
#include "daemon/records/record_lost.h"
#include "failing.h"
#include "fixture.h"

#define SPEC                                                                                       \
    "{\"run_id\":\"a\",\"council_id\":\"three\",\"registry\":\"default\",\"started_at\":"          \
    "\"2026-11-22T18:00:00.000Z\",\"recorder\":\"journal\",\"input\":{\"deep\":[1]}}"
#define DOWN                                                                                       \
    "{\"run_id\":\"a\",\"incarnation\":1000,\"council_id\":\"three\",\"registry\":\"default\","    \
    "\"started_at\":\"2026-11-22T18:00:00.000Z\",\"ended_at\":\"2026-11-22T18:00:01.000Z\","       \
    "\"outcome\":\"complete\",\"reason\":{\"kind\":\"normal\"},\"pid\":12}"
#define DIR_A "0000000001000-a"

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

static void reopen(void)
{
    records_free(records);
    assert_int_equal(records_open(folder.fd, &records, NULL), 0);
}

static struct record *begin(const char *id, int64_t ms)
{
    struct record *record;
    assert_int_equal(record_open(records, id, ms, SPEC, strlen(SPEC), &record), 0);
    return record;
}

static struct record_key run(const char *id, int64_t ms)
{
    struct record *record = begin(id, ms);
    struct record_key key = *record_key(record);
    assert_int_equal(record_end(record, DOWN, strlen(DOWN)), 0);
    record_free(record);
    return key;
}

static void expect_text(const struct record_key *key, const char *file, const char *text)
{
    char *read;
    size_t len;
    assert_int_equal(records_read(records, key, file, 1 << 20, &read, &len), 0);
    assert_string_equal(read, text);
    assert_int_equal(len, strlen(text));
    free(read);
}

static void expect_row(const struct record_key *key, const char *row)
{
    json_t *summary;
    assert_int_equal(records_summary(records, key, &summary), 0);
    char *text = json_dumps(summary, JSON_COMPACT);
    assert_string_equal(text, row);
    free(text);
    json_decref(summary);
}

static void keeps_a_run_from_beginning_to_end(void **state)
{
    (void)state;
    struct stat st;
    struct record_key key;
    struct record *record = begin("a", 1000);
    assert_int_equal(record_key(record)->incarnation, 1000);
    assert_int_equal(fstatat(folder.fd, "open/" DIR_A, &st, 0), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    int journal = record_journal(record);
    assert_true(fcntl(journal, F_GETFL) & O_APPEND);
    assert_true(fcntl(journal, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(record_journal(record), -EEXIST);
    assert_int_equal(fd_write_all(journal, "line\n", 5), 0);
    assert_int_equal(fstatat(folder.fd, "open/" DIR_A "/journal.jsonl", &st, 0), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    expect_text(record_key(record), "spec.json", SPEC);
    expect_text(record_key(record), "journal.jsonl", "line\n");
    assert_int_equal(record_write_result(record, "{}", 2), 0);
    assert_int_equal(records_find(records, "a", &key), -ENOENT); /* not ended */

    assert_int_equal(record_end(record, DOWN, strlen(DOWN)), 0);
    assert_int_equal(record_end(record, DOWN, strlen(DOWN)), -EALREADY);
    record_free(record);
    assert_false(exists(&folder, "open/" DIR_A));
    assert_int_equal(records_find(records, "a", &key), 0);
    assert_int_equal(key.incarnation, 1000);
    expect_text(&key, "result.json", "{}");
    expect_text(&key, "down.json", DOWN);
    expect_row(&key, "{\"run_id\":\"a\",\"incarnation\":1000,\"council_id\":\"three\","
                     "\"started_at\":\"2026-11-22T18:00:00.000Z\","
                     "\"ended_at\":\"2026-11-22T18:00:01.000Z\",\"outcome\":\"complete\","
                     "\"reason\":{\"kind\":\"normal\"},\"registry\":\"default\"}");
    /* A journal that was open goes on in its new place. */
    assert_int_equal(fd_write_all(journal, "more\n", 5), 0);
    close(journal);
    int fd = records_open_journal(records, &key);
    char text[16] = "";
    assert_int_equal(fd_read_full(fd, text, sizeof text), 10);
    close(fd);
}

static void the_younger_run_of_an_id_has_the_greater_stamp(void **state)
{
    (void)state;
    struct record_key key;
    struct record *first = begin("a", 1000);
    struct record *twin = begin("a", 1000); /* its directory is still in open/ */
    assert_int_equal(record_key(twin)->incarnation, 1001);
    assert_int_equal(record_end(first, DOWN, strlen(DOWN)), 0);
    assert_int_equal(record_end(twin, DOWN, strlen(DOWN)), 0);
    record_free(first);
    record_free(twin);
    assert_int_equal(run("a", 1000).incarnation, 1002);
    assert_int_equal(run("a", 5).incarnation, 1003); /* the clock was set back */
    assert_int_equal(run("b", 5).incarnation, 5);
    assert_int_equal(records_find(records, "a", &key), 0);
    assert_int_equal(key.incarnation, 1003);
    reopen();
    assert_int_equal(records_find(records, "a", &key), 0);
    assert_int_equal(key.incarnation, 1003);
    assert_int_equal(records_count(records), 5);
}

static void takes_every_legal_id_and_no_other(void **state)
{
    (void)state;
    char longest[RECORD_ID_MAX + 2];
    struct record *record;
    struct record_key key;
    memset(longest, 'x', sizeof longest);
    longest[RECORD_ID_MAX] = '\0';
    run(longest, 1);
    reopen();
    assert_int_equal(records_find(records, longest, &key), 0);
    assert_string_equal(key.run_id, longest);
    run("a.-_9", 1);
    static const char *const bad[] = {"", ".", "..", "-a", "a/b", "../a", "\xc3\xa9"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(record_open(records, bad[i], 1, "", 0, &record), -EINVAL);
    longest[RECORD_ID_MAX] = 'x';
    longest[RECORD_ID_MAX + 1] = '\0';
    assert_int_equal(record_open(records, longest, 1, "", 0, &record), -EINVAL);
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
    assert_int_equal(record_key_parse("20-b", &key), -EINVAL);
    assert_int_equal(record_key_parse("0000000000020-", &key), -EINVAL);
    assert_int_equal(record_key_parse("000000000002x-b", &key), -EINVAL);
}

/* ---- the disk fails ---- */

static int failing_errno;
static const char *failing_path;

static ssize_t half_write(int fd, const void *bytes, size_t len)
{
    static bool second;
    second = !second;
    if (second)
        return write(fd, bytes, len / 2);
    errno = failing_errno;
    return -1;
}

static int failing_mkdirat(int dir, const char *path, mode_t mode)
{
    (void)dir;
    (void)path;
    (void)mode;
    errno = failing_errno;
    return -1;
}

static int failing_openat(int dir, const char *path, int flags, mode_t mode)
{
    if (!strstr(path, failing_path))
        return openat(dir, path, flags, mode);
    errno = failing_errno;
    return -1;
}

static int failing_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    (void)from_dir;
    (void)from;
    (void)to_dir;
    (void)to;
    errno = failing_errno;
    return -1;
}

static void a_failed_beginning_leaves_nothing(void **state)
{
    (void)state;
    struct record *record;
    static const int numbers[] = {ENOSPC, EROFS, EFBIG, EACCES};
    for (size_t i = 0; i < 4; i++) {
        failing_errno = numbers[i];
        sys.write = half_write;
        assert_int_equal(record_open(records, "a", 1000, SPEC, strlen(SPEC), &record), -numbers[i]);
        sys_reset();
        sys.mkdirat = failing_mkdirat;
        assert_int_equal(record_open(records, "a", 1000, SPEC, strlen(SPEC), &record), -numbers[i]);
        sys_reset();
        failing_path = "spec.json";
        sys.openat = failing_openat;
        assert_int_equal(record_open(records, "a", 1000, SPEC, strlen(SPEC), &record), -numbers[i]);
        sys_reset();
        assert_false(exists(&folder, "open/" DIR_A));
    }
    run("a", 1000);
}

static void an_end_that_cannot_be_written_is_not_made_up(void **state)
{
    (void)state;
    struct record_key key;
    struct record *record = begin("a", 1000);
    failing_errno = ENOSPC;
    sys.write = half_write;
    assert_int_equal(record_write_result(record, "{\"outcome\":1}", 13), -ENOSPC);
    assert_int_equal(record_end(record, DOWN, strlen(DOWN)), -ENOSPC);
    record_free(record);
    sys_reset();
    reopen(); /* the next daemon does not take it for a lost run */
    assert_int_equal(records_close_predecessor(records, NULL), 0);
    assert_int_equal(records_find(records, "a", &key), 0);
    assert_false(exists(&folder, "runs/" DIR_A "/result.json"));
    expect_row(&key, "{\"run_id\":\"a\",\"incarnation\":1000,\"council_id\":\"three\","
                     "\"registry\":\"default\",\"started_at\":\"2026-11-22T18:00:00.000Z\","
                     "\"ended_at\":null,\"outcome\":null,\"reason\":{\"kind\":\"unknown\"}}");
    record = begin("b", 1000);
    failing_errno = EROFS;
    sys.renameat = failing_renameat;
    assert_int_equal(record_end(record, DOWN, strlen(DOWN)), -EROFS);
    record_free(record);
    sys_reset();
    /* Its own reason is kept when the rename is made up for. */
    reopen();
    assert_int_equal(records_close_predecessor(records, NULL), 1);
    assert_int_equal(records_find(records, "b", &key), 0);
    expect_text(&key, "down.json", DOWN);
}

static void discards(void **state)
{
    (void)state;
    struct record_key key;
    struct record *record = begin("a", 1000);
    close(record_journal(record));
    put_file(&folder, "open/" DIR_A "/core", "dumped here");
    assert_int_equal(record_discard(record), 0);
    assert_int_equal(record_discard(record), -EALREADY);
    record_free(record);
    assert_false(exists(&folder, "open/" DIR_A));
    assert_int_equal(records_find(records, "a", &key), -ENOENT);
}

/* ---- a predecessor that was killed ---- */

static void leave(const char *id, const char *spec, const char *journal, const char *result,
                  const char *down)
{
    char name[64];
    snprintf(name, sizeof name, "open/0000000001000-%s", id);
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

static int64_t fixed_wall(void)
{
    return 1763834405000;
}

#define LOST_REST                                                                                  \
    "\"council_id\":\"three\",\"registry\":\"default\",\"started_at\":"                            \
    "\"2026-11-22T18:00:00.000Z\",\"ended_at\":\"2025-11-22T18:00:05.000Z\",\"pid\":null,"         \
    "\"reason\":{\"kind\":\"noconnection\"},\"stopped_by\":null,"

static void closes_lost_runs_as_noconnection(void **state)
{
    (void)state;
    struct record_key key;
    sys.wall_ms = fixed_wall;
    leave("torn", SPEC, "{\"seq\":1}\n{\"se", NULL, NULL);
    leave("result", SPEC, "", "{\"outcome\":\"degraded\",\"result\":{}}", NULL);
    leave("halfresult", SPEC, "", "{\"outcome\":\"degraded\",\"resu", NULL);
    leave("halfdown", SPEC, "", NULL, "{\"run_id\":\"half");
    leave("written", SPEC, "", NULL, DOWN);
    assert_int_equal(records_close_predecessor(records, NULL), 5);
    assert_int_equal(records_close_predecessor(records, NULL), 0);
    static const struct {
        const char *id, *outcome;
    } lost[] = {
        {"torn", "null"}, {"result", "\"degraded\""}, {"halfresult", "null"}, {"halfdown", "null"}};
    for (size_t i = 0; i < 4; i++) {
        char down[512];
        assert_int_equal(records_find(records, lost[i].id, &key), 0);
        snprintf(down, sizeof down,
                 "{\"run_id\":\"%s\",\"incarnation\":1000," LOST_REST
                 "\"outcome\":%s,\"rusage\":null,\"containment\":null}",
                 lost[i].id, lost[i].outcome);
        expect_text(&key, "down.json", down);
    }
    assert_int_equal(records_find(records, "torn", &key), 0);
    expect_text(&key, "journal.jsonl", "{\"seq\":1}\n{\"se");
    assert_int_equal(records_find(records, "written", &key), 0);
    expect_text(&key, "down.json", DOWN);
}

static void removes_lost_runs_that_leave_no_record(void **state)
{
    (void)state;
    leave("none", "{\"recorder\":\"none\",\"council_id\":\"x\"}", "line\n", NULL, NULL);
    leave("nospec", NULL, NULL, NULL, NULL);
    leave("halfspec", "{\"run_id\":\"hal", NULL, NULL, NULL);
    put_file(&folder, "open/stray", "not a record");
    assert_int_equal(records_close_predecessor(records, NULL), 0);
    assert_int_equal(records_count(records), 0);
    assert_false(exists(&folder, "open/0000000001000-none"));
    assert_false(exists(&folder, "open/0000000001000-nospec"));
    assert_false(exists(&folder, "open/0000000001000-halfspec"));
    assert_true(exists(&folder, "open/stray"));
}

static void says_when_lost_runs_cannot_be_closed(void **state)
{
    (void)state;
    struct error err;
    leave("a", SPEC, "", NULL, NULL);
    failing_errno = ENOSPC;
    sys.write = half_write;
    assert_int_equal(records_close_predecessor(records, &err), -ENOSPC);
    assert_non_null(strstr(err.text, "run a"));
    sys_reset();
    assert_int_equal(records_close_predecessor(records, NULL), 1);
}

/* ---- keeping and removing ---- */

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
    assert_int_equal(records_bytes(records, &key), strlen(SPEC) + strlen(DOWN));
    assert_int_equal(records_remove(records, &key), 0);
    assert_int_equal(records_remove(records, &key), -ENOENT);
    assert_false(exists(&folder, "runs/" DIR_A));
}

static void survives_every_failed_allocation(void **state)
{
    (void)state;
    sys.wall_ms = fixed_wall;
    leave("lost", SPEC, "", "{\"outcome\":\"complete\",\"result\":{}}", NULL);
    for (int k = 0; failing_next(&k);) {
        struct record *record = NULL;
        struct record_key key = {.incarnation = 1000, .run_id = "a"};
        int r = record_open(records, "a", 1000, SPEC, strlen(SPEC), &record);
        if (r == 0)
            r = record_end(record, DOWN, strlen(DOWN));
        if (r == 0)
            r = records_pin(records, &key);
        if (r == 0)
            r = records_close_predecessor(records, NULL);
        failing_stop();
        assert_true(r == -ENOMEM || r >= 0);
        record_free(record);
        records_unpin(records, &key);
        records_remove(records, &key);
    }
    assert_int_equal(records_count(records), 1);
    /* At whatever allocation it succeeded at last, nothing was cut. */
    const char *down = get_file(&folder, "runs/0000000001000-lost/down.json");
    assert_string_equal(down, "{\"run_id\":\"lost\",\"incarnation\":1000," LOST_REST
                              "\"outcome\":\"complete\",\"rusage\":null,\"containment\":null}");
}

static void reads_a_row_or_fails_cleanly_without_memory(void **state)
{
    (void)state;
    const struct record_key key = run("a", 1000);
    const int before = fd_count_open();
    for (int k = 0; failing_next(&k);) {
        json_t *row = NULL;
        int r = records_summary(records, &key, &row);
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
        assert_true(r == 0 ? !failing_happened : r == -ENOMEM);
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
        TEST(the_younger_run_of_an_id_has_the_greater_stamp),
        TEST(takes_every_legal_id_and_no_other),
        TEST(walks_both_ways),
        TEST(a_failed_beginning_leaves_nothing),
        TEST(an_end_that_cannot_be_written_is_not_made_up),
        TEST(discards),
        TEST(closes_lost_runs_as_noconnection),
        TEST(removes_lost_runs_that_leave_no_record),
        TEST(says_when_lost_runs_cannot_be_closed),
        TEST(a_pinned_record_stays),
        TEST(survives_every_failed_allocation),
        TEST(reads_a_row_or_fails_cleanly_without_memory),
        TEST(opens_or_fails_cleanly_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
