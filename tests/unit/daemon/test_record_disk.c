/* Whatever call of councild's own fails at the disk, and whichever it is: a start is refused and
 * leaves nothing, an end is told and kept, and what stands there already is never lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "record_fixture.h"

/* ---- the k-th call fails, or all from it on, or a write is short ---- */

enum way { ONCE, FROM_THEN_ON, SHORT, WAYS };

static int countdown;
static enum way way;
static int number;
static bool failed, halved;

static bool fails(void)
{
    if (countdown > 0 && --countdown == 0)
        failed = true;
    const bool now = failed && countdown == 0;
    if (now && way != FROM_THEN_ON)
        countdown = -1; /* once is enough */
    errno = number;
    return now;
}

static int disk_openat(int dir, const char *path, int flags, mode_t mode)
{
    return (flags & (O_CREAT | O_RDWR | O_WRONLY)) && fails() ? -1 : openat(dir, path, flags, mode);
}

static ssize_t disk_write(int fd, const void *bytes, size_t len)
{
    if (!fails())
        return write(fd, bytes, len);
    if (way != SHORT || halved)
        return -1;
    halved = true;
    countdown = 1; /* the rest does not come at all */
    return write(fd, bytes, len / 2);
}

static int disk_fallocate(int fd, int mode, off_t at, off_t len)
{
    return fails() ? -1 : fallocate(fd, mode, at, len);
}

static int disk_ftruncate(int fd, off_t len)
{
    return fails() ? -1 : ftruncate(fd, len);
}

static int disk_renameat2(int from, const char *name, int to, const char *new, unsigned flags)
{
    return fails() ? -1 : renameat2(from, name, to, new, flags);
}

static void break_disk(int k, enum way how, int error)
{
    countdown = k;
    way = how;
    number = error;
    failed = halved = false;
    sys.openat = disk_openat;
    sys.write = disk_write;
    sys.fallocate = disk_fallocate;
    sys.ftruncate = disk_ftruncate;
    sys.renameat2 = disk_renameat2;
}

static const int ERRORS[] = {ENOSPC, EIO, EROFS};
enum { N_ERRORS = sizeof ERRORS / sizeof *ERRORS };

/* Calls `act` for each way and error with the k-th call failing, until none does. */
static void each_failure(void (*act)(void))
{
    for (int i = 0; i < WAYS * N_ERRORS; i++) {
        failed = true;
        for (int k = 1; failed; k++) {
            assert_true(k < 50);
            teardown(NULL);
            setup(NULL);
            break_disk(k, i % WAYS, ERRORS[i / WAYS]);
            act();
            sys_reset();
        }
    }
}

static void begin_or_nothing(void)
{
    struct record *record = NULL;
    const int r = record_open(records, "a", 1000, SPEC, strlen(SPEC), &record);
    assert_true(r == 0 || r == -number);
    if (r < 0) {
        assert_false(exists(&folder, "open/" FILE_A));
        return;
    }
    sys_reset(); /* what failed was the row, or nothing */
    const struct record_key key = *record_key(record);
    assert_int_equal(record_end(record, DOWN, strlen(DOWN)), 0);
    record_free(record);
    expect_in(row_of(&key), "\"outcome\":\"complete\"");
}

static void a_failed_beginning_leaves_nothing(void **state)
{
    (void)state;
    each_failure(begin_or_nothing);
}

static void end_or_wait(void)
{
    sys_reset();
    struct record *record = begin("a", 1000);
    append(record, "{\"seq\":1}\n" RESULT "\n");
    const int64_t at = strlen(SPEC) + strlen(SPEC_LINE) + 10;
    assert_int_equal(record_take_result(record, at, strlen(RESULT), 1 << 20), 0);
    break_disk(countdown, way, number);
    const struct record_key key = *record_key(record);
    const int r = record_end(record, DOWN, strlen(DOWN));
    record_free(record);
    assert_true(r == 0 || r == -number);
    assert_int_equal(exists(&folder, "open/" FILE_A), r < 0);
    expect_down(&key, "\"pid\":12");
    expect_result(&key, RESULT);
    expect_in(row_of(&key), "\"outcome\":\"complete\"");
    assert_int_equal(strstr(row_of(&key), "record_error") != NULL, r < 0);
    sys_reset();
    assert_int_equal(records_close_again(records), 0);
    for (int pass = 0; pass < 2; pass++) {
        assert_true(exists(&folder, "runs/" FILE_A));
        expect_down(&key, "\"pid\":12");
        expect_result(&key, RESULT);
        expect_in(row_of(&key), "\"outcome\":\"complete\"");
        reopen();
    }
}

static void an_end_that_fails_is_kept_and_tried_again(void **state)
{
    (void)state;
    each_failure(end_or_wait);
}

/* What failed is told, whatever a client has called its labels. */
static void a_label_is_no_error(void **state)
{
    static const char LABELLED[] =
        "{\"run_id\":\"a\",\"outcome\":\"complete\",\"labels\":{\"record_error\":\"x\"}}";
    (void)state;
    struct record *record = begin("a", 1000);
    const struct record_key key = *record_key(record);
    break_disk(1, FROM_THEN_ON, ENOSPC);
    assert_int_equal(record_end(record, LABELLED, strlen(LABELLED)), -ENOSPC);
    record_free(record);
    expect_down(&key, "\"record_error\":\"ENOSPC\"");
}

