/* The link must neither block the runner nor leave keys behind in freed memory. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/fd.h"
#include "runner/link/uplink.h"

static void pair(struct uplink *u, int *other)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    uplink_init(u, fds[0]);
    *other = fds[1];
}

static void lines_in_pieces(void **state)
{
    (void)state;
    struct uplink u;
    int other;
    size_t len;
    pair(&u, &other);
    uplink_read(&u);
    uplink_tidy(&u);
    assert_null(u.in);
    assert_null(uplink_line(&u, &len));
    assert_int_equal(write(other, "one\ntw", 6), 6);
    uplink_read(&u);
    assert_string_equal(uplink_line(&u, &len), "one");
    assert_int_equal(len, 3);
    assert_null(uplink_line(&u, &len));
    assert_int_equal(write(other, "o\n\nlast", 7), 7);
    uplink_read(&u);
    assert_string_equal(uplink_line(&u, &len), "two");
    assert_string_equal(uplink_line(&u, &len), "");
    assert_null(uplink_line(&u, &len));
    assert_false(u.eof);
    close(other);
    uplink_read(&u);
    assert_true(u.eof);
    assert_null(uplink_line(&u, &len));
    uplink_release(&u);
}

static void long_line_with_descriptors(void **state)
{
    (void)state;
    struct uplink u;
    int other, null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    size_t len = 0, sent = 0;
    static char text[3000001];
    char *line = NULL;
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\n';
    pair(&u, &other);
    while (!line) {
        const int fds[] = {null, null};
        ssize_t n = sent < sizeof(text)
                        ? link_send_fds(other, text + sent, sizeof(text) - sent, fds, sent ? 0 : 2)
                        : 0;
        sent += n > 0 ? (size_t)n : 0;
        uplink_read(&u);
        line = uplink_line(&u, &len);
    }
    assert_int_equal(len, sizeof(text) - 1);
    assert_int_equal(u.n_fds, 2);
    assert_true(fcntl(u.fds[0], F_GETFD) & FD_CLOEXEC);
    uplink_tidy(&u);
    assert_null(u.in);
    close(null);
    close(other);
    uplink_release(&u);
}

static void a_full_socket_does_not_block(void **state)
{
    (void)state;
    struct uplink u;
    int other;
    static char text[1000000];
    pair(&u, &other);
    for (int i = 0; i < 4; i++)
        assert_int_equal(buf_add(&u.out, text, sizeof(text)), 0);
    uplink_flush(&u);
    assert_true(u.out.len > 0 && u.out.len < 4 * sizeof(text));
    assert_false(u.eof);
    close(other);
    uplink_flush(&u);
    assert_true(u.eof);
    uplink_drain(&u);
    uplink_release(&u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lines_in_pieces),
                                       cmocka_unit_test(long_line_with_descriptors),
                                       cmocka_unit_test(a_full_socket_does_not_block)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
