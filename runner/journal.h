/* The journal of one run: an append-only file, one event per line, each written with one write(2)
 * before anybody hears of it.
 *
 * The descriptor comes from councild, opened for appending. A write that fails or is short is taken
 * back with ftruncate, so that the file always ends with a whole line; after that the journal is
 * broken and takes nothing more. */
#ifndef RUNNER_JOURNAL_H
#define RUNNER_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

struct journal {
    int fd;       /* -1: none is kept, every call succeeds */
    int64_t size; /* bytes that stand */
    bool broken;
};

/* Takes the descriptor over. 0 or -errno (then it is closed). */
int journal_init(struct journal *j, int fd, struct error *err);
void journal_release(struct journal *j); /* closes it */

/* Appends bytes that end with a line break. -errno; -EIO when it was broken before. */
int journal_append(struct journal *j, const void *bytes, size_t len, struct error *err);
/* fdatasync. -errno: the journal is broken. */
int journal_sync(struct journal *j, struct error *err);

#endif
