/* Descriptors: small helpers. All retry on EINTR. */
#ifndef COMMON_FD_H
#define COMMON_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Closes *fd if it is >= 0 and sets it to -1. Keeps errno. */
void fd_close(int *fd);
int fd_set_nonblock(int fd, bool on); /* 0 or -errno */
int fd_set_cloexec(int fd, bool on);  /* 0 or -errno */
/* Writes all of it to a blocking descriptor: 0 or -errno. */
int fd_write_all(int fd, const void *bytes, size_t len);
/* Reads until len bytes or the end: the count, or -errno. */
ssize_t fd_read_full(int fd, void *to, size_t len);
/* How many descriptors this process has open; -errno if it cannot be told. */
int fd_count_open(void);

#endif
