/* Where clone3 is missing or forbidden a child goes into its cgroup by itself: one that does not is
 * contained by nothing, and nobody would know. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/os/spawn.h"
#include "sys_fixture.h"

static int clone_error;

static pid_t no_clone3(struct clone_args *args, size_t size)
{
    (void)args;
    (void)size;
    errno = clone_error;
    return -1;
}

static void it_goes_there_by_itself(void **state)
{
    (void)state;
    static const int ERRORS[] = {ENOSYS, EPERM};
    sys.clone3 = no_clone3;
    for (size_t i = 0; i < 2; i++) {
        clone_error = ERRORS[i];
        put_file(&folder, "cgroup.procs", "");
        assert_int_equal(spawn_probe_cgroup(folder.fd), 0);
        assert_string_equal(get_file(&folder, "cgroup.procs"), "0");
        unlinkat(folder.fd, "cgroup.procs", 0);
        assert_int_equal(spawn_probe_cgroup(folder.fd), -EACCES); /* it could not */
    }
}

static void other_failures_are_told(void **state)
{
    (void)state;
    static const int ERRORS[] = {EBUSY, EAGAIN, EOPNOTSUPP};
    sys.clone3 = no_clone3;
    put_file(&folder, "cgroup.procs", "");
    for (size_t i = 0; i < 3; i++) {
        clone_error = ERRORS[i];
        assert_int_equal(spawn_probe_cgroup(folder.fd), -ERRORS[i]);
        assert_string_equal(get_file(&folder, "cgroup.procs"), "");
    }
}

static int waits;

/* Cut short at first, then refused. */
static int refused_wait(idtype_t type, id_t id, siginfo_t *info, int options, struct rusage *usage)
{
    if (waits++ == 0) {
        errno = EINTR;
        return -1;
    }
    assert_int_equal(waitid(type, id, info, options), 0);
    (void)usage;
    errno = ECHILD;
    return -1;
}

static void a_wait_that_is_refused_is_told(void **state)
{
    (void)state;
    sys.clone3 = no_clone3;
    clone_error = ENOSYS;
    sys.waitid = refused_wait;
    put_file(&folder, "cgroup.procs", "");
    waits = 0;
    assert_int_equal(spawn_probe_cgroup(folder.fd), -ECHILD);
    assert_int_equal(waits, 2);
}

/* Cut short at first, then as it is. */
static int interrupted_wait(idtype_t type, id_t id, siginfo_t *info, int options,
                            struct rusage *usage)
{
    (void)usage;
    if (waits++ > 0)
        return waitid(type, id, info, options);
    errno = EINTR;
    return -1;
}

static void a_wait_that_is_cut_short_is_taken_up_again(void **state)
{
    (void)state;
    sys.clone3 = no_clone3;
    clone_error = ENOSYS;
    sys.waitid = interrupted_wait;
    put_file(&folder, "cgroup.procs", "");
    const int before = fd_count_open();
    waits = 0;
    assert_int_equal(spawn_probe_cgroup(folder.fd), 0);
    assert_int_equal(waits, 2);
    assert_int_equal(fd_count_open(), before);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static pid_t no_fork(void)
{
    errno = EAGAIN;
    return -1;
}

/* Whoever took this for a child would go on in the daemon's own process. */
static void without_a_fork_there_is_no_child(void **state)
{
    (void)state;
    sys.clone3 = no_clone3;
    sys.fork = no_fork;
    clone_error = ENOSYS;
    assert_int_equal(spawn_probe_cgroup(folder.fd), -EAGAIN);
}

static int killed; /* pids that were */

static int no_pidfd(pid_t pid, unsigned flags)
{
    (void)pid;
    (void)flags;
    errno = EMFILE;
    return -1;
}

static int count_kill(pid_t pid, int signal)
{
    killed += pid > 0 && signal == SIGKILL;
    return kill(pid, signal);
}

/* A child without a pidfd could not be ended surely: it is ended at once. */
static void without_a_pidfd_there_is_no_child(void **state)
{
    (void)state;
    sys.clone3 = no_clone3;
    sys.pidfd_open = no_pidfd;
    sys.kill = count_kill;
    clone_error = ENOSYS;
    sys.waitid = interrupted_wait;
    killed = waits = 0;
    assert_int_equal(spawn_probe_cgroup(folder.fd), -EMFILE);
    assert_int_equal(killed, 1);
    assert_int_equal(waits, 2);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* and reaped */
    assert_int_equal(errno, ECHILD);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_wait_that_is_cut_short_is_taken_up_again),
        TEST(it_goes_there_by_itself),
        TEST(other_failures_are_told),
        TEST(a_wait_that_is_refused_is_told),
        TEST(without_a_fork_there_is_no_child),
        TEST(without_a_pidfd_there_is_no_child),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
