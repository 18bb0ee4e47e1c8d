/* Text for standard output, collected and written in one piece. What cannot be written ends the
 * process with one line and EXIT_FAILED: a full disk must not look like success. */
#ifndef CTL_TERMINAL_OUT_H
#define CTL_TERMINAL_OUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"

struct buf *out_begin(void);
void out_end(struct buf *out); /* writes and frees */
void out_write(int fd, const void *bytes, size_t len);
/* Text for standard error, at once; what cannot be written is lost. */
void out_tell(const char *text);
/* A value as indented JSON, or in one line with `compact`; made harmless for a terminal. */
void out_json(const json_t *value, bool compact);

#endif
