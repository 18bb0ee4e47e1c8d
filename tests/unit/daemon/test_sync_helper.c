/* Data has to be on the disk before the name that says that it is complete; and a process that
 * keeps what it was given holds up the room of records that were removed long ago. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
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

/* ---- the process itself ---- */

/* With that as its descriptor 3, and its log in a pipe. */
static pid_t start(int socket, const char *stream, int *ret_log)
{
    int log[2];
    assert_int_equal(pipe2(log, O_CLOEXEC), 0);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (stream)
            setenv("JOURNAL_STREAM", stream, 1);
        else
            unsetenv("JOURNAL_STREAM");
        dup2(log[1], STDERR_FILENO);
        dup2(socket, 3);
        closefrom(4);
        _exit(sync_helper_main());
    }
    close(log[1]);
    *ret_log = log[0];
    return pid;
}

static int status_of(pid_t pid)
{
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const char *comm_of(pid_t pid)
{
    static char name[32];
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    name[fread(name, 1, sizeof name - 1, file)] = '\0';
    fclose(file);
    return name;
}

/* A descriptor that cannot be synced at all makes it say something. */
static void it_says_what_it_is_and_ends_with_its_socket(void **state)
{
    (void)state;
    static const char TOLD[] =
        "<3>the end of a record cannot be synced error=\"Bad file descriptor\"\n";
    static const char *const STREAMS[] = {"8:1234", NULL};
    for (size_t i = 0; i < 2; i++) {
        char text[256] = "";
        int both[2], log;
        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, both), 0);
        const int path = open("/", O_PATH | O_CLOEXEC), fds[] = {path, path, path};
        const pid_t pid = start(both[1], STREAMS[i], &log);
        close(both[1]);
        assert_int_equal(link_send_fds(both[0], "", 1, fds, 3), 1);
        assert_true(read(log, text, sizeof text - 1) > 0);
        assert_int_equal(strcmp(text, TOLD) == 0, STREAMS[i] != NULL);
        assert_non_null(strstr(text, STREAMS[i] ? TOLD : TOLD + 3));
        assert_string_equal(comm_of(pid), SYNC_HELPER_NAME "\n");
        close(both[0]);
        assert_int_equal(status_of(pid), 0);
        close(log);
        close(path);
    }
}

static void without_a_socket_it_fails(void **state)
{
    (void)state;
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC), log;
    const pid_t pid = start(null, NULL, &log);
    assert_int_equal(status_of(pid), 1);
    close(null);
    close(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_comes_before_folders_and_nothing_is_kept),
        cmocka_unit_test(an_error_of_the_disk_ends_nothing),
        cmocka_unit_test(a_signal_does_not_end_it),
        cmocka_unit_test(it_is_told_by_its_name),
        cmocka_unit_test(it_says_what_it_is_and_ends_with_its_socket),
        cmocka_unit_test(without_a_socket_it_fails),
    };
    return cmocka_run_group_tests_name("sync_helper", tests, NULL, NULL);
}
