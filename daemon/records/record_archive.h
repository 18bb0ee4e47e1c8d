/* The records of runs on disk (docs/protocol.md).
 *
 *     STATE_DIR/open/<start, unix ms, 13 digits>-<run_id>/   spec.json journal.jsonl
 *     STATE_DIR/runs/<the same name>/                        result.json down.json
 *
 * The directory is renamed from open/ to runs/ when the end is written: that rename is the end.
 * The start stamp is the incarnation: of two runs with one id the younger has the greater, even
 * if the wall clock was set back. Nothing is synced to disk by the daemon.
 *
 *     records_open(state_fd, &records, &err);         lists runs/ by name only
 *     records_close_predecessor(records, ...) of record_lost.h    open/ is empty afterwards
 *     record_open(records, ...) and so on of record.h      for each run
 *
 * Failures are -errno as the file system gives them: ENOSPC, EROFS, EFBIG, EACCES ... The bytes are
 * the caller's JSON. So that a lost run can be closed and listed without the caller, spec.json is
 * an object with at least `run_id`, `council_id`, `registry`, `started_at` and `recorder`, and
 * down.json one with `run_id`, `incarnation`, `council_id`, `registry`, `started_at`, `ended_at`,
 * `outcome` and `reason`; result.json is {"outcome", "result"}. */
#ifndef DAEMON_RECORDS_RECORD_ARCHIVE_H
#define DAEMON_RECORDS_RECORD_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "record_key.h"

struct records; /* the two directories and an index of runs/ */

/* Makes open/ and runs/ (0700) where missing. state_fd stays the caller's and must outlive it. */
int records_open(int state_fd, struct records **ret, struct error *err);
void records_free(struct records *records);

/* The newest incarnation of an id: 0 or -ENOENT. */
int records_find(const struct records *records, const char *run_id, struct record_key *ret);
bool records_has(const struct records *records, const struct record_key *key); /* ended */
size_t records_count(const struct records *records);
/* Walking from the newest to the oldest: the youngest record that is older than `before` (NULL: the
 * youngest of all). 0 or -ENOENT. `before` need not exist (any more). */
int records_before(const struct records *records, const struct record_key *before,
                   struct record_key *ret);
/* The same from the oldest to the youngest. */
int records_after(const struct records *records, const struct record_key *after,
                  struct record_key *ret);

/* A file of a record, live or ended: malloc'ed and NUL-terminated (the caller frees), at most max
 * bytes; -ENOENT, -EFBIG, -ENOMEM ... */
int records_read(const struct records *records, const struct record_key *key, const char *file,
                 size_t max, char **ret, size_t *ret_len);
/* journal.jsonl for reading, live or ended: a descriptor (the caller closes it) or -errno. */
int records_open_journal(const struct records *records, const struct record_key *key);

/* Records that are being replayed are pinned: neither retention nor run.prune touches them. Pins
 * are counted. 0, -ENOENT or -ENOMEM. */
int records_pin(struct records *records, const struct record_key *key);
void records_unpin(struct records *records, const struct record_key *key);
bool records_pinned(const struct records *records, const struct record_key *key);

/* The bytes of one ended record on disk; counted once, then remembered. */
int64_t records_bytes(struct records *records, const struct record_key *key);
/* Removes an ended record: 0, -EBUSY when it is pinned or has heirs (record_heirs.h), or -errno. */
int records_remove(struct records *records, const struct record_key *key);

#endif
