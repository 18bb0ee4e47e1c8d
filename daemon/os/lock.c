#include "lock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fd.h"
#include "common/file.h"
#include "sys.h"

#define STATE_LOCK "lock" /* in STATE_DIR */

enum { POLL_MS = 5, HELD_MS = 300, PARENT_MODE = 0755 };

/* ---- directories ---- */

static int make_with_parents(const char *path, mode_t mode, struct error *err)
{
    _cleanup_free_ char *copy = strdup(path);
    if (!copy)
        return error_errno(err, ENOMEM, "cannot make the directory %s", path);
    char *slash = strrchr(copy, '/');
    if (slash && slash != copy) {
        *slash = '\0';
        int r = file_make_dirs(copy, PARENT_MODE, err);
        if (r < 0)
            return r;
    }
    if (sys.mkdirat(AT_FDCWD, path, mode) < 0 && errno != EEXIST)
        return error_errno(err, errno, "cannot make the directory %s", path);
    return 0;
}

/* Opens a directory that has to be our own. */
static int open_own(const char *path, struct stat *ret_st, struct error *err)
{
    _cleanup_close_ int fd =
        sys.openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK, 0);
    if (fd < 0)
        return error_errno(err, errno, "cannot open the directory %s", path);
    if (fstat(fd, ret_st) < 0)
        return error_errno(err, errno, "cannot look at the directory %s", path);
    if (ret_st->st_uid != geteuid())
        return error_set(err, EPERM, "the directory %s belongs to user %u, not to user %u", path,
                         (unsigned)ret_st->st_uid, (unsigned)geteuid());
    return TAKE_FD(fd);
}

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* True when the directory holds nothing but the socket and its lock: only then may its mode be
 * changed, or `--socket /run/x` would lock everybody out of /run. */
static bool holds_only(int dir_fd, const char *socket_name)
{
    int copy = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = copy < 0 ? NULL : fdopendir(copy);
    if (!dir) {
        fd_close(&copy);
        return false;
    }
    bool only = true;
    for (struct dirent *e; only && (e = readdir(dir));) {
        const char *name = e->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, socket_name) == 0)
            continue;
        only = starts_with(name, socket_name) && strcmp(name + strlen(socket_name), ".lock") == 0;
    }
    closedir(dir);
    return only;
}

static int set_access(int fd, const char *path, const struct stat *st, mode_t mode, gid_t gid,
                      const char *socket_name, struct error *err)
{
    const mode_t now = st->st_mode & 07777;
    if (now & ~mode && !holds_only(fd, socket_name))
        return error_set(err, EPERM,
                         "the directory %s has mode %04o and other things in it: the socket needs "
                         "one of its own, with mode %04o",
                         path, (unsigned)now, (unsigned)mode);
    if (gid != (gid_t)-1 && st->st_gid != gid) {
        /* Nothing for the old group while the new one is not set. */
        if (fchmod(fd, 0700) < 0 || fchown(fd, (uid_t)-1, gid) < 0)
            return error_errno(err, errno, "cannot give the directory %s to group %u", path,
                               (unsigned)gid);
    } else if (now == mode) {
        return 0;
    }
    if (fchmod(fd, mode) < 0)
        return error_errno(err, errno, "cannot set the mode of the directory %s", path);
    return 0;
}

int lock_socket_directory(const char *socket_path, mode_t mode, gid_t gid, struct error *err)
{
    _cleanup_free_ char *path = strdup(socket_path);
    if (!path)
        return error_errno(err, ENOMEM, "cannot make the directory of %s", socket_path);
    char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return error_set(err, EINVAL, "the socket %s needs a directory of its own", socket_path);
    *slash = '\0';
    int r = make_with_parents(path, 0700, err);
    if (r < 0)
        return r;
    struct stat st;
    _cleanup_close_ int fd = open_own(path, &st, err);
    return fd < 0 ? fd : set_access(fd, path, &st, mode, gid, slash + 1, err);
}

