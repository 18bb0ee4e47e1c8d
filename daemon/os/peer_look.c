#include "peer_look.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/parse.h"
#include "sys.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

enum { ANCESTORS_MOST = 64, CLIMBS_MOST = 4, TEXT_SIZE = 8192 };

struct climb {
    pid_t pids[ANCESTORS_MOST];
    size_t count;
};

static int read_proc(pid_t pid, const char *file, char *text)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    const ssize_t len = sys_read_text(AT_FDCWD, path, text, TEXT_SIZE);
    return len < 0 ? (int)len : 0;
}

/* ---- by the cgroup ---- */

/* `0::/...councild-x-0123abcd/r17...`: the only name there that nobody else has is the random one.
 */
static bool is_below(const char *path, const char *group)
{
    const size_t len = strlen(group);
    for (const char *at = strstr(path, group); at; at = strstr(at + 1, group))
        if (at > path && at[-1] == '/' && strncmp(at + len, "/r", 2) == 0)
            return true;
    return false;
}

static int look_at_cgroup(const struct peer_look *how, pid_t pid)
{
    char text[TEXT_SIZE];
    if (!how->group)
        return PEER_OUTSIDE;
    int r = read_proc(pid, "cgroup", text);
    if (r < 0)
        return r;
    return is_below(text, how->group) ? PEER_INSIDE : PEER_OUTSIDE;
}

/* ---- by its ancestors ---- */

/* The number behind `\nNAME:\t`; -1: it is not there. */
static int64_t number_of(const char *status, const char *name, int which)
{
    char head[32];
    char digits[24];
    int64_t value = 0;
    snprintf(head, sizeof head, "\n%s:", name);
    const char *at = strstr(status, head);
    if (!at)
        return -1;
    at += strlen(head);
    for (int i = 0; i <= which; i++) {
        at += strspn(at, "\t ");
        const size_t len = strspn(at, "0123456789");
        if (len == 0 || len >= sizeof digits)
            return -1;
        memcpy(digits, at, len);
        digits[len] = '\0';
        at += len;
    }
    return parse_int(digits, 0, UINT32_MAX, &value) < 0 ? -1 : value;
}

/* 0 with the parent in *ret; 0 there: outside, whatever comes above. */
static int find_parent(const struct peer_look *how, pid_t pid, pid_t *ret)
{
    char status[TEXT_SIZE];
    int r = read_proc(pid, "status", status);
    if (r < 0)
        return r;
    const int64_t parent = number_of(status, "PPid", 0);
    const int64_t real = number_of(status, "Uid", 0);
    const int64_t effective = number_of(status, "Uid", 1);
    if (parent < 0 || parent > INT32_MAX || real < 0 || effective < 0)
        return -EBADMSG;
    const bool foreign = real != (int64_t)how->uid && effective != (int64_t)how->uid;
    *ret = foreign ? 0 : (pid_t)parent;
    return 0;
}

static int climb_from(const struct peer_look *how, pid_t pid, struct climb *ret)
{
    ret->count = 0;
    for (pid_t at = pid; at > 0;) {
        if (at == how->daemon)
            return at == pid ? PEER_OUTSIDE : PEER_INSIDE;
        if (at == 1)
            return PEER_OUTSIDE;
        if (ret->count == ANCESTORS_MOST)
            return -ELOOP;
        ret->pids[ret->count++] = at;
        int r = find_parent(how, at, &at);
        if (r < 0)
            return r;
    }
    return PEER_OUTSIDE;
}

static bool are_equal(const struct climb *a, const struct climb *b)
{
    return a->count == b->count && memcmp(a->pids, b->pids, a->count * sizeof *a->pids) == 0;
}

/* Outside is who was found there twice, by the same way. */
static int look_at_ancestors(const struct peer_look *how, pid_t pid)
{
    struct climb climbs[2];
    bool before = false;
    int r = 0;
    for (int i = 0; i < CLIMBS_MOST; i++) {
        r = climb_from(how, pid, &climbs[i % 2]);
        if (r == PEER_INSIDE || r == -ELOOP)
            return r;
        if (r == PEER_OUTSIDE && before && are_equal(&climbs[0], &climbs[1]))
            return PEER_OUTSIDE;
        before = r == PEER_OUTSIDE;
    }
    return r < 0 ? r : -EAGAIN;
}

/* ---- both, of a process that is still the one that connected ---- */

/* A pidfd, -ENOPROTOOPT where the kernel has none, another -errno when the peer is gone. */
static int peer_pidfd(int fd)
{
    int pidfd = -1;
    socklen_t size = sizeof pidfd;
    if (sys.getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &size) < 0)
        return -errno;
    return pidfd;
}

static bool lives(int pidfd)
{
    return sys.pidfd_send_signal(pidfd, 0) == 0 || errno == EPERM;
}

int peer_look(const struct peer_look *how, int fd, pid_t pid)
{
    if (pid <= 0)
        return -ESRCH;
    _cleanup_close_ int pidfd = peer_pidfd(fd);
    if (pidfd < 0 && pidfd != -ENOPROTOOPT)
        return pidfd;
    int r = look_at_cgroup(how, pid);
    if (r == PEER_OUTSIDE)
        r = look_at_ancestors(how, pid);
    if (r == PEER_OUTSIDE && pidfd >= 0 && !lives(pidfd))
        r = -ESRCH;
    return r;
}
