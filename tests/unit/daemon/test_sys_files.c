/* Small files through the seam, with calls that give little, are interrupted, or fail: half a file
 * that is taken for a whole one is a wrong key, or a cgroup that nobody finds again. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "daemon/os/sys.h"
#include "fixture.h"

static struct folder folder;
static int before; /* descriptors */

/* ---- calls as they may be ---- */

static int calls;
static int fails_at;   /* this call fails, with fails_with; 0: none */
static int fails_with; /* 0: it gives 0 */

static bool fails(void)
{
    if (++calls != fails_at)
        return false;
    errno = fails_with;
    return true;
}

static ssize_t small_read(int fd, void *to, size_t len)
{
    return fails() ? (fails_with ? -1 : 0) : read(fd, to, len > 3 ? 3 : len);
}

static ssize_t small_write(int fd, const void *bytes, size_t len)
{
    return fails() ? (fails_with ? -1 : 0) : write(fd, bytes, len > 3 ? 3 : len);
}

static void small_calls(int at, int with)
{
    calls = 0;
    fails_at = at;
    fails_with = with;
    sys.read = small_read;
    sys.write = small_write;
}

static int setup(void **state)
{
    (void)state;
    folder_make(&folder);
    before = fd_count_open();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sys_reset();
    const bool clean = fd_count_open() == before;
    folder_remove(&folder);
    return clean ? 0 : -1;
}

/* ---- reading ---- */

static void a_text_is_read_whole_or_cut(void **state)
{
    (void)state;
    static const struct {
        const char *text, *wanted; /* in 8 bytes */
    } CASES[] = {{"", ""},
                 {"a", "a"},
                 {"123456", "123456"},
                 {"1234567", "1234567"},
                 {"12345678", "1234567"},
                 {"123456789 and more", "1234567"}};
    for (int small = 0; small < 2; small++) {
        for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
            char to[9] = "xxxxxxxx";
            put_file(&folder, "f", CASES[i].text);
            if (small)
                small_calls(0, 0);
            assert_int_equal(sys_read_text(folder.fd, "f", to, 8), strlen(CASES[i].wanted));
            assert_string_equal(to, CASES[i].wanted);
            assert_int_equal(to[8], '\0');
            sys_reset();
        }
    }
}

static void what_cannot_be_read_is_told(void **state)
{
    (void)state;
    char to[16];
    assert_int_equal(sys_read_text(folder.fd, "none", to, sizeof to), -ENOENT);
    assert_int_equal(sys_read_text(folder.fd, ".", to, sizeof to), -EISDIR);
    put_file(&folder, "f", "123456789");
    for (int at = 1; at <= 4; at++) {
        small_calls(at, EIO);
        assert_int_equal(sys_read_text(folder.fd, "f", to, sizeof to), -EIO);
        small_calls(at, EINTR);
        assert_int_equal(sys_read_text(folder.fd, "f", to, sizeof to), 9);
        assert_string_equal(to, "123456789");
        assert_int_equal(calls, 5); /* and the end */
    }
}

/* ---- writing ---- */

static void a_text_is_written_at_once(void **state)
{
    (void)state;
    assert_int_equal(sys_write_text(folder.fd, "none", "x"), -ENOENT);
    assert_false(exists(&folder, "none"));
    put_file(&folder, "f", "123456789");
    assert_int_equal(sys_write_text(folder.fd, "f", "ab"), 0);
    assert_string_equal(get_file(&folder, "f"), "ab3456789");
    small_calls(1, EBUSY);
    assert_int_equal(sys_write_text(folder.fd, "f", "cd"), -EBUSY);
    small_calls(0, 0);
    assert_int_equal(sys_write_text(folder.fd, "f", "cd"), 0);
    assert_int_equal(calls, 1);
    sys_reset();
    assert_string_equal(get_file(&folder, "f"), "cd3456789");
}

static void all_is_written_in_whatever_pieces(void **state)
{
    (void)state;
    static const struct {
        int at, with, result, calls;
        const char *wanted;
    } CASES[] = {
        {0, 0, 0, 3, "1234567"},        {1, EINTR, 0, 4, "1234567"},
        {3, EINTR, 0, 4, "1234567"},    {1, ENOSPC, -ENOSPC, 1, ""},
        {2, ENOSPC, -ENOSPC, 2, "123"}, {3, EDQUOT, -EDQUOT, 3, "123456"},
        {4, ENOSPC, 0, 3, "1234567"},   {1, 0, -EIO, 1, ""},
        {3, 0, -EIO, 3, "123456"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        put_file(&folder, "f", "");
        const int fd = openat(folder.fd, "f", O_WRONLY | O_CLOEXEC);
        small_calls(CASES[i].at, CASES[i].with);
        assert_int_equal(sys_write_all(fd, "1234567", 7), CASES[i].result);
        assert_int_equal(calls, CASES[i].calls);
        calls = 0;
        assert_int_equal(sys_write_all(fd, "", 0), 0);
        assert_int_equal(calls, 0);
        sys_reset();
        close(fd);
        assert_string_equal(get_file(&folder, "f"), CASES[i].wanted);
    }
}

static void a_file_is_whole_or_not_there(void **state)
{
    (void)state;
    struct stat st;
    const mode_t old = umask(0);
    assert_int_equal(sys_write_file(folder.fd, "f", "123456789", 9, 0640), 0);
    umask(old);
    assert_int_equal(fstatat(folder.fd, "f", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_int_equal(sys_write_file(folder.fd, "f", "abc", 3, 0600), 0);
    assert_string_equal(get_file(&folder, "f"), "abc"); /* nothing of what was there */
    assert_int_equal(sys_write_file(folder.fd, "none/f", "abc", 3, 0600), -ENOENT);
    assert_int_equal(symlinkat("f", folder.fd, "link"), 0);
    assert_int_equal(sys_write_file(folder.fd, "link", "xyz", 3, 0600), -ELOOP);
    assert_string_equal(get_file(&folder, "f"), "abc");
    for (int at = 1; at <= 3; at++) {
        small_calls(at, ENOSPC);
        assert_int_equal(sys_write_file(folder.fd, "g", "123456789", 9, 0600), -ENOSPC);
        assert_false(exists(&folder, "g"));
    }
    small_calls(0, 0);
    assert_int_equal(sys_write_file(folder.fd, "g", "123456789", 9, 0600), 0);
    sys_reset();
    assert_string_equal(get_file(&folder, "g"), "123456789");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_text_is_read_whole_or_cut),  TEST(what_cannot_be_read_is_told),
        TEST(a_text_is_written_at_once),    TEST(all_is_written_in_whatever_pieces),
        TEST(a_file_is_whole_or_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
