/* A daemon started with SIGCHLD ignored loses every status, with SIGTERM blocked cannot be stopped,
 * with descriptor 1 closed writes its log into a client's socket. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/seccomp.h"
#include "daemon/os/process.h"
#include "daemon/os/sys.h"
#include "fixture.h"
#include "refusal.h"

static bool is(int signal, void (*handler)(int))
{
    struct sigaction now;
    return sigaction(signal, NULL, &now) == 0 && now.sa_handler == handler;
}

static bool is_to_be_ignored(int signal)
{
    static const int WANTED[] = {SIGPIPE, SIGXFSZ, SIGUSR1, SIGUSR2, SIGALRM};
    for (size_t i = 0; i < ARRAY_LEN(WANTED); i++)
        if (signal == WANTED[i])
            return true;
    return false;
}

static bool can_be_set(int signal)
{
    return signal != SIGKILL && signal != SIGSTOP && (signal < 32 || signal >= SIGRTMIN);
}

/* In a child: the number of the first check that fails, 0 for none. */
static int prepared_from_a_bad_start(const void *arg)
{
    (void)arg;
    struct process_origin origin;
    sigset_t all;
    sigset_t now;
    struct stat st;
    struct rlimit now_open;
    int subreaper = 0;
    for (int i = 1; i <= SIGRTMAX; i++)
        if (can_be_set(i))
            signal(i, is_to_be_ignored(i) ? SIG_DFL : SIG_IGN);
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    close(0);
    close(1);
    umask(022);
    if (process_prepare(&origin, NULL) < 0)
        return 1;
    if (umask(0) != 077)
        return 7;
    for (int i = 1; i <= SIGRTMAX; i++)
        if (can_be_set(i) && !is(i, is_to_be_ignored(i) ? SIG_IGN : SIG_DFL))
            return 2;
    sigprocmask(SIG_SETMASK, NULL, &now);
    for (int i = 1; i < 65; i++)
        if (sigismember(&now, i) == 1)
            return 4;
    if (fstat(0, &st) < 0 || !S_ISCHR(st.st_mode) || fstat(1, &st) < 0 || !S_ISCHR(st.st_mode))
        return 5;
    prctl(PR_GET_CHILD_SUBREAPER, &subreaper, 0, 0, 0);
    return getrlimit(RLIMIT_NOFILE, &now_open) == 0 && subreaper && origin.pid == getpid() &&
                   origin.open_files.rlim_cur == now_open.rlim_cur &&
                   origin.open_files.rlim_max == now_open.rlim_max
               ? 0
               : 6;
}

/* 0, or what the check in a process of its own found. */
static int found_by(int (*check)(const void *arg), const void *arg)
{
    int status = -1;
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0)
        _exit(check(arg));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void makes_everything_explicit(void **state)
{
    (void)state;
    assert_int_equal(found_by(prepared_from_a_bad_start, NULL), 0);
}

/* Any of the first three may be closed, whatever the others are. */
static int prepared_without(const void *arg)
{
    const int closed = *(const int *)arg;
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
    for (int fd = 0; fd < 3; fd++)
        if (closed & 1 << fd && (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDWR)
            return 4;
    return 0;
}

static void what_was_closed_is_opened_and_nothing_else(void **state)
{
    (void)state;
    for (int closed = 0; closed < 8; closed++)
        assert_int_equal(found_by(prepared_without, &closed), 0);
}

/* ---- what the kernel refuses ---- */

struct refused_step {
    struct refusal what;
    const char *told;
};

static int told_of(const void *arg)
{
    const struct refused_step *step = arg;
    struct process_origin origin = {.pid = -1};
    struct error err = {0};
    if (!refuse(&step->what))
        return 1;
    const int r = process_prepare(&origin, &err);
    if (strcmp(err.text, step->told) != 0)
        return 2;
    return r == -step->what.number && origin.pid == -1 ? 0 : 3;
}

static void a_step_that_is_refused_is_told(void **state)
{
    (void)state;
    static const struct refused_step STEPS[] = {
        {{SYS_rt_sigaction, 0, 1, EPERM},
         "cannot set the disposition of signal 1: Operation not permitted"},
        {{SYS_rt_sigaction, 0, 64, EPERM},
         "cannot set the disposition of signal 64: Operation not permitted"},
        {{SYS_rt_sigprocmask, 0, SIG_SETMASK, EPERM},
         "cannot set the signal mask: Operation not permitted"},
        {{SYS_prctl, 0, PR_SET_CHILD_SUBREAPER, EINVAL},
         "cannot become a subreaper: Invalid argument"},
        {{SYS_prlimit64, 1, RLIMIT_NOFILE, EPERM},
         "cannot read the limit of open files: Operation not permitted"},
    };
    if (seccomp_is_there() != 1) {
        print_message("not run: the kernel has no seccomp\n");
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(STEPS); i++)
        if (found_by(told_of, &STEPS[i]) != 0)
            fail_msg("%s: found %d", STEPS[i].told, found_by(told_of, &STEPS[i]));
}

static int no_openat(int dir, const char *path, int flags, mode_t mode)
{
    (void)dir, (void)path, (void)flags, (void)mode;
    errno = EMFILE;
    return -1;
}

static int told_without_null(const void *arg)
{
    struct process_origin origin;
    struct error err = {0};
    (void)arg;
    sys.openat = no_openat;
    close(1);
    if (process_prepare(&origin, &err) != -EMFILE)
        return 1;
    return strcmp(err.text, "cannot open /dev/null: Too many open files") == 0 ? 0 : 2;
}

static void without_the_null_device_it_does_not_begin(void **state)
{
    (void)state;
    assert_int_equal(found_by(told_without_null, NULL), 0);
}

static int memory_is_shut_and_opened(const void *arg)
{
    (void)arg;
    process_shut_memory(true);
    if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
        return 1;
    process_shut_memory(false);
    return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1 ? 0 : 2;
}

static void its_memory_is_its_own(void **state)
{
    (void)state;
    assert_int_equal(found_by(memory_is_shut_and_opened, NULL), 0);
}

/* ---- open files ---- */

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

static void no_limit_at_all_is_the_largest_number(void **state)
{
    (void)state;
    const struct process_origin origin = {.open_files = {1024, RLIM_INFINITY}};
    sys.prlimit = fake_prlimit;
    assert_true(process_raise_open_files(&origin) == INT64_MAX);
    assert_true(limit.rlim_cur == RLIM_INFINITY);
    sys_reset();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_everything_explicit),
        cmocka_unit_test(what_was_closed_is_opened_and_nothing_else),
        cmocka_unit_test(a_step_that_is_refused_is_told),
        cmocka_unit_test(without_the_null_device_it_does_not_begin),
        cmocka_unit_test(its_memory_is_its_own),
        cmocka_unit_test(no_limit_at_all_is_the_largest_number),
        cmocka_unit_test(raises_open_files_for_itself_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
