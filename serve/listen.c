#include "listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fd.h"
#include "common/parse.h"

enum { ACTIVATED_FD = 3, FIRST_GROUPS = 64 };

/* ---- socket activation ---- */

static int check_activated(struct error *err)
{
    int listening = 0;
    int type = 0;
    struct sockaddr_un address = {0};
    socklen_t size = sizeof listening;
    int r = getsockopt(ACTIVATED_FD, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size);
    size = sizeof type;
    if (r == 0)
        r = getsockopt(ACTIVATED_FD, SOL_SOCKET, SO_TYPE, &type, &size);
    size = sizeof address;
    if (r == 0)
        r = getsockname(ACTIVATED_FD, (struct sockaddr *)&address, &size);
    if (r < 0 || !listening || type != SOCK_STREAM || address.sun_family != AF_UNIX)
        return error_set(err, EINVAL,
                         "socket activation: descriptor %d is not a listening UNIX stream socket",
                         ACTIVATED_FD);
    fd_set_cloexec(ACTIVATED_FD, true);
    fd_set_nonblock(ACTIVATED_FD, true);
    return 0;
}

int listen_activated(struct listener *ret, struct error *err)
{
    const char *pid = getenv("LISTEN_PID");
    const char *fds = getenv("LISTEN_FDS");
    int64_t for_pid = 0;
    int64_t count = 0;
    const bool ours = pid && fds && parse_int(pid, 1, INT32_MAX, &for_pid) == 0 &&
                      parse_int(fds, 1, INT32_MAX, &count) == 0 && for_pid == getpid();
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    if (!ours)
        return 0;
    int r = check_activated(err);
    if (r < 0)
        return r;
    *ret = (struct listener){.fd = ACTIVATED_FD, .activated = true};
    return 1;
}

/* ---- a socket of our own ---- */

static int make_address(const char *path, struct sockaddr_un *ret, struct error *err)
{
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    const size_t len = strlen(path);
    if (len >= sizeof ret->sun_path)
        return error_set(err, ENAMETOOLONG, "the socket path has %zu bytes, %zu are possible: %s",
                         len, sizeof ret->sun_path - 1, path);
    memcpy(ret->sun_path, path, len);
    return 0;
}

/* connect() cannot tell a stale socket from a regular file; lstat can. */
static int remove_stale(const char *path, struct error *err)
{
    struct stat st;
    if (lstat(path, &st) < 0)
        return errno == ENOENT ? 0 : error_errno(err, errno, "cannot look at %s", path);
    if (!S_ISSOCK(st.st_mode))
        return error_set(err, EEXIST, "%s exists and is not a socket: left as it is", path);
    if (unlink(path) < 0 && errno != ENOENT)
        return error_errno(err, errno, "cannot remove the stale socket %s", path);
    return 0;
}

static int bind_with(int fd, const struct sockaddr_un *address, mode_t mode)
{
    const mode_t old = umask(0777 & ~mode);
    int r = bind(fd, (const struct sockaddr *)address, sizeof *address) < 0 ? -errno : 0;
    umask(old);
    return r;
}

/* Before listen() nobody can connect, so the group is right from the first moment on. */
static int bind_and_listen(int fd, const struct sockaddr_un *address, mode_t mode, gid_t gid,
                           struct error *err)
{
    const char *path = address->sun_path;
    int r = bind_with(fd, address, mode);
    if (r < 0)
        return error_errno(err, -r, "cannot bind the socket %s", path);
    if (gid != (gid_t)-1 && lchown(path, (uid_t)-1, gid) < 0)
        r = error_errno(err, errno, "cannot give the socket %s to group %u", path, (unsigned)gid);
    else if (listen(fd, SOMAXCONN) < 0)
        r = error_errno(err, errno, "cannot listen on %s", path);
    if (r < 0)
        unlink(path);
    return r;
}

int listen_bind(struct listener *ret, const char *path, mode_t mode, gid_t gid, struct error *err)
{
    struct sockaddr_un address;
    struct stat st;
    int r = make_address(path, &address, err);
    if (r == 0)
        r = remove_stale(path, err);
    if (r < 0)
        return r;
    _cleanup_free_ char *copy = strdup(path);
    if (!copy)
        return error_errno(err, ENOMEM, "cannot listen on %s", path);
    _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_errno(err, errno, "cannot make a socket");
    r = bind_and_listen(fd, &address, mode, gid, err);
    if (r < 0)
        return r;
    if (lstat(path, &st) < 0) {
        r = error_errno(err, errno, "cannot look at the socket %s", path);
        unlink(path);
        return r;
    }
    *ret = (struct listener){
        .fd = TAKE_FD(fd), .path = TAKE_PTR(copy), .dev = st.st_dev, .ino = st.st_ino};
    return 0;
}

int listen_set_mode(const struct listener *l, mode_t mode)
{
    return l->path && chmod(l->path, mode) < 0 ? -errno : 0;
}

void listen_close(struct listener *l)
{
    struct stat st;
    fd_close(&l->fd);
    if (l->path && lstat(l->path, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino)
        unlink(l->path);
    free(l->path);
    l->path = NULL;
}

/* ---- peers ---- */

int listen_peer(int fd, struct peer *ret)
{
    struct ucred credentials;
    socklen_t size = sizeof credentials;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
        return -errno;
    *ret = (struct peer){.uid = credentials.uid, .gid = credentials.gid, .pid = credentials.pid};
    return 0;
}

int listen_peer_groups(int fd, gid_t **ret, size_t *ret_count)
{
    socklen_t size = FIRST_GROUPS * sizeof(gid_t);
    _cleanup_free_ gid_t *groups = malloc(size);
    int r = groups ? getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) : -1;
    if (groups && r < 0 && errno == ERANGE) {
        /* The kernel has said in `size` how much it needs; groups are fixed since connect(). */
        free(groups);
        groups = malloc(size);
        r = groups ? getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) : -1;
    }
    if (r < 0)
        return groups ? -errno : -ENOMEM;
    *ret = TAKE_PTR(groups);
    *ret_count = size / sizeof(gid_t);
    return 0;
}
