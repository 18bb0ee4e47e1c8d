/* A short write that is taken for a whole one loses the rest of a file; a call that was interrupted
 * is no error. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/fd.h"
#include "common/random.h"

/* The Makefile links this program with --wrap for these three: each takes so many bytes of a call
 * as the next number of the script says, or fails with the errno that it is the negative of. */
static struct {
    const int *next; /* NULL: the kernel is asked; behind the last stands what ends the test */
    char text[32];   /* what was written, or is read */
    size_t len;
    int calls;
} script;

static ssize_t play(size_t wanted)
{
    int n = *script.next++;
    script.calls++;
    if (n < 0) {
        errno = -n;
        return -1;
    }
    assert_true((size_t)n <= wanted);
    return n;
}

ssize_t __real_write(int fd, const void *bytes, size_t len);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);
ssize_t __real_read(int fd, void *to, size_t len);
ssize_t __wrap_read(int fd, void *to, size_t len);
ssize_t __real_getrandom(void *to, size_t len, unsigned flags);
ssize_t __wrap_getrandom(void *to, size_t len, unsigned flags);

ssize_t __wrap_write(int fd, const void *bytes, size_t len)
{
    if (!script.next || fd != 99)
        return __real_write(fd, bytes, len);
    ssize_t n = play(len);
    if (n > 0) {
        memcpy(script.text + script.len, bytes, (size_t)n);
        script.len += (size_t)n;
    }
    return n;
}

static ssize_t give(void *to, size_t len)
{
    ssize_t n = play(len);
    if (n > 0) {
        memcpy(to, script.text + script.len, (size_t)n);
        script.len += (size_t)n;
    }
    return n;
}

ssize_t __wrap_read(int fd, void *to, size_t len)
{
    return script.next && fd == 99 ? give(to, len) : __real_read(fd, to, len);
}

ssize_t __wrap_getrandom(void *to, size_t len, unsigned flags)
{
    assert_int_equal(flags, 0);
    return script.next ? give(to, len) : __real_getrandom(to, len, flags);
}

static void begin(const int *numbers, const char *text)
{
    memset(&script, 0, sizeof script);
    script.next = numbers;
    snprintf(script.text, sizeof script.text, "%s", text);
}

static int end(int r)
{
    script.next = NULL;
    return r;
}

static const struct {
    int script[6];
    int result, calls;
    const char *text;
} WRITES[] = {
    {{10}, 0, 1, "0123456789"},
    {{3, 1, 6}, 0, 3, "0123456789"},
    {{-EINTR, 4, -EINTR, -EINTR, 6}, 0, 5, "0123456789"},
    {{9, 1}, 0, 2, "0123456789"},
    {{4, -ENOSPC}, -ENOSPC, 2, "0123"},
    {{-EPIPE}, -EPIPE, 1, ""},
};

static void all_is_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof WRITES / sizeof WRITES[0]; i++) {
        begin(WRITES[i].script, "");
        assert_int_equal(end(fd_write_all(99, "0123456789", 10)), WRITES[i].result);
        assert_int_equal(script.calls, WRITES[i].calls);
        assert_string_equal(script.text, WRITES[i].text);
    }
    begin(WRITES[0].script, "");
    assert_int_equal(end(fd_write_all(99, "0123456789", 0)), 0);
    assert_int_equal(script.calls, 0);
}

static const struct {
    int script[6];
    int result, calls;
} READS[] = {
    {{10}, 10, 1},
    {{3, 1, 6}, 10, 3},
    {{-EINTR, 4, -EINTR, -EINTR, 6}, 10, 5},
    {{9, 0}, 9, 2},
    {{0}, 0, 1},
    {{4, -EIO}, -EIO, 2},
    {{9, 1}, 10, 2},
    {{1, -EINTR, 0}, 1, 3},
};

static void as_much_is_read_as_there_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof READS / sizeof READS[0]; i++) {
        char to[16] = "";
        begin(READS[i].script, "abcdefghij");
        assert_int_equal(end((int)fd_read_full(99, to, 10)), READS[i].result);
        assert_int_equal(script.calls, READS[i].calls);
        if (READS[i].result > 0)
            assert_memory_equal(to, "abcdefghij", (size_t)READS[i].result);
    }
    begin(READS[0].script, "");
    assert_int_equal(end((int)fd_read_full(99, NULL, 0)), 0);
    assert_int_equal(script.calls, 0);
}

static void every_random_byte_is_drawn(void **state)
{
    (void)state;
    static const int SHORT[] = {3, -EINTR, 5}, NONE[] = {3, -ENOSYS};
    char to[9] = "";
    begin(SHORT, "abcdefgh");
    assert_int_equal(end(random_bytes(to, 8)), 0);
    assert_string_equal(to, "abcdefgh");
    assert_int_equal(script.calls, 3);
    begin(NONE, "abcdefgh");
    assert_int_equal(end(random_bytes(to, 8)), -ENOSYS);
    begin(NONE, "");
    assert_int_equal(end(random_bytes(to, 0)), 0);
    assert_int_equal(script.calls, 0);
}

/* One flag is set or cleared; the others stand. */
static void flags_are_switched(void **state)
{
    (void)state;
    int fd = open("/dev/null", O_WRONLY | O_APPEND | O_CLOEXEC);
    const int plain = fcntl(fd, F_GETFL);
    assert_int_equal(plain & O_NONBLOCK, 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(fd_set_nonblock(fd, true), 0);
        assert_int_equal(fcntl(fd, F_GETFL), plain | O_NONBLOCK);
        assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(fd_set_nonblock(fd, false), 0);
        assert_int_equal(fcntl(fd, F_GETFL), plain);
        assert_int_equal(fd_set_cloexec(fd, false), 0);
        assert_int_equal(fcntl(fd, F_GETFD), 0);
    }
    assert_int_equal(fd_set_cloexec(fd, true), 0);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(fcntl(fd, F_GETFL), plain);
    fd_close(&fd);
    assert_int_equal(fd_set_nonblock(-1, true), -EBADF);
    assert_int_equal(fd_set_cloexec(-1, false), -EBADF);
}

static void a_close_keeps_errno(void **state)
{
    (void)state;
    int none = -1, closed = open("/dev/null", O_RDONLY), zero;
    close(closed);
    errno = 77;
    fd_close(&closed);
    assert_int_equal(errno, 77);
    assert_int_equal(closed, -1);
    fd_close(&none);
    assert_int_equal(none, -1);
    assert_int_equal(errno, 77);
    /* Descriptor 0 is one like the others. */
    int kept = dup(0);
    close(0);
    zero = open("/dev/null", O_RDONLY);
    assert_int_equal(zero, 0);
    fd_close(&zero);
    assert_int_equal(zero, -1);
    assert_int_equal(fcntl(0, F_GETFD), -1);
    if (kept >= 0) {
        assert_int_equal(dup2(kept, 0), 0);
        close(kept);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_written),
        cmocka_unit_test(as_much_is_read_as_there_is),
        cmocka_unit_test(every_random_byte_is_drawn),
        cmocka_unit_test(flags_are_switched),
        cmocka_unit_test(a_close_keeps_errno),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
