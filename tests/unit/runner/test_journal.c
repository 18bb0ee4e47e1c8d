/* What a run has paid for is worth what its disk kept of it: each line is written once, a journal
 * that failed once takes nothing more and takes nothing back, and the folder that names the record
 * is synced before there is anything to lose. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "bad_disk.h"
#include "common/fd.h"
#include "runner/journal.h"

static int temporary(void)
{
    char path[] = "/tmp/journal-XXXXXX";
    int fd = mkostemp(path, O_APPEND | O_CLOEXEC);
    assert_true(fd >= 0);
    unlink(path);
    return fd;
}

static void expect_content(int fd, const char *text)
{
    char bytes[200];
    ssize_t n = pread(fd, bytes, sizeof(bytes), 0);
    assert_int_equal(n, strlen(text));
    assert_memory_equal(bytes, text, strlen(text));
}

static void open_on(struct journal *j, struct bad_disk how)
{
    disk = how;
    assert_int_equal(journal_init(j, temporary(), open("/tmp", O_RDONLY | O_CLOEXEC), NULL), 0);
    j->calls = &DISK;
}

static void appends(void **state)
{
    (void)state;
    struct journal j;
    int fd = temporary();
    assert_int_equal(write(fd, "old\n", 4), 4);
    assert_int_equal(journal_init(&j, fd, -1, NULL), 0);
    assert_int_equal(j.size, 4);
    assert_int_equal(journal_append(&j, "one\n", 4, NULL), 0);
    assert_int_equal(journal_append(&j, "two\n", 4, NULL), 0);
    assert_int_equal(journal_sync(&j, NULL), 0);
    assert_int_equal(journal_settle(&j, NULL), 0);
    expect_content(fd, "old\none\ntwo\n");
    assert_int_equal(j.size, 12);
    journal_release(&j);
    assert_int_equal(j.fd, -1);
}

/* A file that may not grow: the kernel writes a part of the line. It stays: whoever reads knows a
 * torn line, and councild ends it with a line break. */
static void a_short_write_breaks_it_and_stays(void **state)
{
    (void)state;
    struct journal j;
    struct error err = {0};
    struct rlimit old, small;
    int fd = temporary();
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    small = (struct rlimit){.rlim_cur = 10, .rlim_max = old.rlim_max};
    assert_int_equal(journal_init(&j, fd, -1, NULL), 0);
    assert_int_equal(journal_append(&j, "1234567\n", 8, NULL), 0);
    setrlimit(RLIMIT_FSIZE, &small);
    int r = journal_append(&j, "abcdefg\n", 8, &err);
    int again = journal_append(&j, "x\n", 2, NULL);
    int full = journal_reserve(&j, 100, NULL);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_true(r < 0);
    assert_true(err.text[0]);
    assert_int_equal(again, -EIO);
    assert_int_equal(full, 0); /* nothing is asked of a broken one */
    expect_content(fd, "1234567\nab");
    journal_release(&j);
}

static void no_room_is_told_and_breaks_nothing(void **state)
{
    (void)state;
    struct journal j;
    struct error err = {0};
    const int full[] = {ENOSPC, EDQUOT, EFBIG};
    for (size_t i = 0; i < sizeof(full) / sizeof(full[0]); i++) {
        open_on(&j, (struct bad_disk){.way = BAD_RESERVE, .at = 1, .number = full[i]});
        assert_int_equal(journal_reserve(&j, 65536, &err), -full[i]);
        assert_non_null(strstr(err.text, "65536"));
        assert_int_equal(journal_append(&j, "x\n", 2, NULL), 0);
        journal_release(&j);
    }
}

/* Room is kept behind what stands, with a last line of councild's behind it; where a file system
 * cannot do that, the run goes on as it can. */
