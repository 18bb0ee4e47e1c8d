/* What the tests of the daemon's leaf modules share: a folder that goes away, small files in it,
 * waiting with a deadline, and running a piece of code once for every allocation that can fail. */
#ifndef TESTS_UNIT_DAEMON_FIXTURE_H
#define TESTS_UNIT_DAEMON_FIXTURE_H

#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fd.h"

enum { DEADLINE_MS = 10000 };

struct folder {
    char path[64];
    int fd;
};

static inline int fixture_remove_one(const char *path, const struct stat *st, int type,
                                     struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline void folder_make(struct folder *f)
{
    snprintf(f->path, sizeof f->path, "/tmp/councild-unit-XXXXXX");
    f->fd = mkdtemp(f->path) ? open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (f->fd < 0)
        abort();
}

static inline void folder_remove(struct folder *f)
{
    close(f->fd);
    nftw(f->path, fixture_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void put_file(const struct folder *f, const char *name, const char *text)
{
    int fd = openat(f->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || fd_write_all(fd, text, strlen(text)) < 0)
        abort();
    close(fd);
}

/* The file's text (static memory), NULL when there is none. */
static inline const char *get_file(const struct folder *f, const char *name)
{
    static char text[65536];
    int fd = openat(f->fd, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    ssize_t n = fd_read_full(fd, text, sizeof text - 1);
    close(fd);
    if (n < 0)
        return NULL;
    text[n] = '\0';
    return text;
}

static inline bool exists(const struct folder *f, const char *name)
{
    return faccessat(f->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Reads a non-blocking descriptor to its end: true, or false at the deadline. */
static inline bool read_to_end(int fd, char *to, size_t size)
{
    const int64_t deadline = clock_mono_ms() + DEADLINE_MS;
    size_t have = 0;
    while (clock_mono_ms() < deadline) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        poll(&p, 1, 100);
        ssize_t n = read(fd, to + have, size - 1 - have);
        if (n > 0)
            have += (size_t)n;
        to[have] = '\0';
        if (n == 0 || have == size - 1)
            return n == 0;
    }
    return false;
}

static inline bool wait_readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, DEADLINE_MS) == 1;
}

#endif
