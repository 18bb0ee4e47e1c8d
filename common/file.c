#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "cleanup.h"
#include "fd.h"

int file_read(int dir_fd, const char *path, size_t max, char **ret, size_t *ret_len,
              struct error *err)
{
    _cleanup_close_ int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return error_errno(err, errno, "cannot open %s", path);
    struct buf b = BUF_INIT(max);
    for (;;) {
        char chunk[16384];
        ssize_t n = fd_read_full(fd, chunk, sizeof chunk);
        int r = n < 0 ? (int)n : buf_add(&b, chunk, (size_t)n);
        if (r < 0) {
            buf_release(&b);
            if (r == -EMSGSIZE)
                return error_set(err, EFBIG, "%s is longer than %zu bytes", path, max);
            return error_errno(err, -r, "cannot read %s", path);
        }
        if (n == 0)
            break;
    }
    size_t len = b.len;
    char *text = buf_take(&b);
    if (!text) {
        buf_release(&b);
        return error_errno(err, ENOMEM, "cannot read %s", path);
    }
    *ret = text;
    if (ret_len)
        *ret_len = len;
    return 0;
}

int file_replace(int dir_fd, const char *path, const void *bytes, size_t len, mode_t mode,
                 struct error *err)
{
    char beside[PATH_MAX];
    if (snprintf(beside, sizeof beside, "%s.new", path) >= (int)sizeof beside)
        return error_errno(err, ENAMETOOLONG, "cannot write %s", path);
    int fd = openat(dir_fd, beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return error_errno(err, errno, "cannot write %s", beside);
    int r = fd_write_all(fd, bytes, len);
    if (close(fd) < 0 && r == 0)
        r = -errno;
    if (r == 0 && renameat(dir_fd, beside, dir_fd, path) < 0)
        r = -errno;
    if (r < 0) {
        unlinkat(dir_fd, beside, 0);
        return error_errno(err, -r, "cannot write %s", path);
    }
    return 0;
}

static int make_dir(const char *path, mode_t mode, struct error *err)
{
    if (mkdir(path, mode) == 0)
        return 0;
    int number = errno;
    struct stat st;
    if (number == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return 0;
    return error_errno(err, number, "cannot make the directory %s", path);
}

int file_make_dirs(const char *path, mode_t mode, struct error *err)
{
    _cleanup_free_ char *copy = strdup(path);
    if (!copy)
        return error_errno(err, ENOMEM, "cannot make the directory %s", path);
    for (char *slash = copy + 1; *copy && (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        int r = make_dir(copy, mode, err);
        *slash = '/';
        if (r < 0)
            return r;
    }
    return make_dir(copy, mode, err);
}
