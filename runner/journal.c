#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"

static const struct journal_calls REAL = {write, fdatasync, fsync, fallocate, fstatvfs};

int journal_init(struct journal *j, int fd, int folder, struct error *err)
{
    struct stat st;
    *j = (struct journal){.calls = &REAL, .fd = fd, .folder = folder};
    if (fd < 0)
        return 0;
    if (fstat(fd, &st) < 0) {
        int r = error_errno(err, errno, "journal");
        journal_release(j);
        return r;
    }
    j->size = st.st_size;
    return 0;
}

void journal_release(struct journal *j)
{
    fd_close(&j->fd);
    fd_close(&j->folder);
}

static int fail(struct journal *j, int number, const char *what, struct error *err)
{
    j->broken = true;
    return error_errno(err, number, "%s", what);
}

int journal_append(struct journal *j, const void *bytes, size_t len, struct error *err)
{
    ssize_t n;
    if (j->broken)
        return error_set(err, EIO, "the journal is broken");
    if (j->fd < 0)
        return 0;
    do {
        n = j->calls->write(j->fd, bytes, len);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return fail(j, errno, "the journal cannot be written", err);
    j->size += n;
    return (size_t)n == len ? 0 : fail(j, ENOSPC, "the journal takes only a part of a line", err);
}

/* EINVAL, EROFS: something that has no disk under it, a pipe for one. */
static bool has_no_disk(int number)
{
    return number == EINVAL || number == EROFS;
}

int journal_sync(struct journal *j, struct error *err)
{
    if (j->fd < 0 || j->broken)
        return 0;
    if (j->calls->fdatasync(j->fd) == 0 || has_no_disk(errno))
        return 0;
    return fail(j, errno, "the journal cannot be synced", err);
}

int journal_settle(struct journal *j, struct error *err)
{
    if (j->settled || j->broken)
        return 0;
    int r = journal_sync(j, err);
    if (r < 0)
        return r;
    if (j->folder >= 0 && j->calls->fsync(j->folder) < 0 && !has_no_disk(errno))
        return fail(j, errno, "the folder of the journal cannot be synced", err);
    j->settled = true;
    return 0;
}

static bool is_full(int number)
{
    return number == ENOSPC || number == EDQUOT || number == EFBIG;
}

/* A reserve that fails half-way would keep all that the disk had left. */
static bool would_fill_it(const struct journal *j, int64_t more)
{
    struct statvfs disk;
    if (more <= 0 || j->calls->fstatvfs(j->fd, &disk) < 0 || disk.f_blocks == 0)
        return false;
    return disk.f_bavail < (uint64_t)more / disk.f_frsize + 1;
}

static int keep(struct journal *j, int64_t end)
{
    int r;
    if (would_fill_it(j, end - (j->kept > j->size ? j->kept : j->size)))
        return -ENOSPC;
    do {
        r = j->calls->fallocate(j->fd, FALLOC_FL_KEEP_SIZE, j->size, end - j->size);
    } while (r < 0 && errno == EINTR);
    if (r < 0)
        return is_full(errno) ? -errno : 0;
    if (end > j->kept)
        j->kept = end;
    return 0;
}

int journal_reserve(struct journal *j, int64_t bytes, struct error *err)
{
    if (j->fd < 0 || j->broken)
        return 0;
    int r = keep(j, j->size + bytes + JOURNAL_LAST_LINE);
    return r < 0 ? error_errno(err, -r, "no room for %lld bytes more", (long long)bytes) : 0;
}
