/* Runs as they are shown: JSON written straight into a buffer, because a list may have thousands.
 */
#ifndef DAEMON_RUN_RUN_JSON_H
#define DAEMON_RUN_RUN_JSON_H

#include "common/buf.h"
#include "runs.h"

/* An entry of which_children. 0 or -errno. */
int run_json_child(struct buf *to, const struct run *run, int64_t now_us);
/* The row of run.list, as that of a record (record_rows.h). */
int run_json_row(struct buf *to, const struct run *run);
/* run.info of a live run. */
int run_json_info(struct buf *to, const struct run *run, int64_t now_us);

#endif
