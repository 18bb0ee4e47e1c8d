/* A runner that inherits a blocked signal, a stray descriptor or a variable from the daemon cannot
 * be stopped, keeps others' files open, or leaks a key; a fork that fails must leave nothing. */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "daemon/os/spawn.h"
#include "daemon/os/sys.h"
#include "fixture.h"
#include "own_child.h"

extern char **environ;

/* ---- the child: this program again ---- */

static void report_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    printf("fds");
    for (int fd = 0; fd < 1024; fd++)
        if (fd != dirfd(dir) && fcntl(fd, F_GETFD) >= 0)
            printf(" %d", fd);
    printf("\n");
    closedir(dir);
}

static void report_signals(void)
{
    char line[256];
    FILE *status = fopen("/proc/self/status", "re");
    while (fgets(line, sizeof line, status))
        if (strncmp(line, "SigBlk", 6) == 0 || strncmp(line, "SigIgn", 6) == 0)
            printf("%s", line);
    fclose(status);
}

static int report(void)
{
    char cwd[64];
    struct rlimit limit;
    int death = 0;
    struct stat st;
    report_descriptors();
    report_signals();
    for (char **e = environ; *e; e++)
        printf("env %.*s\n", (int)strcspn(*e, "="), *e);
    getrlimit(RLIMIT_NOFILE, &limit);
    prctl(PR_GET_PDEATHSIG, &death, 0, 0, 0);
    printf("leader %d\n", getsid(0) == getpid() && getpgrp() == getpid());
    printf("umask %03o\n", (unsigned)umask(0));
    printf("cwd %s\n", getcwd(cwd, sizeof cwd));
    printf("nofile %llu\n", (unsigned long long)limit.rlim_cur);
    printf("pdeathsig %d\n", death);
    printf("link %d\n", fstat(3, &st) == 0 && S_ISSOCK(st.st_mode));
    printf("null %d\n", (int)read(0, cwd, 1));
    fflush(stdout);
    fprintf(stderr, "to stderr\n");
    return 0;
}

/* ---- the parent ---- */

static struct process_origin origin;
static struct spawn_env *env;

static struct spawn_params params_of(const char *path)
{
    return (struct spawn_params){
        .path = path, .env = env, .origin = &origin, .survivors_fd = -1, .cgroup_fd = -1};
}

static const char *own_path(void)
{
    static char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    assert_true(n > 0);
    path[n] = '\0';
    return path;
}

static void finish(struct spawn_child *child, int status)
{
    siginfo_t info = {0};
    assert_int_equal(sys.waitid(P_PIDFD, (id_t)child->pidfd, &info, WEXITED, NULL), 0);
    assert_int_equal(info.si_pid, child->pid);
    assert_int_equal(info.si_status, status);
    spawn_child_close(child);
}

static int exec_result(struct spawn_child *child, struct spawn_failure *ret)
{
    assert_true(wait_readable(child->exec_fd));
    return spawn_exec_read(child->exec_fd, ret);
}

static int setup(void **state)
{
    (void)state;
    origin = (struct process_origin){.pid = getpid()};
    getrlimit(RLIMIT_NOFILE, &origin.open_files);
    unsetenv("TZ");
    return spawn_env_new(&env);
}

static int teardown(void **state)
{
    (void)state;
    sys_reset();
    spawn_env_free(env);
    env = NULL;
    return 0;
}

static void expect_clean_report(const char *text, const char *fds)
{
    char line[64];
    snprintf(line, sizeof line, "fds%s\n", fds);
    assert_non_null(strstr(text, line));
    assert_non_null(strstr(text, "SigBlk:\t0000000000000000\n"));
    assert_non_null(strstr(text, "SigIgn:\t0000000000000000\n"));
    assert_non_null(strstr(text, "env PATH\nenv HOME\nenv LANG\nenv TZ\nleader 1\n"));
    assert_non_null(strstr(text, "umask 077\ncwd /\n"));
    assert_non_null(strstr(text, "pdeathsig 9\nlink 1\nnull 0\n"));
}

