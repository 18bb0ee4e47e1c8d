/* A child that the kernel refuses a step on its way to a runner tells which, and becomes none: one
 * that went on would run with what it was to be kept from. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/seccomp.h"
#include "daemon/os/spawn.h"
#include "daemon/os/sys.h"
#include "failing.h"
#include "fixture.h"
#include "refusal.h"

enum { PASSED = -1, NOT_STARTED = 98, BROKEN = 99 };

/* Where the child of a process with that refusal stopped: a stage, PASSED, NOT_STARTED or BROKEN.
 */
static int spawned_under(const struct refusal *what)
{
    struct process_origin origin = {.pid = getpid()};
    struct spawn_env *env;
    struct spawn_child child;
    struct spawn_failure failure;
    getrlimit(RLIMIT_NOFILE, &origin.open_files);
    if (spawn_env_new(&env) < 0)
        return BROKEN;
    const struct spawn_params params = {
        .path = "/bin/true", .env = env, .origin = &origin, .survivors_fd = 0, .cgroup_fd = -1};
    close(3); /* so that the link stands where it must not */
    close(4);
    if (!refuse(what))
        return BROKEN;
    int r = spawn_start(&params, &child, NULL);
    if (r < 0)
        return r == -what->number ? NOT_STARTED : BROKEN;
    if (!wait_readable(child.exec_fd))
        return BROKEN;
    r = spawn_exec_read(child.exec_fd, &failure);
    siginfo_t info = {0};
    waitid(P_PIDFD, (id_t)child.pidfd, &info, WEXITED);
    spawn_child_close(&child);
    spawn_env_free(env);
    if (r == 1)
        return info.si_status == 0 ? PASSED : BROKEN;
    return r == -what->number && info.si_status == 127 ? (int)failure.stage : BROKEN;
}

static int stage_under(const struct refusal *what)
{
    int status = 0;
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(spawned_under(what) & 0xff);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status) == (PASSED & 0xff) ? PASSED : WEXITSTATUS(status);
}

static void each_step_that_is_refused_is_told(void **state)
{
    (void)state;
    if (seccomp_is_there() != 1) {
        print_message("not run: the kernel has no seccomp\n");
        return;
    }
    static const struct {
        struct refusal what;
        int stage;
    } CASES[] = {
        /* A child that is not shut off from signals would run the daemon's handlers. */
        {{SYS_rt_sigprocmask, 0, SIG_SETMASK, ENOSPC}, NOT_STARTED},
        {{SYS_clone3, ANY_ARGUMENT, 0, EAGAIN}, NOT_STARTED},
        {{SYS_setsid, ANY_ARGUMENT, 0, EPERM}, SPAWN_STAGE_SESSION},
        {{SYS_fcntl, 1, F_DUPFD_CLOEXEC, EMFILE}, SPAWN_STAGE_DESCRIPTORS},
#ifdef SYS_dup2
        {{SYS_dup2, 1, 0, EIO}, SPAWN_STAGE_DESCRIPTORS},
        {{SYS_dup2, 1, 1, EIO}, SPAWN_STAGE_DESCRIPTORS},
        {{SYS_dup2, 1, 2, EIO}, SPAWN_STAGE_DESCRIPTORS},
        {{SYS_dup2, 1, 3, EIO}, SPAWN_STAGE_DESCRIPTORS},
        {{SYS_dup2, 1, 4, EIO}, SPAWN_STAGE_DESCRIPTORS},
#endif
        {{SYS_rt_sigaction, 0, 1, EINVAL}, SPAWN_STAGE_SIGNALS},
        {{SYS_rt_sigaction, 0, 64, EINVAL}, SPAWN_STAGE_SIGNALS},
        {{SYS_prctl, 0, PR_SET_PDEATHSIG, EACCES}, SPAWN_STAGE_PARENT},
        {{SYS_prctl, 0, PR_SET_NO_NEW_PRIVS, EACCES}, SPAWN_STAGE_PRIVILEGES},
        {{SYS_prlimit64, 1, RLIMIT_NOFILE, EPERM}, SPAWN_STAGE_LIMITS},
        {{SYS_chdir, ANY_ARGUMENT, 0, ENOENT}, SPAWN_STAGE_DIRECTORY},
        {{SYS_rt_sigprocmask, 2, 0, EFAULT}, SPAWN_STAGE_SIGNALS},
        {{SYS_execve, ANY_ARGUMENT, 0, E2BIG}, SPAWN_STAGE_EXEC},
        {{SYS_close_range, ANY_ARGUMENT, 0, ENOSYS}, PASSED}, /* one by one */
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        const int stage = stage_under(&CASES[i].what);
        if (stage != CASES[i].stage)
            fail_msg("case %zu: call %u stopped at %d, not %d", i, CASES[i].what.call, stage,
                     CASES[i].stage);
    }
}

