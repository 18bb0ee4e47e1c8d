/* Whole files. */
#ifndef COMMON_FILE_H
#define COMMON_FILE_H

#include <stddef.h>
#include <sys/types.h>

#include "error.h"

/* Reads a file of at most `max` bytes into a malloc'ed, NUL-terminated *ret (caller frees). dir_fd
 * as in openat(2). -EFBIG when it is longer; other errnos as open and read give them. */
int file_read(int dir_fd, const char *path, size_t max, char **ret, size_t *ret_len,
              struct error *err);

/* Writes beside (path + ".new"), then renames over: readers see the old content or the whole new
 * one. On failure nothing is left and the old content stands. */
int file_replace(int dir_fd, const char *path, const void *bytes, size_t len, mode_t mode,
                 struct error *err);

/* mkdir -p; existing directories keep their mode. */
int file_make_dirs(const char *path, mode_t mode, struct error *err);

#endif