static void gives_a_runner_what_it_may_have(void **state)
{
    (void)state;
    char text[8192];
    char errors[256];
    struct spawn_child child;
    struct spawn_failure failure;
    struct spawn_params params = params_of(own_path());
    /* What a daemon could have inherited or set itself. */
    int stray = dup(0), full = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    assert_int_equal(dup2(full, 0), 0);
    setenv("COUNCILD_TEST_SECRET", "x", 1);
    signal(SIGUSR1, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGRTMIN + 3, SIG_IGN);
    const mode_t mask = umask(022);
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    params.survivors_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    assert_int_equal(spawn_start(&params, &child, NULL), 0);
    assert_int_equal(exec_result(&child, &failure), 1);
    assert_true(read_to_end(child.out_fd, text, sizeof text));
    assert_true(read_to_end(child.err_fd, errors, sizeof errors));
    finish(&child, 0);
    expect_clean_report(text, " 0 1 2 3 4");
    assert_string_equal(errors, "to stderr\n");

    close(params.survivors_fd);
    dup2(stray, 0);
    close(stray);
    close(full);
    umask(mask);
    sigprocmask(SIG_UNBLOCK, &blocked, NULL);
    signal(SIGUSR1, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGRTMIN + 3, SIG_DFL);
    unsetenv("COUNCILD_TEST_SECRET");
}

/* A daemon with 0, 1 and 2 closed gets its own descriptors where the runner's have to go. */
static void moves_descriptors_that_collide(void **state)
{
    (void)state;
    char text[8192];
    struct spawn_child child;
    struct spawn_params params = params_of(own_path());
    int saved[3];
    for (int fd = 0; fd < 3; fd++)
        saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 100);
    fflush(stdout);
    for (int fd = 0; fd < 3; fd++)
        close(fd);
    params.survivors_fd = dup(saved[0]);
    int r = spawn_start(&params, &child, NULL);
    bool ended = r == 0 && read_to_end(child.out_fd, text, sizeof text);
    siginfo_t info = {0};
    if (r == 0) {
        sys.waitid(P_PIDFD, (id_t)child.pidfd, &info, WEXITED, NULL);
        spawn_child_close(&child);
    }
    close(params.survivors_fd);
    for (int fd = 0; fd < 3; fd++) {
        dup2(saved[fd], fd);
        close(saved[fd]);
    }
    assert_int_equal(r, 0);
    assert_true(ended);
    assert_int_equal(info.si_status, 0);
    expect_clean_report(text, " 0 1 2 3 4");
}

static void gives_back_the_limit_of_open_files(void **state)
{
    (void)state;
    char text[8192];
    char expected[64];
    struct spawn_child child;
    struct spawn_params params = params_of(own_path());
    origin.open_files.rlim_cur = 77;
    assert_int_equal(spawn_start(&params, &child, NULL), 0);
    assert_true(read_to_end(child.out_fd, text, sizeof text));
    finish(&child, 0);
    snprintf(expected, sizeof expected, "\nnofile 77\n");
    assert_non_null(strstr(text, expected));
    expect_clean_report(text, " 0 1 2 3");
}

static void fails_at(const struct spawn_params *params, enum spawn_stage stage, int number)
{
    struct spawn_child child;
    struct spawn_failure failure;
    assert_int_equal(spawn_start(params, &child, NULL), 0);
    assert_int_equal(exec_result(&child, &failure), -number);
    assert_int_equal(failure.stage, stage);
    assert_int_equal(failure.number, number);
    finish(&child, 127);
}

static void tells_why_the_exec_failed(void **state)
{
    (void)state;
    struct folder folder;
    char plain[128];
    folder_make(&folder);
    put_file(&folder, "plain", "text");
    snprintf(plain, sizeof plain, "%s/plain", folder.path);
    const struct {
        const char *path;
        int number;
    } cases[] = {{"/nowhere/runner", ENOENT}, {folder.path, EACCES}, {plain, EACCES}};
    for (size_t i = 0; i < 3; i++) {
        struct spawn_params params = params_of(cases[i].path);
        fails_at(&params, SPAWN_STAGE_EXEC, cases[i].number);
    }
    folder_remove(&folder);
}

static void a_child_tells_how_far_it_came(void **state)
{
    (void)state;
    struct spawn_params params = params_of(own_path());
    origin.open_files = (struct rlimit){2, 1};
    fails_at(&params, SPAWN_STAGE_LIMITS, EINVAL);
    origin.pid++; /* as if the daemon had died and another process adopted the child */
    fails_at(&params, SPAWN_STAGE_PARENT, ESRCH);
    params.survivors_fd = 1 << 20; /* there is none */
    fails_at(&params, SPAWN_STAGE_DESCRIPTORS, EBADF);
}

