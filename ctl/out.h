/* Text for standard output, collected and written in one piece. What cannot be written ends the
 * process with one line and EXIT_FAILED: a full disk must not look like success. */
#ifndef CTL_OUT_H
#define CTL_OUT_H

#include "common/buf.h"

struct buf *out_begin(void);
void out_end(struct buf *out); /* writes and frees */
void out_write(int fd, const void *bytes, size_t len);

#endif
