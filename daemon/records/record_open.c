#include "record_open.h"

#include <errno.h>
#include <fcntl.h>

#include "common/fd.h"
#include "daemon/os/sys.h"
#include "record_file.h"

enum { SAFELY = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY };

/* A link is refused by open(2) with ELOOP, a socket with ENXIO: the same fault to us. */
static int open_safely(int dir, const char *name, int flags, struct stat *ret)
{
    int fd = sys.openat(dir, name, flags | SAFELY, 0);
    if (fd < 0)
        return errno == ELOOP || errno == ENXIO ? -EBADMSG : -errno;
    if (fstat(fd, ret) == 0)
        return fd;
    int r = -errno;
    fd_close(&fd);
    return r;
}

static int is_plain(const struct stat *st)
{
    return S_ISREG(st->st_mode) && st->st_nlink == 1;
}

static int refuse(int fd)
{
    fd_close(&fd);
    return -EBADMSG;
}

int record_open_file(int dir, const char *name, int flags, struct stat *ret)
{
    struct stat st;
    int fd = open_safely(dir, name, flags, ret ? ret : &st);
    if (fd == -EISDIR)
        return -EBADMSG;
    return fd < 0 || is_plain(ret ? ret : &st) ? fd : refuse(fd);
}

int record_open_again(int dir, const char *name, int flags, const struct record_identity *made)
{
    struct stat st;
    int fd = record_open_file(dir, name, flags, &st);
    if (fd < 0 || !made->ino || (st.st_ino == made->ino && st.st_dev == made->dev))
        return fd;
    fd_close(&fd);
    return -ESTALE;
}

int record_open_folder(int dir, const char *name)
{
    struct stat st;
    return open_safely(dir, name, O_RDONLY | O_DIRECTORY, &st);
}

int record_open_either(int dir, const char *name, struct stat *ret)
{
    int fd = open_safely(dir, name, O_RDONLY, ret);
    return fd < 0 || is_plain(ret) || S_ISDIR(ret->st_mode) ? fd : refuse(fd);
}

int record_read_file(int dir, const char *name, size_t max, char **ret, size_t *ret_len)
{
    struct stat st;
    int fd = record_open_file(dir, name, O_RDONLY, &st);
    if (fd < 0)
        return fd;
    int r = (uint64_t)st.st_size > max ? -EFBIG : record_file_read(fd, 0, (size_t)st.st_size, ret);
    fd_close(&fd);
    if (r == 0)
        *ret_len = (size_t)st.st_size;
    return r;
}
