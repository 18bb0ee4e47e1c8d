/* What is read back from the files of records: the rows of run.list, and records that a daemon
 * which died has left open. */
#ifndef DAEMON_RECORDS_RECORD_LOST_H
#define DAEMON_RECORDS_RECORD_LOST_H

#include <jansson.h>

#include "common/error.h"
#include "record_key.h"

struct records;

/* Closes what a predecessor left in open/ with reason noconnection, outcome that of a result.json
 * that is whole, else null. A record whose end was written but not renamed keeps its own reason.
 * One with recorder none, or without a readable spec (nothing was ever forked for it), is removed.
 * The count of closed ones, or -errno. */
int records_close_predecessor(struct records *records, struct error *err);

/* One row of run.list: run_id, incarnation, council_id, started_at, ended_at, outcome, reason, and
 * registry for filtering. The caller owns *ret. 0 or -errno. Reads one small file. */
int records_summary(const struct records *records, const struct record_key *key, json_t **ret);

#endif
