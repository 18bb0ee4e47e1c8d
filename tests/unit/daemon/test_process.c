/* A daemon started with SIGCHLD ignored loses every status, with SIGTERM blocked cannot be stopped,
 * with descriptor 1 closed writes its log into a client's socket. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "daemon/os/process.h"
#include "daemon/os/sys.h"
#include "fixture.h"

static bool is(int signal, void (*handler)(int))
{
    struct sigaction now;
    return sigaction(signal, NULL, &now) == 0 && now.sa_handler == handler;
}

/* In a child: the number of the first check that fails, 0 for none. */
static int prepared_from_a_bad_start(void)
{
    struct process_origin origin;
    sigset_t all;
    sigset_t now;
    struct stat st;
    int subreaper = 0;
    const int ignored[] = {SIGCHLD, SIGTERM, SIGHUP, SIGSEGV, SIGRTMIN + 1};
    for (size_t i = 0; i < 5; i++)
        signal(ignored[i], SIG_IGN);
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    close(0);
    close(1);
    if (process_prepare(&origin, NULL) < 0)
        return 1;
    for (size_t i = 0; i < 5; i++)
        if (!is(ignored[i], SIG_DFL))
            return 2;
    const int wanted[] = {SIGPIPE, SIGXFSZ, SIGUSR1, SIGUSR2, SIGALRM};
    for (size_t i = 0; i < 5; i++)
        if (!is(wanted[i], SIG_IGN))
            return 3;
    sigprocmask(SIG_SETMASK, NULL, &now);
    for (int i = 1; i < 65; i++)
        if (sigismember(&now, i) == 1)
            return 4;
    if (fstat(0, &st) < 0 || !S_ISCHR(st.st_mode) || fstat(1, &st) < 0 || !S_ISCHR(st.st_mode))
        return 5;
    prctl(PR_GET_CHILD_SUBREAPER, &subreaper, 0, 0, 0);
    return subreaper && origin.pid == getpid() ? 0 : 6;
}

static void makes_everything_explicit(void **state)
{
    (void)state;
    int status;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
        _exit(prepared_from_a_bad_start());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* Any of the first three may be closed, whatever the others are. */
static int prepared_without(int closed)
{
    struct process_origin origin;
    struct stat st;
    for (int fd = 0; fd < 3; fd++) {
        close(fd);
        if (open("/", O_PATH) != fd)
            return 1;
    }
    for (int fd = 0; fd < 3; fd++)
        if (closed & 1 << fd)
            close(fd);
    if (process_prepare(&origin, NULL) < 0)
        return 2;
    for (int fd = 0; fd < 3; fd++)
        if (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) != !(closed & 1 << fd))
            return 3;
    return 0;
}

static void what_was_closed_is_opened_and_nothing_else(void **state)
{
    (void)state;
    for (int closed = 0; closed < 8; closed++) {
        int status = -1;
        fflush(stdout);
        const pid_t pid = fork();
        if (pid == 0)
            _exit(prepared_without(closed));
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
    }
}

static struct rlimit limit;

static int fake_prlimit(pid_t pid, int resource, const struct rlimit *value, struct rlimit *ret_old)
{
    assert_int_equal(pid, 0);
    assert_int_equal(resource, RLIMIT_NOFILE);
    if (ret_old)
        *ret_old = limit;
    if (value)
        limit = *value;
    return 0;
}

static int refusing_prlimit(pid_t pid, int resource, const struct rlimit *value,
                            struct rlimit *ret_old)
{
    (void)pid;
    (void)resource;
    (void)value;
    (void)ret_old;
    errno = EPERM;
    return -1;
}

static void raises_open_files_for_itself_only(void **state)
{
    (void)state;
    struct process_origin origin = {.open_files = {1024, 4096}};
    sys.prlimit = fake_prlimit;
    assert_int_equal(process_raise_open_files(&origin), 4096);
    assert_int_equal(limit.rlim_cur, 4096);
    assert_int_equal(origin.open_files.rlim_cur, 1024);
    sys.prlimit = refusing_prlimit;
    assert_int_equal(process_raise_open_files(&origin), 1024);
    sys_reset();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_everything_explicit),
        cmocka_unit_test(what_was_closed_is_opened_and_nothing_else),
        cmocka_unit_test(raises_open_files_for_itself_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
