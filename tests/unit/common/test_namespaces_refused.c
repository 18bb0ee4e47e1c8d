/* What a probe is told is what an operator is told; and a map that is written wrongly makes
 * somebody else of the process. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/namespaces.h"

/* The Makefile links this program with --wrap for what stands here. `log` is shared with children.
 */
static struct {
    int log;
    const char *refused; /* the call, or the path, that fails */
    int number;          /* with this errno */
    bool dies;           /* the child, of a signal */
    int interruptions;   /* of waitpid */
} kernel;

int __wrap_open(const char *path, int flags, ...);
int __wrap_unshare(int flags);
int __wrap_mount(const char *source, const char *target, const char *type, unsigned long flags,
                 const void *data);
int __wrap_prctl(int option, ...);
pid_t __real_fork(void);
pid_t __wrap_fork(void);
pid_t __real_waitpid(pid_t pid, int *status, int options);
pid_t __wrap_waitpid(pid_t pid, int *status, int options);
uid_t __wrap_geteuid(void);
gid_t __wrap_getegid(void);

static int result_of(const char *what)
{
    if (!kernel.refused || strcmp(kernel.refused, what) != 0)
        return 0;
    errno = kernel.number;
    return -1;
}

int __wrap_open(const char *path, int flags, ...)
{
    if (flags != (O_WRONLY | O_CLOEXEC))
        return -1;
    dprintf(kernel.log, "[%s]", path);
    return result_of(path) < 0 ? -1 : dup(kernel.log);
}

int __wrap_unshare(int flags)
{
    if (kernel.dies)
        raise(SIGKILL);
    dprintf(kernel.log, "[unshare %x]", (unsigned)flags);
    return result_of("unshare");
}

int __wrap_mount(const char *source, const char *target, const char *type, unsigned long flags,
                 const void *data)
{
    dprintf(kernel.log, "[mount %s%s %lx]", source || type || data ? "?" : "", target, flags);
    return result_of("mount");
}

int __wrap_prctl(int option, ...)
{
    va_list args;
    va_start(args, option);
    dprintf(kernel.log, "[%s %d]", option == PR_SET_DUMPABLE ? "dumpable" : "?", va_arg(args, int));
    va_end(args);
    return 0;
}

pid_t __wrap_fork(void)
{
    return result_of("fork") < 0 ? -1 : __real_fork();
}

pid_t __wrap_waitpid(pid_t pid, int *status, int options)
{
    if (kernel.interruptions > 0) {
        kernel.interruptions--;
        errno = EINTR;
        return -1;
    }
    return result_of("waitpid") < 0 ? -1 : __real_waitpid(pid, status, options);
}

uid_t __wrap_geteuid(void)
{
    return 1007;
}

gid_t __wrap_getegid(void)
{
    return 4294967294u;
}

static void allow(void)
{
    if (kernel.log > 0)
        close(kernel.log);
    memset(&kernel, 0, sizeof kernel);
    kernel.log = memfd_create("log", MFD_CLOEXEC);
    assert_true(kernel.log > 2);
}

static void refuse(const char *what, int number)
{
    allow();
    kernel.refused = what;
    kernel.number = number;
}

static void assert_log(const char *text)
{
    char log[512] = "";
    assert_true(pread(kernel.log, log, sizeof log - 1, 0) >= 0);
    assert_string_equal(log, text);
}

static int close_log(void **state)
{
    (void)state;
    close(kernel.log);
    kernel.log = 0;
    return 0;
}

#define UID_MAP "[/proc/self/uid_map]1007 1007 1\n"
#define GID_MAP "[/proc/self/gid_map]4294967294 4294967294 1\n"

static void ids_stay_what_they_are(void **state)
{
    (void)state;
    allow();
    assert_int_equal(namespaces_keep_ids(1007, 4294967294u), 0);
    assert_log(UID_MAP "[/proc/self/setgroups]deny" GID_MAP);
    refuse("/proc/self/uid_map", EPERM);
    assert_int_equal(namespaces_keep_ids(1007, 1), -EPERM);
    assert_log("[/proc/self/uid_map]");
    refuse("/proc/self/setgroups", ENOENT);
    assert_int_equal(namespaces_keep_ids(1007, 1), -ENOENT);
    assert_log(UID_MAP "[/proc/self/setgroups]");
    refuse("/proc/self/gid_map", EACCES);
    assert_int_equal(namespaces_keep_ids(1007, 1), -EACCES);
    assert_log(UID_MAP "[/proc/self/setgroups]deny[/proc/self/gid_map]");
}

static void a_probe_does_all_that_is_to_be_done(void **state)
{
    (void)state;
    allow();
    assert_int_equal(namespaces_probe(CLONE_NEWIPC), 0);
    assert_log("[unshare 18000000][dumpable 1]" UID_MAP "[/proc/self/setgroups]deny" GID_MAP);
    allow();
    assert_int_equal(namespaces_probe(CLONE_NEWNS), 0);
    assert_log("[unshare 10020000][dumpable 1]" UID_MAP "[/proc/self/setgroups]deny" GID_MAP
               "[mount / 44000]");
}

static void a_probe_tells_what_is_refused(void **state)
{
    (void)state;
    refuse("unshare", EUSERS);
    assert_int_equal(namespaces_probe(CLONE_NEWNS), -EUSERS);
    assert_log("[unshare 10020000]");
    refuse("/proc/self/gid_map", EPERM);
    assert_int_equal(namespaces_probe(CLONE_NEWNS), -EPERM);
    assert_log("[unshare 10020000][dumpable 1]" UID_MAP
               "[/proc/self/setgroups]deny[/proc/self/gid_map]");
    refuse("mount", EACCES);
    assert_int_equal(namespaces_probe(CLONE_NEWNS), -EACCES);
    assert_int_equal(namespaces_probe(CLONE_NEWIPC), 0);
}

static void a_probe_has_a_child(void **state)
{
    (void)state;
    refuse("fork", EAGAIN);
    assert_int_equal(namespaces_probe(0), -EAGAIN);
    assert_log("");
    allow();
    kernel.dies = true;
    assert_int_equal(namespaces_probe(0), -ECHILD);
    refuse("unshare", ENOSPC);
    kernel.interruptions = 2;
    assert_int_equal(namespaces_probe(0), -ENOSPC);
    assert_int_equal(kernel.interruptions, 0);
    refuse("waitpid", EINVAL);
    assert_int_equal(namespaces_probe(0), -EINVAL);
    allow();
    assert_true(__real_waitpid(-1, NULL, 0) > 0);
    assert_int_equal(__real_waitpid(-1, NULL, WNOHANG), -1);
}

static void what_threads_are_asked_with_may_be_refused(void **state)
{
    (void)state;
    allow();
    assert_int_equal(namespaces_is_single_threaded(), 1);
    assert_log("[unshare 10000]");
    refuse("unshare", EINVAL);
    assert_int_equal(namespaces_is_single_threaded(), 0);
    refuse("unshare", EPERM);
    assert_int_equal(namespaces_is_single_threaded(), -EPERM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(ids_stay_what_they_are, close_log),
        cmocka_unit_test_teardown(a_probe_does_all_that_is_to_be_done, close_log),
        cmocka_unit_test_teardown(a_probe_tells_what_is_refused, close_log),
        cmocka_unit_test_teardown(a_probe_has_a_child, close_log),
        cmocka_unit_test_teardown(what_threads_are_asked_with_may_be_refused, close_log),
    };
    return cmocka_run_group_tests_name("namespaces_refused", tests, NULL, NULL);
}
