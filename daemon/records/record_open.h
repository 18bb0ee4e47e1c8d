/* Opening what stands under STATE_DIR. A run works under the daemon's own uid, so any name may be a
 * trap: a pipe that hangs, a link that leads to somebody else's file. Names are opened relative to
 * a descriptor of their folder, never through a link, never waiting, and only plain files that have
 * no second name, or folders, are taken. For the record modules alone. */
#ifndef DAEMON_RECORDS_RECORD_OPEN_H
#define DAEMON_RECORDS_RECORD_OPEN_H

#include <sys/stat.h>
#include <sys/types.h>

/* A plain file with one name; flags are those of open(2) for reading or writing. The descriptor
 * (close-on-exec), or -errno: -EBADMSG for anything else. ret may be NULL. */
int record_open_file(int dir, const char *name, int flags, struct stat *ret);
/* The file that was made, so that no other is taken for it. ino 0: not known. */
struct record_identity {
    dev_t dev;
    ino_t ino;
};
/* That file and no other: -ESTALE. */
int record_open_again(int dir, const char *name, int flags, const struct record_identity *made);
/* A folder. */
int record_open_folder(int dir, const char *name);
/* One or the other, for reading: ret tells which. */
int record_open_either(int dir, const char *name, struct stat *ret);
/* Reads a whole plain file: malloc'ed and NUL-terminated. -EFBIG: it is longer than max. */
int record_read_file(int dir, const char *name, size_t max, char **ret, size_t *ret_len);

#endif