static void end_and_die(void)
{
    sys_reset();
    struct record *record = begin("a", 1000);
    append(record, "{\"seq\":1}\n" RESULT "\n");
    break_disk(countdown, way, number);
    const int r = record_end(record, DOWN, strlen(DOWN));
    record_free(record);
    sys_reset();
    struct records_lost lost;
    reopen(); /* before it was tried again */
    assert_int_equal(records_close_predecessor(records, &lost), 0);
    assert_int_equal(lost.closed, r < 0);
    const struct record_key key = key_of("a");
    expect_in(row_of(&key), "\"outcome\":\"complete\"");
    if (r < 0)
        expect_down(&key, "\"noconnection\"");
    expect_in(get_file(&folder, "runs/" FILE_A), "{\"seq\":1}\n" RESULT "\n");
}

static void an_end_that_failed_is_the_next_daemons(void **state)
{
    (void)state;
    each_failure(end_and_die);
}

static void result_or_nothing(void)
{
    sys_reset();
    struct record *record = begin("a", 1000);
    struct buf line = BUF_INIT(1024);
    buf_add_str(&line, RESULT);
    break_disk(countdown, way, number);
    int r = record_add_result(record, &line);
    assert_true(r == 0 || r == -number);
    sys_reset();
    if (r < 0)
        r = record_add_result(record, &line);
    assert_int_equal(r, 0);
    buf_release(&line);
    const struct record_key key = *record_key(record);
    assert_int_equal(record_end(record, DOWN, strlen(DOWN)), 0);
    record_free(record);
    expect_result(&key, RESULT);
    expect_down(&key, "\"pid\":12");
}

static void a_result_that_fails_can_be_written_later(void **state)
{
    (void)state;
    each_failure(result_or_nothing);
}

/* ---- how much there is to do ---- */

static int made, renamed, written, opened;

static int seen_openat(int dir, const char *path, int flags, mode_t mode)
{
    made += (flags & O_CREAT) != 0;
    opened++;
    return openat(dir, path, flags, mode);
}

static ssize_t seen_write(int fd, const void *bytes, size_t len)
{
    written++;
    return write(fd, bytes, len);
}

static int seen_mkdirat(int dir, const char *path, mode_t mode)
{
    made++;
    return mkdirat(dir, path, mode);
}

static int seen_renameat2(int from, const char *name, int to, const char *new, unsigned flags)
{
    renamed++;
    return renameat2(from, name, to, new, flags);
}

static void look(void)
{
    made = renamed = written = opened = 0;
    sys.openat = seen_openat;
    sys.write = seen_write;
    sys.mkdirat = seen_mkdirat;
    sys.renameat2 = seen_renameat2;
}

/* It was a folder and two files at the start, two more at the end. */
static void one_file_is_made_for_each_run(void **state)
{
    (void)state;
    run("warm", 900);
    look();
    struct record *record = begin("a", 1000);
    close(record_descriptor(record));
    assert_int_equal(made, 1);
    assert_int_equal(opened, 2);  /* the file, and the runner's own description of it */
    assert_int_equal(written, 2); /* its first line, and its row */
    append(record, RESULT "\n");
    assert_int_equal(
        record_take_result(record, strlen(SPEC) + strlen(SPEC_LINE), strlen(RESULT), 1 << 20), 0);
    look();
    assert_int_equal(record_end(record, DOWN, strlen(DOWN)), 0);
    record_free(record);
    assert_int_equal(made, 0);
    assert_int_equal(opened, 1);
    assert_int_equal(written, 2); /* its last line, and its row */
    assert_int_equal(renamed, 1);
}

static void one_that_cannot_be_closed_keeps_no_other_open(void **state)
{
    (void)state;
    struct record *two[] = {begin("a", 1000), begin("b", 1000)};
    sys.write = no_write;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(record_end(two[i], DOWN, strlen(DOWN)), -ENOSPC);
        record_free(two[i]);
    }
    sys_reset();
    break_disk(1, ONCE, EIO);
    assert_int_equal(records_close_again(records), 1);
    assert_int_equal(
        exists(&folder, "runs/" FILE_A) + exists(&folder, "runs/0000000001000-b.jsonl"), 1);
    sys_reset();
    assert_int_equal(records_close_again(records), 0);
}

static void no_descriptor_stays_open(void **state)
{
    (void)state;
    struct record *record = begin("a", 1000);
    const struct buf line = {.at = (char *)RESULT, .len = strlen(RESULT)};
    const int before = fd_count_open();
    assert_int_equal(record_add_result(record, &line), 0);
    assert_int_equal(fd_count_open(), before);
    const struct record_key key = *record_key(record);
    assert_int_equal(record_end(record, DOWN, strlen(DOWN)), 0);
    record_free(record);
    const int ended = fd_count_open();
    expect_result(&key, RESULT);
    assert_int_equal(fd_count_open(), ended);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_failed_beginning_leaves_nothing),
        TEST(an_end_that_fails_is_kept_and_tried_again),
        TEST(an_end_that_failed_is_the_next_daemons),
        TEST(a_label_is_no_error),
        TEST(a_result_that_fails_can_be_written_later),
        TEST(one_file_is_made_for_each_run),
        TEST(no_descriptor_stays_open),
        TEST(one_that_cannot_be_closed_keeps_no_other_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
