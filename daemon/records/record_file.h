/* The lines of one file, by descriptor: bounded reading from both ends, and appending. Lines are
 * found by their line breaks; what they mean is not looked at. For the record modules alone. */
#ifndef DAEMON_RECORDS_RECORD_FILE_H
#define DAEMON_RECORDS_RECORD_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"

/* Where a line stands, without its line break. */
struct record_range {
    int64_t at;
    int64_t len; /* 0: there is none */
};

/* Exactly len bytes, malloc'ed and NUL-terminated; -EBADMSG: the file is shorter. */
int record_file_read(int fd, int64_t at, size_t len, char **ret);
/* The first line of a file of `size` bytes, and its text likewise: -ENOENT when there is no whole
 * one, -EFBIG when it is longer than max. */
int record_file_first(int fd, int64_t size, size_t max, struct record_range *ret, char **ret_text);
/* The last whole line that ends at or before `end`, likewise. What stands behind the last line
 * break before `end` is torn and passed over, up to max bytes too. */
int record_file_last(int fd, int64_t end, size_t max, struct record_range *ret, char **ret_text);
/* Where the next line would begin, behind a line break (*ret_torn) if a torn line stands at the
 * end. The descriptor was opened for reading and appending. */
int record_file_end(int fd, int64_t *ret_at, bool *ret_torn);
/* Appends a line and its line break: 0 with where it stands, or -errno; then a piece of it may
 * stand there. */
int record_file_add(int fd, bool torn, const struct buf *line, struct record_range *ret);

#endif
