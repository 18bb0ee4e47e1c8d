/* The journal of one run: the events of its record, one a line, each written with one write(2)
 * before anybody hears of it.
 *
 *     journal_init(&j, fd, folder, &err)    the record, which may hold lines already
 *     journal_append, journal_sync          as things happen
 *     journal_reserve(&j, bytes)            is there room for what a request brings?
 *     journal_settle(&j)                    before the first money is spent
 *     journal_release(&j)
 *
 * The descriptor comes from councild, opened for appending; nothing is ever taken back. A write
 * that fails or is short, or a sync that fails, breaks the journal: it takes nothing more. */
#ifndef RUNNER_JOURNAL_H
#define RUNNER_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/statvfs.h>
#include <sys/types.h>

#include "common/error.h"

/* The system calls of it, as their namesakes; tests put others in. */
struct journal_calls {
    ssize_t (*write)(int fd, const void *bytes, size_t len);
    int (*fdatasync)(int fd);
    int (*fsync)(int fd); /* of the folder */
    int (*fallocate)(int fd, int mode, off_t at, off_t len);
    int (*fstatvfs)(int fd, struct statvfs *ret);
};

struct journal {
    const struct journal_calls *calls;
    int fd;       /* -1: none is kept, every call succeeds */
    int folder;   /* in which the record was made, or -1 */
    int64_t size; /* bytes that stand */
    int64_t kept; /* up to here there is room */
    bool settled;
    bool broken;
};

/* What stands behind every reserve: councild's own last line. */
enum { JOURNAL_LAST_LINE = 16 * 1024 };

/* Takes the descriptors over. 0 or -errno (then they are closed). */
int journal_init(struct journal *j, int fd, int folder, struct error *err);
void journal_release(struct journal *j); /* closes them */

/* Appends bytes that end with a line break. -errno; -EIO when it was broken before. */
int journal_append(struct journal *j, const void *bytes, size_t len, struct error *err);
/* fdatasync. -errno: the journal is broken. */
int journal_sync(struct journal *j, struct error *err);
/* Syncs the lines that stand, and once the folder: from here on the record outlives a power cut.
 * Costs nothing the second time. -errno: the journal is broken. */
int journal_settle(struct journal *j, struct error *err);
/* Keeps room for so many more bytes, and for councild's last line, behind what stands; appending
 * uses it up. -errno (-ENOSPC, -EDQUOT, -EFBIG): there is none; the journal is as before, and what
 * the disk still has is left to others. Where a file system cannot keep room this succeeds. */
int journal_reserve(struct journal *j, int64_t bytes, struct error *err);

#endif
