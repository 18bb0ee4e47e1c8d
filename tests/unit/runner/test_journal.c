/* A torn line at the end of a journal is an event that was told and cannot be read again. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

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

static void appends(void **state)
{
    (void)state;
    struct journal j;
    int fd = temporary();
    assert_int_equal(write(fd, "old\n", 4), 4);
    assert_int_equal(journal_init(&j, fd, NULL), 0);
    assert_int_equal(journal_append(&j, "one\n", 4, NULL), 0);
    assert_int_equal(journal_append(&j, "two\n", 4, NULL), 0);
    assert_int_equal(journal_sync(&j, NULL), 0);
    expect_content(fd, "old\none\ntwo\n");
    journal_release(&j);
    assert_int_equal(j.fd, -1);
}

/* A file that may not grow: the kernel writes a part of the line. */
static void takes_back_a_short_write(void **state)
{
    (void)state;
    struct journal j;
    struct error err = {0};
    struct rlimit old, small;
    int fd = temporary();
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    small = (struct rlimit){.rlim_cur = 10, .rlim_max = old.rlim_max};
    assert_int_equal(journal_init(&j, fd, NULL), 0);
    assert_int_equal(journal_append(&j, "1234567\n", 8, NULL), 0);
    setrlimit(RLIMIT_FSIZE, &small);
    int r = journal_append(&j, "abcdefg\n", 8, &err);
    int again = journal_append(&j, "x\n", 2, NULL);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_true(r < 0);
    assert_true(err.text[0]);
    assert_int_equal(again, -EIO);
    expect_content(fd, "1234567\n");
    journal_release(&j);
}

static void tells_a_full_device(void **state)
{
    (void)state;
    struct journal j;
    struct error err = {0};
    assert_int_equal(journal_init(&j, open("/dev/full", O_WRONLY | O_CLOEXEC), NULL), 0);
    assert_int_equal(journal_append(&j, "x\n", 2, &err), -ENOSPC);
    assert_true(j.broken);
    journal_release(&j);
}

static void does_without(void **state)
{
    (void)state;
    struct journal j;
    assert_int_equal(journal_init(&j, -1, NULL), 0);
    assert_int_equal(journal_append(&j, "x\n", 2, NULL), 0);
    assert_int_equal(journal_sync(&j, NULL), 0);
    journal_release(&j);
    assert_int_equal(journal_init(&j, 1023, NULL), -EBADF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends), cmocka_unit_test(takes_back_a_short_write),
        cmocka_unit_test(tells_a_full_device), cmocka_unit_test(does_without)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