/* ---- failures, by number of the call ---- */

static int calls;
static int failing_call;
static int failing_errno;

static bool fails_now(void)
{
    errno = failing_errno;
    return calls++ == failing_call;
}

static int fake_pipe2(int ret[2], int flags)
{
    return fails_now() ? -1 : pipe2(ret, flags);
}

static int fake_socketpair(int domain, int type, int protocol, int ret[2])
{
    return fails_now() ? -1 : socketpair(domain, type, protocol, ret);
}

static int fake_openat(int dir, const char *path, int flags, mode_t mode)
{
    return fails_now() ? -1 : openat(dir, path, flags, mode);
}

static pid_t failing_clone3(struct clone_args *args, size_t size)
{
    (void)args;
    (void)size;
    errno = failing_errno;
    return -1;
}

static void leaves_nothing_behind_when_descriptors_run_out(void **state)
{
    (void)state;
    struct spawn_params params = params_of(own_path());
    const int before = fd_count_open();
    failing_errno = EMFILE;
    sys.pipe2 = fake_pipe2;
    sys.socketpair = fake_socketpair;
    sys.openat = fake_openat;
    for (failing_call = 0; failing_call < 5; failing_call++) {
        struct spawn_child child;
        struct error err;
        calls = 0;
        assert_int_equal(spawn_start(&params, &child, &err), -EMFILE);
        assert_int_equal(fd_count_open(), before);
    }
}

static void leaves_nothing_behind_when_fork_fails(void **state)
{
    (void)state;
    struct spawn_child child;
    struct spawn_params params = params_of(own_path());
    sigset_t before;
    sigset_t after;
    const int open = fd_count_open();
    sigprocmask(SIG_BLOCK, NULL, &before);
    failing_errno = EAGAIN;
    sys.clone3 = failing_clone3;
    assert_int_equal(spawn_start(&params, &child, NULL), -EAGAIN);
    assert_int_equal(fd_count_open(), open);
    sigprocmask(SIG_BLOCK, NULL, &after);
    for (int signal = 1; signal < 65; signal++)
        assert_int_equal(sigismember(&before, signal), sigismember(&after, signal));
}

static void forks_where_clone3_is_forbidden(void **state)
{
    (void)state;
    static const int numbers[] = {ENOSYS, EPERM};
    for (size_t i = 0; i < 2; i++) {
        char text[8192];
        struct spawn_child child;
        struct spawn_params params = params_of(own_path());
        failing_errno = numbers[i];
        sys.clone3 = failing_clone3;
        assert_int_equal(spawn_start(&params, &child, NULL), 0);
        assert_true(read_to_end(child.out_fd, text, sizeof text));
        finish(&child, 0);
        expect_clean_report(text, " 0 1 2 3");
    }
}

static int failing_pidfd_open(pid_t pid, unsigned flags)
{
    (void)pid;
    (void)flags;
    errno = EMFILE;
    return -1;
}

static void ends_a_child_that_gets_no_pidfd(void **state)
{
    (void)state;
    struct spawn_child child;
    struct spawn_params params = params_of(own_path());
    const int open = fd_count_open();
    failing_errno = ENOSYS;
    sys.clone3 = failing_clone3;
    sys.pidfd_open = failing_pidfd_open;
    assert_int_equal(spawn_start(&params, &child, NULL), -EMFILE);
    assert_int_equal(fd_count_open(), open);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

int main(void)
{
    if (is_own_child())
        return report();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(gives_a_runner_what_it_may_have, setup, teardown),
        cmocka_unit_test_setup_teardown(moves_descriptors_that_collide, setup, teardown),
        cmocka_unit_test_setup_teardown(gives_back_the_limit_of_open_files, setup, teardown),
        cmocka_unit_test_setup_teardown(tells_why_the_exec_failed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_child_tells_how_far_it_came, setup, teardown),
        cmocka_unit_test_setup_teardown(leaves_nothing_behind_when_descriptors_run_out, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(leaves_nothing_behind_when_fork_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(forks_where_clone3_is_forbidden, setup, teardown),
        cmocka_unit_test_setup_teardown(ends_a_child_that_gets_no_pidfd, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
