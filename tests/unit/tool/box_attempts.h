/* What a tool that has been turned against its operator would try, each by the name of its
 * function: 0, or the errno that stood in its way. Taken in by one source of a test. */
#ifndef TESTS_UNIT_TOOL_BOX_ATTEMPTS_H
#define TESTS_UNIT_TOOL_BOX_ATTEMPTS_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/xalloc.h"

static const char *given; /* a path, in the tool */

static inline int result(long r)
{
    return r < 0 ? errno : 0;
}

static inline int try_open(const char *path, int flags)
{
    int fd = open(path, flags, 0600), r = result(fd);
    if (fd >= 0)
        close(fd);
    return r;
}

static inline int reads_it(void)
{
    return try_open(given, O_RDONLY);
}

static inline int writes_it(void)
{
    return try_open(given, O_WRONLY);
}

static inline int changes_its_mode(void)
{
    return result(chmod(given, 0600));
}

static inline int changes_its_times(void)
{
    return result(utimensat(AT_FDCWD, given, NULL, 0));
}

static inline int makes_beside_it(void)
{
    char *path = xasprintf("%s-more", given);
    int r = try_open(path, O_WRONLY | O_CREAT);
    free(path);
    return r;
}

static inline int reads_the_root(void)
{
    return try_open("/root", O_RDONLY | O_DIRECTORY);
}

static inline int writes_the_system(void)
{
    return try_open("/usr/councild-was-here", O_WRONLY | O_CREAT);
}

static inline int changes_modes_of_the_system(void)
{
    return result(chmod("/usr/bin/env", 0755));
}

static inline int works_in_its_folder(void)
{
    int r = try_open("work", O_RDWR | O_CREAT);
    r = r ? r : result(mkdir("folder", 0700));
    return r ? r : result(rename("work", "folder/work"));
}

static inline int fills_its_folder(void)
{
    static char piece[65536];
    int fd = open("full", O_WRONLY | O_CREAT, 0600), r = 0;
    signal(SIGXFSZ, SIG_IGN);
    for (int i = 0; i < 64 && !r; i++)
        r = result(write(fd, piece, sizeof(piece)));
    return r;
}

static inline int mounts(void)
{
    return result(mount("tmpfs", "/tmp", "tmpfs", 0, NULL));
}

static inline int unshares(void)
{
    return result(unshare(CLONE_NEWUSER));
}

static inline int clones_into_a_namespace(void)
{
    long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0)
        _exit(0);
    return result(pid);
}

static inline int looks_into_its_parent(void)
{
    char *path = xasprintf("/proc/%d/mem", getppid());
    int r = try_open(path, O_RDONLY);
    free(path);
    return r;
}

static inline int traces_its_parent(void)
{
    return result(ptrace(PTRACE_SEIZE, getppid(), 0, 0));
}

static inline int signals_the_keeper(void)
{
    return result(kill((pid_t)strtol(given, NULL, 10), 0));
}

static inline int connects(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)strtol(given, NULL, 10)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd < 0 ? errno : result(connect(fd, (struct sockaddr *)&to, sizeof(to)));
}

static inline int connects_past_tcp(void)
{
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)strtol(given, NULL, 10)),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    enum { MULTIPATH = 262 };
    int fd = socket(AF_INET, SOCK_STREAM, MULTIPATH);
    return fd < 0 ? errno : result(connect(fd, (const struct sockaddr *)&to, sizeof(to)));
}

static inline int connects_with_its_first_bytes(void)
{
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)strtol(given, NULL, 10)),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ssize_t n = sendto(fd, "x", 1, MSG_FASTOPEN, (const struct sockaddr *)&to, sizeof(to));
    return n < 0 ? errno : 0;
}

static inline int pairs_with_others(void)
{
    int pair[2];
    return result(socketpair(AF_UNIX, SOCK_RAW, 0, pair)); /* datagrams by another name */
}

static inline int connects_to_a_path(void)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(to.sun_path, sizeof(to.sun_path), "%s", given);
    return fd < 0 ? errno : result(connect(fd, (struct sockaddr *)&to, sizeof(to)));
}

static inline int has_privileges_to_gain(void)
{
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : EPERM;
}

static inline int has_capabilities(void)
{
    /* Making devices takes one. */
    return result(mknod("device", S_IFCHR | 0600, 0x103));
}

static inline int loads_programs_into_the_kernel(void)
{
    return result(syscall(SYS_bpf, 0, NULL, 0));
}

static inline int has_keys_of_the_kernel(void)
{
    return result(syscall(SYS_keyctl, 0, -3, 0));
}

static const struct attempt {
    const char *name;
    int (*try)(void);
} ATTEMPTS[] = {
#define A(f)                                                                                       \
    {                                                                                              \
#f, f                                                                                      \
    }
    A(reads_it),
    A(writes_it),
    A(changes_its_mode),
    A(changes_its_times),
    A(makes_beside_it),
    A(reads_the_root),
    A(writes_the_system),
    A(changes_modes_of_the_system),
    A(works_in_its_folder),
    A(fills_its_folder),
    A(mounts),
    A(unshares),
    A(clones_into_a_namespace),
    A(looks_into_its_parent),
    A(traces_its_parent),
    A(signals_the_keeper),
    A(connects),
    A(connects_past_tcp),
    A(connects_with_its_first_bytes),
    A(pairs_with_others),
    A(connects_to_a_path),
    A(has_privileges_to_gain),
    A(has_capabilities),
    A(loads_programs_into_the_kernel),
    A(has_keys_of_the_kernel),
};

/* ---- whom they look for ---- */

static inline int listen_on_loopback(int *ret_port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
    assert_int_equal(listen(fd, 16), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    *ret_port = ntohs(at.sin_port);
    return fd;
}

/* Ends without a search for leaks, which looks into its own parent. */
__attribute__((noreturn)) static inline void try_one(const char *name, const char *what)
{
    given = what;
    for (size_t i = 0; i < sizeof(ATTEMPTS) / sizeof(*ATTEMPTS); i++)
        if (!strcmp(ATTEMPTS[i].name, name))
            dprintf(STDOUT_FILENO, "%d", ATTEMPTS[i].try());
    _exit(0);
}

#endif