/* ---- what the daemon hears of it ---- */

static void what_was_said_before_the_exec_is_read_once(void **state)
{
    (void)state;
    static const struct {
        struct spawn_failure said;
        size_t len;
        int wanted;
    } CASES[] = {
        {{SPAWN_STAGE_LIMITS, EPERM}, sizeof(struct spawn_failure), -EPERM},
        {{SPAWN_STAGE_EXEC, 1}, sizeof(struct spawn_failure), -1},
        {{SPAWN_STAGE_LIMITS, 0}, sizeof(struct spawn_failure), -EIO},
        {{SPAWN_STAGE_LIMITS, -EPERM}, sizeof(struct spawn_failure), -EIO},
        {{SPAWN_STAGE_LIMITS, EPERM}, sizeof(struct spawn_failure) - 1, 1}, /* killed halfway */
        {{0}, 0, 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct spawn_failure failure = {SPAWN_STAGE_SESSION, 77};
        int ends[2];
        assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
        assert_int_equal(spawn_exec_read(ends[0], &failure), 0);
        assert_int_equal(write(ends[1], &CASES[i].said, CASES[i].len), (ssize_t)CASES[i].len);
        close(ends[1]);
        assert_int_equal(spawn_exec_read(ends[0], &failure), CASES[i].wanted);
        assert_int_equal(failure.number, CASES[i].wanted < 0 ? CASES[i].said.number : 77);
        assert_int_equal(failure.stage,
                         CASES[i].wanted < 0 ? CASES[i].said.stage : SPAWN_STAGE_SESSION);
        assert_int_equal(spawn_exec_read(ends[0], &failure), 1);
        close(ends[0]);
    }
}

static int no_openat(int dir, const char *path, int flags, mode_t mode)
{
    (void)dir, (void)flags, (void)mode;
    assert_string_equal(path, "/dev/null");
    errno = EMFILE;
    return -1;
}

static pid_t no_clone3(struct clone_args *args, size_t size)
{
    (void)args, (void)size;
    errno = EAGAIN;
    return -1;
}

static void a_helper_that_cannot_be_started_leaves_nothing(void **state)
{
    (void)state;
    char *argv[] = {(char *)"helper", NULL}, *none[] = {NULL};
    const struct process_origin origin = {.pid = getpid()};
    const struct spawn_helper helper = {
        .path = "/bin/true", .argv = argv, .env = none, .origin = &origin, .link_fd = 0};
    const int before = fd_count_open();
    sys.openat = no_openat;
    assert_int_equal(spawn_helper_start(&helper), -EMFILE);
    sys_reset();
    sys.clone3 = no_clone3;
    assert_int_equal(spawn_helper_start(&helper), -EAGAIN);
    sys_reset();
    assert_int_equal(fd_count_open(), before);
}

static void without_memory_there_is_no_environment(void **state)
{
    (void)state;
    for (int k = 0; failing_next(&k);) {
        struct spawn_env *env = NULL;
        const int r = spawn_env_new(&env);
        failing_stop();
        assert_true(r == 0 || r == -ENOMEM);
        assert_int_equal(env != NULL, r == 0);
        spawn_env_free(env); /* NULL is fine */
    }
    assert_true(failing_no_leak());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_step_that_is_refused_is_told),
        cmocka_unit_test(what_was_said_before_the_exec_is_read_once),
        cmocka_unit_test(a_helper_that_cannot_be_started_leaves_nothing),
        cmocka_unit_test(without_memory_there_is_no_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
