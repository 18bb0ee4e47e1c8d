/* A kernel that notes what a tool would be closed in with, and has and refuses what a test says. */
#ifndef TESTS_UNIT_TOOL_BOX_KERNEL_H
#define TESTS_UNIT_TOOL_BOX_KERNEL_H

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/landlock.h"
#include "runner/tool/tool_box.h"
#include "runner/tool/tool_calls.h"
#include "runner/tool/tool_root.h"

/* The Makefile links this program with --wrap for what stands here. */
static struct {
    char log[2048];
    const char *refused; /* the call, or the path, that fails */
    int number;
    int abi, filters;
    bool proc, dies;
    int interruptions; /* of waitpid */
    unsigned flags;    /* of clone */
    struct tool_calls_for calls;
    struct landlock_handled handled;
    const char *path; /* opened last */
} kernel;

int __wrap_landlock_abi(void);
int __wrap_seccomp_is_there(void);
int __wrap_landlock_new(const struct landlock_handled *handled);
int __wrap_landlock_add_file(int ruleset, int fd, uint64_t rights);
int __wrap_landlock_add_port(int ruleset, uint16_t port);
int __wrap_landlock_enforce(int ruleset);
int __wrap_tool_calls_enforce(const struct tool_calls_for *what, struct error *err);
int __wrap_tool_file_open(const char *path);
int __wrap_tool_root_enter(const struct tool_files *files, int64_t disk_bytes, bool *ret_proc,
                           struct error *err);
int __wrap_namespaces_keep_ids(unsigned uid, unsigned gid);
int __wrap_prctl(int option, ...);
int __wrap_setrlimit(int resource, const struct rlimit *limit);
long __wrap_syscall(long number, ...);
pid_t __real_waitpid(pid_t pid, int *status, int options);
pid_t __wrap_waitpid(pid_t pid, int *status, int options);

static int result_of(const char *what)
{
    bool refused = kernel.refused && !strcmp(kernel.refused, what);
    errno = refused ? kernel.number : 0;
    return -errno;
}

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
    va_list args;
    size_t len = strlen(kernel.log);
    va_start(args, format);
    vsnprintf(kernel.log + len, sizeof(kernel.log) - len, format, args);
    va_end(args);
}

int __wrap_landlock_abi(void)
{
    return kernel.abi;
}

int __wrap_seccomp_is_there(void)
{
    return kernel.filters;
}

int __wrap_landlock_new(const struct landlock_handled *handled)
{
    kernel.handled = *handled;
    note("new ");
    int r = result_of("new");
    return r < 0 ? r : open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int __wrap_landlock_add_file(int ruleset, int fd, uint64_t rights)
{
    assert_true(ruleset > 2 && fd > 2);
    note("%s:%llx ", kernel.path, (unsigned long long)rights);
    return result_of(kernel.path);
}

int __wrap_landlock_add_port(int ruleset, uint16_t port)
{
    assert_true(ruleset > 2);
    note("port:%u ", port);
    return result_of(port == 53 ? "53" : "port");
}

int __wrap_landlock_enforce(int ruleset)
{
    assert_true(ruleset > 2);
    note("landlock ");
    return result_of("landlock");
}

int __wrap_tool_calls_enforce(const struct tool_calls_for *what, struct error *err)
{
    kernel.calls = *what;
    note("calls ");
    int r = result_of("calls");
    return r < 0 ? error_errno(err, -r, "calls") : 0;
}

int __wrap_tool_file_open(const char *path)
{
    kernel.path = path;
    return !strcmp(path, "/gone") ? -ENOENT : open("/dev/null", O_PATH | O_CLOEXEC);
}

int __wrap_tool_root_enter(const struct tool_files *files, int64_t disk_bytes, bool *ret_proc,
                           struct error *err)
{
    *ret_proc = kernel.proc;
    if (!files->count || disk_bytes < 1)
        return -EINVAL;
    int r = result_of("root");
    return r < 0 ? error_errno(err, -r, "root") : 0;
}

int __wrap_namespaces_keep_ids(unsigned uid, unsigned gid)
{
    return uid == geteuid() && gid == getegid() ? result_of("ids") : -EINVAL;
}

int __wrap_prctl(int option, ...)
{
    va_list args;
    va_start(args, option);
    int value = va_arg(args, int);
    va_end(args);
    if (option == PR_CAPBSET_READ) {
        errno = EINVAL;
        return value < 3 ? 1 : -1;
    }
    if (option == PR_CAP_AMBIENT && value == PR_CAP_AMBIENT_CLEAR_ALL)
        note("ambient ");
    else if (option == PR_CAPBSET_DROP)
        note("drop:%d ", value);
    else if (option == PR_SET_NO_NEW_PRIVS)
        note("privs:%d ", value);
    return result_of(option == PR_SET_NO_NEW_PRIVS ? "privs" : "other") < 0 ? -1 : 0;
}

int __wrap_setrlimit(int resource, const struct rlimit *limit)
{
    if (resource == RLIMIT_CORE && !limit->rlim_cur && !limit->rlim_max)
        note("core ");
    return 0;
}

static long set_no_rights(va_list args)
{
    const struct __user_cap_header_struct *head =
        va_arg(args, const struct __user_cap_header_struct *);
    const unsigned *sets = va_arg(args, const unsigned *);
    assert_int_equal(head->version, _LINUX_CAPABILITY_VERSION_3);
    assert_int_equal(head->pid, 0);
    for (int i = 0; i < 6; i++)
        assert_int_equal(sets[i], 0);
    note("capset ");
    return result_of("capset") < 0 ? -1 : 0;
}

long __wrap_syscall(long number, ...)
{
    va_list args;
    long r = -1;
    va_start(args, number);
    if (number == SYS_capset)
        r = set_no_rights(args);
    if (number == SYS_clone) {
        kernel.flags = va_arg(args, unsigned);
        r = result_of("clone") < 0 ? -1 : fork();
        if (r == 0 && kernel.dies)
            raise(SIGKILL);
    }
    va_end(args);
    return r;
}

pid_t __wrap_waitpid(pid_t pid, int *status, int options)
{
    errno = EINTR;
    if (kernel.interruptions-- > 0)
        return -1;
    return result_of("waitpid") < 0 ? -1 : __real_waitpid(pid, status, options);
}

static inline void allow(void)
{
    memset(&kernel, 0, sizeof(kernel));
    kernel.abi = 6;
    kernel.filters = 1;
    kernel.proc = true;
}

static inline void refuse(const char *what, int number)
{
    allow();
    kernel.refused = what;
    kernel.number = number;
}

#endif
