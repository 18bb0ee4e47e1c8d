/* The record of a run that is not ended: one file in open/, for which no descriptor is held.
 *
 *     record_open(records, id, now, spec, len, &record);   before the fork
 *     record_started_under(record, start_key);        a start with a key
 *     record_go_on_from(record, elder);               a resumption
 *     fd = record_descriptor(record);                 goes down the link with the spec
 *     record_add_result(record, line), or record_take_result(record, at, bytes, max)
 *     record_read_result(record, &text, &len);
 *     record_end(record, down, len);                  before the DOWN is sent
 *     record_free(record);
 *
 * Failures are -errno as the file system gives them; see record_archive.h. */
#ifndef DAEMON_RECORDS_RECORD_H
#define DAEMON_RECORDS_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "record_key.h"

struct record;
struct records;

/* Makes the file with its first line, and reserves room behind it for the last one. spec: a JSON
 * object. 0, or -errno with nothing left behind. */
int record_open(struct records *records, const char *run_id, int64_t start_ms, const void *spec,
                size_t len, struct record **ret);
const struct record_key *record_key(const struct record *record);
/* It is the run of that key (start_keys.h), until it is discarded. 0 or -ENOMEM. */
int record_started_under(struct record *record, const char *start_key);
/* The elder is kept as long as this one is. */
void record_go_on_from(struct record *record, const struct record_key *elder);
/* Another open file description of it, for appending (close-on-exec; the caller closes it), so that
 * what its holder sets does not reach councild's; or -errno. */
int record_descriptor(struct record *record);

/* The result of the run: only the first one counts, -EALREADY for another. */
/* Appends it, a JSON object with a member `result`, unless that left no room for the last line. */
int record_add_result(struct record *record, const struct buf *line);
/* It stands in the record already, as a line of `bytes` bytes at `at`: -EBADMSG if that is not so.
 * max: the longest that is taken. */
int record_take_result(struct record *record, int64_t at, int64_t bytes, size_t max);
/* That line: malloc'ed and NUL-terminated; -ENOENT: there is none. */
int record_read_result(const struct record *record, char **ret, size_t *ret_len);

/* Writes the last line and renames. down: a JSON object, with a NUL behind it. On failure the
 * record stays in open/, is found and listed all the same, and records_close_again of
 * record_close.h tries again. 0 or the first -errno; the record is closed either way. */
int record_end(struct record *record, const void *down, size_t len);
/* Removes it from disk: failed starts, recorder none. 0 or -errno. */
int record_discard(struct record *record);
void record_free(struct record *record); /* memory only; NULL is fine */

#endif
