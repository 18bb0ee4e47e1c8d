/* The record of a run that is not ended: it stands in open/ and holds no descriptor.
 *
 *     record_open(records, id, now, spec, len, &record);   before the fork
 *     fd = record_journal(record);                    goes down the link with the spec
 *     record_write_result(record, bytes, len);
 *     record_end(record, down, len);                  before the DOWN is sent
 *     record_free(record);
 *
 * Failures are -errno as the file system gives them; see record_archive.h. */
#ifndef DAEMON_RECORDS_RECORD_H
#define DAEMON_RECORDS_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "record_key.h"

struct record;
struct records;

/* Makes the directory and spec.json. 0, or -errno with nothing left behind. */
int record_open(struct records *records, const char *run_id, int64_t start_ms, const void *spec,
                size_t len, struct record **ret);
const struct record_key *record_key(const struct record *record);
/* Makes journal.jsonl and opens it for appending (close-on-exec; the caller closes it), or -errno.
 */
int record_journal(struct record *record);
int record_write_result(struct record *record, const void *bytes, size_t len);
/* Writes down.json and renames. When only the writing fails the record is moved all the same,
 * without down.json (it is then listed with reason unknown, instead of being taken for a lost run
 * by the next daemon). 0 or the first -errno; the record is closed either way. */
int record_end(struct record *record, const void *bytes, size_t len);
/* Removes it from disk: failed starts, recorder none. 0 or -errno. */
int record_discard(struct record *record);
void record_free(struct record *record); /* memory only; NULL is fine */

#endif
