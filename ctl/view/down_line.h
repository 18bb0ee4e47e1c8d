/* The end of a run as its monitor hears it. */
#ifndef CTL_VIEW_DOWN_LINE_H
#define CTL_VIEW_DOWN_LINE_H

#include <jansson.h>

#include "common/buf.h"

/* One line: `run_x is down: normal, outcome complete, pid 12, ...` */
void down_describe(struct buf *to, const json_t *down);
/* The exit status that a DOWN stands for: that of its outcome; EXIT_FAILED for noproc (there was
 * no such run), EXIT_NO_CONNECTION for noconnection. */
int down_exit_status(const json_t *down);

#endif
