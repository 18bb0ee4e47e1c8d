/* The DOWN of a run as JSON: what monitors are sent and what stands in the record. */
#ifndef DAEMON_RUN_DOWN_H
#define DAEMON_RUN_DOWN_H

#include <jansson.h>

#include "common/buf.h"
#include "run_view.h"

/* Adds it without the ref: 0 or -errno. */
int down_text(struct buf *to, const struct run *run);
/* For a monitor that found no run. */
json_t *down_noproc_json(const char *ref, const char *run_id, size_t len);
/* What stands in the record as its end: malloc'ed, NULL: no memory. */
char *down_record_text(const struct run *run);
/* The line of a DOWN from behind its ref to its end; NULL: no memory. */
struct blob *down_tail(const struct run *run);
/* Writes the end into the record and closes it; a failure is added to run->down. 0 or -errno. */
int down_write(struct run *run);

const char *stopped_by_name(enum stopped_by by); /* NULL for none */
/* "cgroup" or "group". */
const char *containment_name(bool cgroup);

#endif
