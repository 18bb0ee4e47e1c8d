/* The records of runs on disk (protocol.md, Records).
 *
 *     STATE_DIR/open/<start, unix ms, 13 digits>-<run_id>/   spec.json journal.jsonl
 *     STATE_DIR/runs/<the same name>/                        result.json down.json
 *
 * The directory is renamed from open/ to runs/ when the end is written: that rename is the end.
 * The start stamp is the incarnation: of two runs with one id the younger has the greater, even
 * if the wall clock was set back. Nothing is synced to disk by the daemon.
 *
 *     records_open(state_fd, &records, &err);         lists runs/ by name only
 *     records_close_predecessor(records, ...);        open/ is empty afterwards
 *     record_open(records, id, now, spec, len, &record);   before the fork
 *     fd = record_journal(record);                    goes down the link with the spec
 *     record_write_result(record, bytes, len);
 *     record_end(record, down, len);                  before the DOWN is sent
 *     record_free(record);
 *
 * Failures are -errno as the file system gives them: ENOSPC, EROFS, EFBIG, EACCES ... The bytes are
 * the caller's JSON. So that a lost run can be closed and listed without the caller, spec.json is
 * an object with at least `run_id`, `council_id`, `registry`, `started_at` and `recorder`, and
 * down.json one with `run_id`, `incarnation`, `council_id`, `registry`, `started_at`, `ended_at`,
 * `outcome` and `reason`; result.json is {"outcome", "result"}. */
#ifndef DAEMON_RECORDS_RECORD_H
#define DAEMON_RECORDS_RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

enum {
    RECORD_ID_MAX = 128,   /* bytes of a run_id */
    RECORD_NAME_SIZE = 144 /* 13 digits, '-', a run_id, NUL; rounded up */
};

/* Names one record, live or ended. */
struct record_key {
    int64_t incarnation;
    char run_id[RECORD_ID_MAX + 1];
};

struct records; /* the two directories and an index of runs/ */
struct record;  /* a record in open/; holds no descriptor */

/* Makes open/ and runs/ (0700) where missing. state_fd stays the caller's and must outlive it. */
int records_open(int state_fd, struct records **ret, struct error *err);
void records_free(struct records *records);

/* Closes what a predecessor left in open/ with reason noconnection, outcome that of a result.json
 * that is whole, else null. A record whose end was written but not renamed keeps its own reason.
 * One with recorder none, or without a readable spec (nothing was ever forked for it), is removed.
 * The count of closed ones, or -errno. */
int records_close_predecessor(struct records *records, struct error *err);

/* ---- a live run ---- */

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

/* ---- ended runs ---- */

/* The newest incarnation of an id: 0 or -ENOENT. */
int records_find(const struct records *records, const char *run_id, struct record_key *ret);
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

/* One row of run.list: run_id, incarnation, council_id, started_at, ended_at, outcome, reason, and
 * registry for filtering. The caller owns *ret. 0 or -errno. Reads one small file. */
int records_summary(const struct records *records, const struct record_key *key, json_t **ret);

/* Records that are being replayed are pinned: neither retention nor run.prune touches them. Pins
 * are counted. 0, -ENOENT or -ENOMEM. */
int records_pin(struct records *records, const struct record_key *key);
void records_unpin(struct records *records, const struct record_key *key);
bool records_pinned(const struct records *records, const struct record_key *key);

/* The bytes of one ended record on disk; counted once, then remembered. */
int64_t records_bytes(struct records *records, const struct record_key *key);
/* Removes an ended record: 0, -EBUSY when pinned, or -errno. */
int records_remove(struct records *records, const struct record_key *key);

/* The key as text ("1763833320123-run_x"), for cursors: `to` has RECORD_NAME_SIZE bytes. */
void record_key_format(const struct record_key *key, char *to);
int record_key_parse(const char *text, struct record_key *ret); /* 0 or -EINVAL */

#endif
