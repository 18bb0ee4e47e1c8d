/* The link must neither block the runner nor leave keys behind in freed memory. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/fd.h"
#include "freed.h"
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

/* So many bytes of a line as the socket takes at once, until all are there or it is refused. */
static void put_line(struct uplink *u, int other, size_t len)
{
    static char text[300000];
    memset(text, 'x', sizeof(text));
    text[len - 1] = '\n';
    for (size_t sent = 0; sent < len && !u->eof;) {
        ssize_t n = send(other, text + sent, len - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        sent += n > 0 ? (size_t)n : 0;
        uplink_read(u);
    }
}

static void a_line_is_as_long_as_the_bound_and_no_longer(void **state)
{
    (void)state;
    struct uplink u;
    int other;
    size_t len;
    pair(&u, &other);
    assert_int_equal(u.longest, LINK_DOWN_MAX);
    u.longest = 200000; /* the buffer does not double into it */
    put_line(&u, other, 200000);
    assert_non_null(uplink_line(&u, &len));
    assert_int_equal(len, 199999);
    uplink_tidy(&u);
    put_line(&u, other, 200001);
    assert_true(u.eof);
    assert_null(uplink_line(&u, &len));
    uplink_release(&u);
    close(other);
}

/* Whole lines that wait to be taken are no long one. */
static void many_lines_are_no_long_one(void **state)
{
    (void)state;
    struct uplink u;
    int other;
    size_t len, lines = 0;
    pair(&u, &other);
    u.longest = 100000;
    static char text[180000];
    memset(text, 'x', sizeof(text));
    for (size_t i = 1; i <= 3; i++)
        text[i * 60000 - 1] = '\n';
    for (size_t sent = 0; lines < 3;) {
        ssize_t n = send(other, text + sent, sizeof(text) - sent, MSG_DONTWAIT);
        sent += n > 0 ? (size_t)n : 0;
        uplink_read(&u);
        assert_false(u.eof);
        for (; uplink_line(&u, &len); lines++)
            assert_int_equal(len, 59999);
    }
    uplink_release(&u);
    close(other);
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
    assert_memory_equal(line, text, len); /* however often it had to move */
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

/* What is sent with it is nobody's business but the run's, and ends with it. */
static void its_descriptors_are_its_own(void **state)
{
    (void)state;
    int before = fd_count_open(), fds[2];
    struct uplink u;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    uplink_init(&u, fds[0]);
    assert_int_equal(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
    assert_true(fcntl(fds[0], F_GETFL) & O_NONBLOCK);
    for (size_t i = 0; i < LINK_FDS_MAX; i++)
        assert_int_equal(u.fds[i], -1);
    assert_int_equal(link_send_fds(fds[1], "x", 1, (const int[]){fds[1], fds[1]}, 2), 1);
    uplink_read(&u);
    assert_int_equal(u.n_fds, 2);
    uplink_release(&u);
    close(fds[1]);
    assert_int_equal(fd_count_open(), before);
}

/* The spec has keys: they go with the line, whatever lies around it, and however often it moved. */
static void a_line_is_wiped(void **state)
{
    (void)state;
    struct uplink u;
    int other;
    size_t len;
    static char more[200000];
    memset(more, 'x', sizeof(more));
    pair(&u, &other);
    secret = "a-key-that-stands-in-a-spec";
    freed_with_it = 0;
    assert_int_equal(write(other, secret, strlen(secret)), strlen(secret));
    uplink_read(&u);
    for (size_t sent = 0; sent < sizeof(more);) { /* it grows */
        ssize_t n = send(other, more + sent, sizeof(more) - sent, MSG_DONTWAIT);
        sent += n > 0 ? (size_t)n : 0;
        uplink_read(&u);
    }
    assert_int_equal(write(other, "\nnext", 5), 5);
    uplink_read(&u);
    const char *line = uplink_line(&u, &len);
    assert_non_null(line);
    assert_int_equal(len, strlen(secret) + sizeof(more));
    assert_memory_equal(line, secret, strlen(secret));
    assert_null(uplink_line(&u, &len)); /* the next is there in part */
    assert_null(memmem(u.in, u.in_size, secret, strlen(secret)));
    assert_memory_equal(u.in, "next", 4);
    assert_int_equal(write(other, secret, strlen(secret)), strlen(secret));
    uplink_read(&u);
    uplink_release(&u);
    assert_int_equal(freed_with_it, 0);
    secret = NULL;
    close(other);
}

/* The last words of a run wait for whoever reads slowly. */
static void draining_sends_everything(void **state)
{
    (void)state;
    enum { MUCH = 4000000 };
    struct uplink u;
    int other, status = -1;
    static char text[MUCH];
    pair(&u, &other);
    pid_t reader = fork();
    if (reader == 0) {
        alarm(60);
        _exit(fd_read_full(other, text, MUCH) == MUCH ? 0 : 1);
    }
    assert_int_equal(buf_add(&u.out, text, MUCH), 0);
    uplink_drain(&u);
    assert_int_equal(u.out.len, 0);
    assert_false(u.eof);
    assert_int_equal(waitpid(reader, &status, 0), reader);
    assert_int_equal(status, 0);
    uplink_drain(&u); /* of nothing */
    close(other);
    uplink_release(&u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_in_pieces),
        cmocka_unit_test(long_line_with_descriptors),
        cmocka_unit_test(a_line_is_as_long_as_the_bound_and_no_longer),
        cmocka_unit_test(many_lines_are_no_long_one),
        cmocka_unit_test(a_full_socket_does_not_block),
        cmocka_unit_test(its_descriptors_are_its_own),
        cmocka_unit_test(a_line_is_wiped),
        cmocka_unit_test(draining_sends_everything)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
