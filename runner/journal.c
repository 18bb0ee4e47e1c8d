#include "journal.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"

int journal_init(struct journal *j, int fd, struct error *err)
{
    struct stat st;
    *j = (struct journal){.fd = fd};
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
}

static int fail(struct journal *j, int number, struct error *err)
{
    j->broken = true;
    /* Nothing more can be done about a file that cannot be shortened either. */
    if (ftruncate(j->fd, j->size) < 0)
        return error_errno(err, number, "journal (torn)");
    return error_errno(err, number, "journal");
}

int journal_append(struct journal *j, const void *bytes, size_t len, struct error *err)
{
    ssize_t n;
    if (j->broken)
        return error_set(err, EIO, "the journal is broken");
    if (j->fd < 0)
        return 0;
    do {
        n = write(j->fd, bytes, len);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return fail(j, errno, err);
    if ((size_t)n != len)
        return fail(j, ENOSPC, err);
    j->size += n;
    return 0;
}

int journal_sync(struct journal *j, struct error *err)
{
    if (j->fd < 0 || j->broken)
        return 0;
    /* EINVAL: something that has no disk under it, a pipe for one. */
    if (fdatasync(j->fd) == 0 || errno == EINVAL || errno == EROFS)
        return 0;
    j->broken = true;
    return error_errno(err, errno, "journal");
}
