/* What every list shows of a run, live or ended, beside how it goes. */
#ifndef DAEMON_RUN_SHOWN_H
#define DAEMON_RUN_SHOWN_H

#include "common/buf.h"
#include "run_view.h"

/* Adds the members labels, question, members, tokens and cost, each behind a comma: as it is now. 0
 * or -errno. */
int shown_members(struct buf *to, const struct run *run);

#endif
