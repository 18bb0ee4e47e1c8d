/* What another process of the same user holds: its memory, environment, descriptors; and ways to
 * reach into it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "escape.h"

enum { PIECE = 1 << 16, MARK_MAX = 64 };

static int open_of(const char *pid, const char *name, int flags)
{
    char path[128];
    snprintf(path, sizeof(path), "/proc/%s/%s", pid, name);
    return open(path, flags | O_CLOEXEC);
}

/* Whether the marker stands in the range. It comes to us reversed, so that we do not find our own.
 */
static bool holds(int mem, off_t from, off_t to, const char *mark, bool *any)
{
    static char piece[PIECE + MARK_MAX];
    size_t len = strlen(mark), kept = 0;
    for (off_t at = from; at < to; at += PIECE) {
        ssize_t n = pread(mem, piece + kept, (size_t)(to - at < PIECE ? to - at : PIECE), at);
        if (n <= 0)
            return false;
        *any = true;
        if (memmem(piece, kept + (size_t)n, mark, len))
            return true;
        size_t all = kept + (size_t)n;
        kept = all < len - 1 ? all : len - 1;
        memmove(piece, piece + all - kept, kept);
    }
    return false;
}

static bool marker(char ret[MARK_MAX])
{
    const char *reversed = escape_target("mark");
    size_t len = reversed ? strlen(reversed) : 0;
    if (len == 0 || len >= MARK_MAX)
        return false;
    for (size_t i = 0; i < len; i++)
        ret[i] = reversed[len - 1 - i];
    ret[len] = 0;
    return true;
}

static int read_memory(const char *pid)
{
    char line[512], mark[MARK_MAX];
    unsigned long from, to;
    bool any = false, found = false;
    int mem = open_of(pid, "mem", O_RDONLY), maps = mem < 0 ? -1 : open_of(pid, "maps", O_RDONLY);
    if (maps < 0 || !marker(mark))
        return errno;
    FILE *f = fdopen(maps, "r");
    while (f && !found && fgets(line, sizeof(line), f))
        found = sscanf(line, "%lx-%lx rw", &from, &to) == 2 &&
                holds(mem, (off_t)from, (off_t)to, mark, &any);
    return found ? 0 : any ? ESCAPE_NOTHING : errno ? errno : EIO;
}

static int write_memory(const char *pid)
{
    int mem = open_of(pid, "mem", O_RDWR);
    return mem < 0 ? errno : 0;
}

static int read_first(const char *pid, const char *name)
{
    char byte;
    int fd = open_of(pid, name, O_RDONLY);
    return fd < 0 || read(fd, &byte, 1) < 0 ? errno : 0;
}

static int read_environ(const char *pid)
{
    return read_first(pid, "environ");
}

static int read_maps(const char *pid)
{
    return read_first(pid, "maps");
}

static int list_descriptors(const char *pid)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%s/fd", pid);
    DIR *d = opendir(path);
    return d && readdir(d) ? 0 : errno;
}

static int walk_root(const char *pid)
{
    int fd = open_of(pid, "root", O_RDONLY | O_DIRECTORY);
    return fd < 0 ? errno : 0;
}

static int spare_from_oom(const char *pid)
{
    int fd = open_of(pid, "oom_score_adj", O_WRONLY);
    return fd < 0 ? errno : 0;
}

static int seize(const char *pid)
{
    return ptrace(PTRACE_SEIZE, (pid_t)escape_number(pid), NULL, NULL) < 0 ? errno : 0;
}

/* A bad address is found out only by who may read. */
static int read_remote(const char *pid)
{
    char byte;
    struct iovec mine = {.iov_base = &byte, .iov_len = 1},
                 theirs = {.iov_base = (void *)16, .iov_len = 1};
    ssize_t n = process_vm_readv((pid_t)escape_number(pid), &mine, 1, &theirs, 1, 0);
    return n < 0 && errno != EFAULT ? errno : 0;
}

static int write_remote(const char *pid)
{
    char byte = 0;
    struct iovec mine = {.iov_base = &byte, .iov_len = 1},
                 theirs = {.iov_base = (void *)16, .iov_len = 1};
    ssize_t n = process_vm_writev((pid_t)escape_number(pid), &mine, 1, &theirs, 1, 0);
    return n < 0 && errno != EFAULT ? errno : 0;
}

static int take_descriptor(const char *pid)
{
    long pidfd = syscall(SYS_pidfd_open, escape_number(pid), 0);
    return pidfd < 0 || syscall(SYS_pidfd_getfd, pidfd, 0, 0) < 0 ? errno : 0;
}

static int send_signal(const char *pid)
{
    return kill((pid_t)escape_number(pid), 0) < 0 ? errno : 0;
}

static int signal_thread(const char *pid)
{
    return syscall(SYS_tgkill, escape_number(pid), escape_number(pid), 0) < 0 ? errno : 0;
}

static int signal_pidfd(const char *pid)
{
    long pidfd = syscall(SYS_pidfd_open, escape_number(pid), 0);
    return pidfd < 0 || syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0) < 0 ? errno : 0;
}

static int set_limits(const char *pid)
{
    struct rlimit limit;
    pid_t p = (pid_t)escape_number(pid);
    return prlimit(p, RLIMIT_CORE, NULL, &limit) < 0 || prlimit(p, RLIMIT_CORE, &limit, NULL) < 0
               ? errno
               : 0;
}

static int set_priority(const char *pid)
{
    id_t p = (id_t)escape_number(pid);
    errno = 0;
    int now = getpriority(PRIO_PROCESS, p);
    return (now == -1 && errno) || setpriority(PRIO_PROCESS, p, now) < 0 ? errno : 0;
}

#define OF(who)                                                                                    \
    {"mem-read-" who, who, read_memory}, {"mem-write-" who, who, write_memory},                    \
        {"environ-" who, who, read_environ}, {"maps-" who, who, read_maps},                        \
        {"fds-" who, who, list_descriptors}, {"root-" who, who, walk_root},                        \
        {"oom-" who, who, spare_from_oom}, {"ptrace-" who, who, seize},                            \
        {"vm-read-" who, who, read_remote}, {"vm-write-" who, who, write_remote},                  \
        {"getfd-" who, who, take_descriptor}, {"kill-" who, who, send_signal},                     \
        {"tgkill-" who, who, signal_thread}, {"pidfd-" who, who, signal_pidfd},                    \
        {"prlimit-" who, who, set_limits},                                                         \
    {                                                                                              \
        "nice-" who, who, set_priority                                                             \
    }

const struct attempt ESCAPE_MEMORY[] = {OF("victim"), OF("daemon"), OF("sibling"),
                                        OF("keeper"), OF("runner"), {NULL, NULL, NULL}};
