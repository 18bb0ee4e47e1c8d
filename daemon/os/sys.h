/* The system-call seam: every call of councild whose outcome a test wants to choose goes through
 * this table. The members behave as their namesakes of libc do (-1 and errno on failure); those
 * that libc lacks are thin wrappers around syscall(2).
 *
 *     if (sys.kill(-pid, SIGKILL) < 0 && errno != ESRCH) ...
 *
 * Tests put fakes into the table and call sys_reset() afterwards. The table and the log are the
 * only state of file scope in the daemon. Reading and polling of descriptors is not in it: that is
 * tested with real descriptors. */
#ifndef DAEMON_OS_SYS_H
#define DAEMON_OS_SYS_H

#include <linux/sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>

struct sys {
    /* processes */
    pid_t (*clone3)(struct clone_args *args, size_t size);
    pid_t (*fork)(void); /* the bare call: no atfork handlers run */
    int (*pidfd_open)(pid_t pid, unsigned flags);
    int (*pidfd_send_signal)(int pidfd, int signal);
    int (*kill)(pid_t pid, int signal);
    int (*waitid)(idtype_t type, id_t id, siginfo_t *ret, int options, struct rusage *ret_usage);
    int (*prlimit)(pid_t pid, int resource, const struct rlimit *value, struct rlimit *ret_old);

    /* descriptors */
    int (*pipe2)(int ret[2], int flags);
    int (*socketpair)(int domain, int type, int protocol, int ret[2]);
    int (*getsockopt)(int fd, int level, int option, void *ret, socklen_t *size);

    /* files */
    int (*openat)(int dir, const char *path, int flags, mode_t mode);
    ssize_t (*read)(int fd, void *to, size_t len);
    ssize_t (*write)(int fd, const void *bytes, size_t len);
    int (*mkdirat)(int dir, const char *path, mode_t mode);
    int (*renameat)(int from_dir, const char *from, int to_dir, const char *to);
    int (*renameat2)(int from_dir, const char *from, int to_dir, const char *to, unsigned flags);
    int (*unlinkat)(int dir, const char *path, int flags);
    int (*flock)(int fd, int operation);
    int (*fallocate)(int fd, int mode, off_t at, off_t len);
    int (*ftruncate)(int fd, off_t len);

    /* clocks */
    int64_t (*mono_us)(void); /* CLOCK_MONOTONIC */
    int64_t (*wall_ms)(void); /* since 1970, UTC */
};

extern struct sys sys;

/* Puts the real calls back. */
void sys_reset(void);

/* Through the seam: a whole small file (NUL-terminated, cut at size - 1) into `to`; the length or
 * -errno. */
ssize_t sys_read_text(int dir, const char *path, char *to, size_t size);
/* Opens an existing file, writes the text with one write, closes: 0 or -errno. For /proc and
 * cgroup files. */
int sys_write_text(int dir, const char *path, const char *text);
/* All bytes to a descriptor that blocks: 0 or -errno. On failure some of them may stand there. */
int sys_write_all(int fd, const void *bytes, size_t len);
/* Creates or empties a file and writes all bytes: 0 or -errno. On failure the file is removed. */
int sys_write_file(int dir, const char *path, const void *bytes, size_t len, mode_t mode);

#endif
