/* Text collected for standard output and written in one piece. */
#ifndef CTL_OUT_H
#define CTL_OUT_H

#include "common/buf.h"

struct buf *out_begin(void);
void out_end(struct buf *out); /* writes and frees */

#endif