static void room_is_kept_behind_what_stands(void **state)
{
    (void)state;
    struct journal j;
    const int unable[] = {EOPNOTSUPP, EPERM, ESPIPE, ENODEV};
    open_on(&j, (struct bad_disk){0});
    assert_int_equal(journal_append(&j, "12345\n", 6, NULL), 0);
    assert_int_equal(journal_reserve(&j, 1000, NULL), 0);
    assert_int_equal(disk.reserved, 6 + 1000 + JOURNAL_LAST_LINE);
    for (size_t i = 0; i < sizeof(unable) / sizeof(unable[0]); i++) {
        disk = (struct bad_disk){.way = BAD_RESERVE, .at = 1, .number = unable[i]};
        assert_int_equal(journal_reserve(&j, 1000, NULL), 0);
    }
    journal_release(&j);
}

/* It does not take the last blocks only to say that there are not enough: others need them. */
static void what_is_left_is_not_taken_in_vain(void **state)
{
    (void)state;
    enum { BLOCK = 4096 };
    struct journal j;
    struct error err = {0};
    open_on(&j, (struct bad_disk){.blocks_left = 100});
    assert_int_equal(journal_reserve(&j, 100 * BLOCK, &err), -ENOSPC);
    assert_int_equal(disk.reserves, 0);
    assert_int_equal(journal_reserve(&j, 50 * BLOCK, &err), 0);
    /* What is kept already is not counted twice. */
    disk.blocks_left = 20;
    assert_int_equal(journal_reserve(&j, 60 * BLOCK, &err), 0);
    assert_int_equal(journal_reserve(&j, 90 * BLOCK, &err), -ENOSPC);
    assert_int_equal(disk.reserves, 2);
    journal_release(&j);
}

static void it_is_settled_once(void **state)
{
    (void)state;
    struct journal j;
    open_on(&j, (struct bad_disk){0});
    assert_int_equal(journal_append(&j, "x\n", 2, NULL), 0);
    assert_int_equal(journal_settle(&j, NULL), 0);
    assert_int_equal(journal_settle(&j, NULL), 0);
    assert_string_equal(disk.trace, "sync folder ");
    journal_release(&j);
}

static void a_sync_that_fails_breaks_it(void **state)
{
    (void)state;
    struct journal j;
    struct error err = {0};
    open_on(&j, (struct bad_disk){.way = BAD_SYNC, .at = 1, .number = EIO});
    assert_int_equal(journal_append(&j, "x\n", 2, NULL), 0);
    assert_int_equal(journal_sync(&j, &err), -EIO);
    assert_true(j.broken);
    assert_int_equal(journal_append(&j, "x\n", 2, NULL), -EIO);
    journal_release(&j);
    open_on(&j, (struct bad_disk){.way = BAD_SYNC, .at = 1, .number = EIO});
    assert_int_equal(journal_settle(&j, &err), -EIO);
    assert_true(j.broken);
    journal_release(&j);
}

static void tells_a_full_device(void **state)
{
    (void)state;
    struct journal j;
    struct error err = {0};
    assert_int_equal(journal_init(&j, open("/dev/full", O_WRONLY | O_CLOEXEC), -1, NULL), 0);
    assert_int_equal(journal_append(&j, "x\n", 2, &err), -ENOSPC);
    assert_true(j.broken);
    journal_release(&j);
}

static void does_without(void **state)
{
    (void)state;
    struct journal j;
    assert_int_equal(journal_init(&j, -1, -1, NULL), 0);
    assert_int_equal(journal_append(&j, "x\n", 2, NULL), 0);
    assert_int_equal(journal_sync(&j, NULL), 0);
    assert_int_equal(journal_settle(&j, NULL), 0);
    assert_int_equal(journal_reserve(&j, 1, NULL), 0);
    journal_release(&j);
    assert_int_equal(journal_init(&j, 1023, -1, NULL), -EBADF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends),
        cmocka_unit_test(a_short_write_breaks_it_and_stays),
        cmocka_unit_test(no_room_is_told_and_breaks_nothing),
        cmocka_unit_test(room_is_kept_behind_what_stands),
        cmocka_unit_test(what_is_left_is_not_taken_in_vain),
        cmocka_unit_test(it_is_settled_once),
        cmocka_unit_test(a_sync_that_fails_breaks_it),
        cmocka_unit_test(tells_a_full_device),
        cmocka_unit_test(does_without),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
