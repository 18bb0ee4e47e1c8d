#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/clock.h"

static pid_t real_clone3(struct clone_args *args, size_t size)
{
    return (pid_t)syscall(SYS_clone3, args, size);
}

static int real_pidfd_open(pid_t pid, unsigned flags)
{
    return (int)syscall(SYS_pidfd_open, pid, flags);
}

static int real_pidfd_send_signal(int pidfd, int signal)
{
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

/* libc's waitid has no place for the rusage. */
static int real_waitid(idtype_t type, id_t id, siginfo_t *ret, int options,
                       struct rusage *ret_usage)
{
    return (int)syscall(SYS_waitid, type, id, ret, options, ret_usage);
}

static int real_prlimit(pid_t pid, int resource, const struct rlimit *value, struct rlimit *ret_old)
{
    return prlimit(pid, (__rlimit_resource_t)resource, value, ret_old);
}

static int real_openat(int dir, const char *path, int flags, mode_t mode)
{
    return openat(dir, path, flags, mode);
}

/* _Fork is fork without the atfork handlers: safe whatever the parent was doing. */
#define REAL_CALLS                                                                                 \
    {                                                                                              \
        .clone3 = real_clone3, .fork = _Fork, .pidfd_open = real_pidfd_open,                       \
        .pidfd_send_signal = real_pidfd_send_signal, .kill = kill, .waitid = real_waitid,          \
        .prlimit = real_prlimit, .pipe2 = pipe2, .socketpair = socketpair,                         \
        .getsockopt = getsockopt, .openat = real_openat, .read = read, .write = write,             \
        .mkdirat = mkdirat, .renameat = renameat, .renameat2 = renameat2, .unlinkat = unlinkat,    \
        .flock = flock, .fallocate = fallocate, .ftruncate = ftruncate, .mono_us = clock_mono_us,  \
        .wall_ms = clock_wall_ms                                                                   \
    }

struct sys sys = REAL_CALLS;

void sys_reset(void)
{
    sys = (struct sys)REAL_CALLS;
}

ssize_t sys_read_text(int dir, const char *path, char *to, size_t size)
{
    int fd = sys.openat(dir, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    size_t have = 0;
    ssize_t n = 0;
    while (have < size - 1) {
        n = sys.read(fd, to + have, size - 1 - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        have += (size_t)n;
    }
    int number = n < 0 ? errno : 0;
    close(fd);
    if (number)
        return -number;
    to[have] = '\0';
    return (ssize_t)have;
}

int sys_write_all(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;
    while (len > 0) {
        ssize_t n = sys.write(fd, at, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            return -EIO;
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

int sys_write_text(int dir, const char *path, const char *text)
{
    int fd = sys.openat(dir, path, O_WRONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    ssize_t n = sys.write(fd, text, strlen(text));
    int r = n < 0 ? -errno : 0;
    close(fd);
    return r;
}

int sys_write_file(int dir, const char *path, const void *bytes, size_t len, mode_t mode)
{
    int fd = sys.openat(dir, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return -errno;
    int r = sys_write_all(fd, bytes, len);
    if (close(fd) < 0 && r == 0)
        r = -errno;
    if (r < 0)
        sys.unlinkat(dir, path, 0);
    return r;
}