int lock_open_state(const char *state_dir, int *ret, struct error *err)
{
    int r = make_with_parents(state_dir, 0700, err);
    if (r < 0)
        return r;
    struct stat st;
    _cleanup_close_ int fd = open_own(state_dir, &st, err);
    if (fd < 0)
        return fd;
    if ((st.st_mode & 077) && fchmod(fd, st.st_mode & 0700) < 0)
        return error_errno(err, errno, "cannot set the mode of the directory %s", state_dir);
    *ret = TAKE_FD(fd);
    return 0;
}

/* ---- locks ---- */

static int open_lock(int dir, const char *path, struct error *err)
{
    int fd = sys.openat(dir, path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
    return fd < 0 ? error_errno(err, errno, "cannot open the lock file %s", path) : fd;
}

static int try_flock(int fd, int operation)
{
    int r;
    do
        r = sys.flock(fd, operation);
    while (r < 0 && errno == EINTR);
    return r < 0 ? -errno : 0;
}

/* The file may have been removed or replaced between open and flock: then others lock another. */
static bool same_file(int fd, int dir, const char *path)
{
    struct stat ours;
    struct stat there;
    return fstat(fd, &ours) == 0 && fstatat(dir, path, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
           ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

/* A child of a daemon that was killed keeps its locks until exec or until it finds its parent dead:
 * a lock that is only held for that moment is not another daemon's. */
static int flock_patiently(int fd)
{
    static const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
    const int64_t deadline_us = sys.mono_us() + HELD_MS * 1000L;
    int r;
    while ((r = try_flock(fd, LOCK_EX | LOCK_NB)) == -EWOULDBLOCK && sys.mono_us() < deadline_us)
        nanosleep(&pause, NULL);
    return r;
}

static int take_one(int dir, const char *path, int *ret, struct error *err)
{
    _cleanup_close_ int fd = open_lock(dir, path, err);
    if (fd < 0)
        return fd;
    int r = flock_patiently(fd);
    if (r == -EWOULDBLOCK)
        return error_set(err, EWOULDBLOCK, "another councild is running: it holds the lock file %s",
                         path);
    if (r < 0)
        return error_errno(err, -r, "cannot lock %s", path);
    if (!same_file(fd, dir, path))
        return error_set(err, EWOULDBLOCK, "the lock file %s was replaced while it was locked",
                         path);
    *ret = TAKE_FD(fd);
    return 0;
}

int lock_take(struct locks *ret, int state_fd, const char *socket_path, struct error *err)
{
    _cleanup_free_ char *socket_lock = NULL;
    struct locks locks = LOCKS_INIT;
    if (asprintf(&socket_lock, "%s.lock", socket_path) < 0) {
        socket_lock = NULL;
        return error_errno(err, ENOMEM, "cannot lock %s", socket_path);
    }
    int r = take_one(state_fd, STATE_LOCK, &locks.state_lock, err);
    if (r < 0)
        return r;
    r = take_one(AT_FDCWD, socket_lock, &locks.socket_lock, err);
    if (r < 0) {
        lock_release(&locks);
        return r;
    }
    *ret = locks;
    return 0;
}

void lock_release(struct locks *locks)
{
    fd_close(&locks->state_lock);
    fd_close(&locks->socket_lock);
}

int lock_wait_survivors(int state_fd, int64_t deadline_us, int *ret, struct error *err)
{
    static const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
    _cleanup_close_ int fd = open_lock(state_fd, "survivors", err);
    if (fd < 0)
        return fd;
    int r;
    while ((r = try_flock(fd, LOCK_EX | LOCK_NB)) == -EWOULDBLOCK) {
        if (sys.mono_us() >= deadline_us)
            return error_set(err, ETIMEDOUT,
                             "processes of an earlier councild are still alive: they hold the "
                             "lock `survivors` in the state directory");
        nanosleep(&pause, NULL);
    }
    if (r == 0)
        r = try_flock(fd, LOCK_SH);
    if (r < 0)
        return error_errno(err, -r, "cannot lock `survivors` in the state directory");
    *ret = TAKE_FD(fd);
    return 0;
}
