/* Data has to be on the disk before the name that says that it is complete; and a process that
 * keeps what it was given holds up the room of records that were removed long ago. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/fd.h"
#include "daemon/sync/sync_helper.h"
#include "log_lines.h"
#include "proto/link.h"

static char order[16];
static int failing;

static int note_call(int fd, char what)
{
    char *end = order + strlen(order);
    assert_true(fcntl(fd, F_GETFD) >= 0);
    *end = what;
    errno = failing;
    return failing ? -1 : 0;
}

static int note_data(int fd)
{
    return note_call(fd, 'd');
}

static int note_folder(int fd)
{
    return note_call(fd, 'f');
}

static int serve_two(void)
{
    static const struct sync_calls NOTES = {.fdatasync = note_data, .fsync = note_folder};
    int both[2];
    const int fds[] = {STDERR_FILENO, STDERR_FILENO, STDERR_FILENO};
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, both), 0);
    assert_int_equal(link_send_fds(both[0], "", 1, fds, 3), 1);
    assert_int_equal(link_send_fds(both[0], "", 1, fds, 3), 1);
    close(both[0]);
    memset(order, 0, sizeof order);
    const int before = fd_count_open();
    const int r = sync_helper_serve(both[1], &NOTES);
    assert_int_equal(fd_count_open(), before);
    close(both[1]);
    return r;
}

static void data_comes_before_folders_and_nothing_is_kept(void **state)
{
    (void)state;
    failing = 0;
    assert_int_equal(serve_two(), 0);
    assert_string_equal(order, "dffdff");
}

static void an_error_of_the_disk_ends_nothing(void **state)
{
    (void)state;
    static const int ERRORS[] = {EPERM, EIO};
    for (size_t i = 0; i < 2; i++) {
        char wanted[128];
        snprintf(wanted, sizeof wanted, "<3>the end of a record cannot be synced error=\"%s\"\n",
                 strerror(ERRORS[i]));
        failing = ERRORS[i];
        log_lines_begin();
        assert_int_equal(serve_two(), 0);
        assert_string_equal(log_lines(), wanted); /* once for both */
        log_lines_end();
        assert_string_equal(order, "dffdff");
    }
    failing = 0;
}

static int others;

static void close_at_the_third(int signal)
{
    static int heard;
    (void)signal;
    if (++heard == 3)
        close(others);
}

/* A wait that a signal cuts short has brought nothing, and is no reason to end. */
static void a_signal_does_not_end_it(void **state)
{
    (void)state;
    const struct sync_calls notes = {.fdatasync = note_data, .fsync = note_folder};
    const struct sigaction act = {.sa_handler = close_at_the_third};
    const struct itimerval often = {{.tv_usec = 1000}, {.tv_usec = 1000}}, never = {0};
    struct sigaction before;
    int both[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, both), 0);
    others = both[0];
    assert_int_equal(sigaction(SIGALRM, &act, &before), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
    const int r = sync_helper_serve(both[1], &notes);
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &before, NULL);
    close(both[1]);
    assert_int_equal(r, 0);
    assert_int_equal(fcntl(others, F_GETFD), -1);
}

static void it_is_told_by_its_name(void **state)
{
    (void)state;
    char *none[] = {NULL};
    char *daemon[] = {(char *)"councild", (char *)SYNC_HELPER_NAME, NULL};
    char *helper[] = {(char *)SYNC_HELPER_NAME, NULL};
    assert_false(sync_helper_is(none));
    assert_false(sync_helper_is(daemon));
    assert_true(sync_helper_is(helper));
    assert_true(strlen(SYNC_HELPER_NAME) < 16); /* else the kernel cuts it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_comes_before_folders_and_nothing_is_kept),
        cmocka_unit_test(an_error_of_the_disk_ends_nothing),
        cmocka_unit_test(a_signal_does_not_end_it),
        cmocka_unit_test(it_is_told_by_its_name),
    };
    return cmocka_run_group_tests_name("sync_helper", tests, NULL, NULL);
}
