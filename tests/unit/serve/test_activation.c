/* A socket that the service manager hands over: one that is taken for the daemon's though it is
 * another's, or is of another kind, makes a daemon that nobody can reach. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

#include "fixture.h"
#include "serve/listen.h"

enum { HANDED = 3 };

static struct folder folder;
static char path[256];
static int kept = -1; /* what was on the descriptor before; -1: nothing */

static int setup(void **state)
{
    (void)state;
    folder_make(&folder);
    snprintf(path, sizeof path, "%s/sock", folder.path);
    kept = fcntl(HANDED, F_DUPFD_CLOEXEC, HANDED + 7);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    close(HANDED);
    if (kept >= 0) {
        dup3(kept, HANDED, O_CLOEXEC);
        close(kept);
    }
    folder_remove(&folder);
    return 0;
}

/* NULL: the variable is not there. */
static void set(const char *name, const char *text)
{
    if (text)
        setenv(name, text, 1);
    else
        unsetenv(name);
}

static void set_all(const char *pid, const char *fds)
{
    set("LISTEN_PID", pid);
    set("LISTEN_FDS", fds);
    set("LISTEN_FDNAMES", "councild.socket");
}

static const char *own_pid(void)
{
    static char text[16];
    snprintf(text, sizeof text, "%d", (int)getpid());
    return text;
}

static void assert_nobody_else_takes_it(void)
{
    assert_null(getenv("LISTEN_PID"));
    assert_null(getenv("LISTEN_FDS"));
    assert_null(getenv("LISTEN_FDNAMES"));
}

static void hand_over(int fd)
{
    assert_true(fd >= 0);
    if (fd == HANDED)
        return;
    assert_int_equal(dup2(fd, HANDED), HANDED);
    close(fd);
}

/* ---- the kinds of sockets ---- */

static int unix_socket(int type, bool listens)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, type, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    if (listens)
        assert_int_equal(listen(fd, 1), 0);
    return fd;
}

static int listening(void)
{
    return unix_socket(SOCK_STREAM, true);
}

static int bound_only(void)
{
    return unix_socket(SOCK_STREAM, false);
}

static int of_packets(void)
{
    return unix_socket(SOCK_SEQPACKET, true);
}

static int of_datagrams(void)
{
    return unix_socket(SOCK_DGRAM, false);
}

static int of_the_network(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 1), 0);
    return fd;
}

static int connected(void)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    close(pair[1]);
    return pair[0];
}

static int no_socket(void)
{
    return open("/dev/null", O_RDONLY);
}

/* ---- */

static void one_that_listens_is_taken(void **state)
{
    (void)state;
    static const char *const counts[] = {"1", "2", "2147483647"};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct listener l = LISTENER_INIT;
        struct error err = {0};
        hand_over(listening());
        set_all(own_pid(), counts[i]);
        assert_int_equal(listen_activated(&l, &err), 1);
        assert_string_equal(err.text, "");
        assert_nobody_else_takes_it();
        assert_int_equal(l.fd, HANDED);
        assert_true(l.activated);
        assert_null(l.path);
        assert_true(fcntl(HANDED, F_GETFD) & FD_CLOEXEC);
        assert_true(fcntl(HANDED, F_GETFL) & O_NONBLOCK);
        listen_close(&l);
        assert_int_equal(l.fd, -1);
        assert_int_equal(fcntl(HANDED, F_GETFD), -1);
        assert_int_equal(unlink(path), 0); /* the file is the service manager's */
    }
}

static void what_is_not_meant_for_it_is_left(void **state)
{
    (void)state;
    char other[16];
    snprintf(other, sizeof other, "%d", (int)getpid() + 1);
    const struct {
        const char *pid, *fds;
    } rows[] = {
        {other, "1"},      {own_pid(), "0"},   {own_pid(), "-1"},
        {own_pid(), ""},   {own_pid(), "one"}, {own_pid(), "2147483648"},
        {own_pid(), NULL}, {NULL, "1"},        {"0", "1"},
        {"", "1"},         {"self", "1"},      {NULL, NULL},
    };
    hand_over(listening());
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct listener l = LISTENER_INIT;
        struct error err = {0};
        set_all(rows[i].pid, rows[i].fds);
        if (listen_activated(&l, &err) != 0 || l.fd != -1 || l.activated || err.number)
            fail_msg("row %zu", i);
        assert_nobody_else_takes_it();
        assert_false(fcntl(HANDED, F_GETFD) & FD_CLOEXEC);
    }
}

static void another_kind_is_refused(void **state)
{
    (void)state;
    static int (*const kinds[])(void) = {bound_only,     of_packets, of_datagrams,
                                         of_the_network, connected,  no_socket};
    for (size_t i = 0; i <= sizeof kinds / sizeof *kinds; i++) {
        struct listener l = LISTENER_INIT;
        struct error err = {0};
        if (i < sizeof kinds / sizeof *kinds)
            hand_over(kinds[i]());
        else
            close(HANDED);
        set_all(own_pid(), "1");
        assert_int_equal(listen_activated(&l, &err), -EINVAL);
        assert_string_equal(err.text, "socket activation: descriptor 3 is not a listening UNIX "
                                      "stream socket");
        assert_int_equal(l.fd, -1);
        assert_nobody_else_takes_it();
        unlink(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_that_listens_is_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_meant_for_it_is_left, setup, teardown),
        cmocka_unit_test_setup_teardown(another_kind_is_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
