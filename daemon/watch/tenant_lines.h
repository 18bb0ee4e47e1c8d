/* What the lines of a tenant's stream say: JSON, an event each. All that add give 0 or -errno. */
#ifndef DAEMON_WATCH_TENANT_LINES_H
#define DAEMON_WATCH_TENANT_LINES_H

#include <jansson.h>

#include "common/buf.h"
#include "daemon/records/record_key.h"
#include "daemon/run/runs.h"

struct records;

int tenant_line_started(struct buf *to, const struct run *run, int64_t now_us);
int tenant_line_progress(struct buf *to, const struct run *run);
/* row: as run.list shows it. */
int tenant_line_ended(struct buf *to, const json_t *row);
int tenant_line_stopping(struct buf *to, const char *state);
#define TENANT_LINE_RELOADED "{\"type\":\"reloaded\"}"

/* A page: opened, filled with rows of runs, closed. What it has beside them is below
 * TENANT_PAGE_EXTRA bytes. */
enum { TENANT_PAGE_EXTRA = 64 };
int tenant_page_open(struct buf *to);
int tenant_page_close(struct buf *to, bool more);

/* The row of an ended run. Of one whose record cannot be read it has what the key says, and no
 * registry. NULL: no memory. */
json_t *tenant_row_recorded(const struct records *records, const struct record_key *key);
/* The same of one that is ending and has no record. NULL: no memory. */
json_t *tenant_row_unkept(const struct run *run);

#endif
