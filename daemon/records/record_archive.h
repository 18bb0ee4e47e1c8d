/* The records of runs on disk (docs/protocol.md): one file for each.
 *
 *     STATE_DIR/open/<start, unix ms, 13 digits>-<run_id>.jsonl
 *     STATE_DIR/runs/<the same name>
 *     STATE_DIR/index.jsonl         a row for each (record_rows.h)
 *     STATE_DIR/odd/                what stood in the way and is no record
 *
 * The first line is what was asked, then come the events that the runner writes, then perhaps the
 * result, and at last how the run ended. The file is renamed from open/ to runs/ when that is
 * written: that rename is the end. The start stamp is the incarnation: of two runs with one id the
 * younger has the greater, even if the wall clock was set back. Nothing is synced to disk by the
 * loop: the end of a record is handed to a syncer. Records of four files in a folder, as version
 * 0.1 wrote them, are read as well.
 *
 *     records_open(state_fd, &records, &err);         lists the names, reads the rows
 *     records_close_predecessor(records, ...) of record_lost.h    open/ is empty afterwards
 *     record_open(records, ...) and so on of record.h      for each run
 *     record_read.h, record_rows.h                         for those that have ended
 *
 * Failures are -errno as the file system gives them: ENOSPC, EROFS, EFBIG, EACCES ... The bytes are
 * the caller's JSON. So that a lost run can be closed and listed without the caller, a spec is an
 * object with at least `run_id`, `council_id`, `registry`, `started_at` and `recorder`, and an end
 * one with `run_id`, `incarnation`, `council_id`, `registry`, `started_at`, `ended_at`, `outcome`
 * and `reason`. */
#ifndef DAEMON_RECORDS_RECORD_ARCHIVE_H
#define DAEMON_RECORDS_RECORD_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "record_key.h"

struct records; /* the two directories and an index of runs/ */
struct syncer;

/* Makes open/ and runs/ (0700) where missing. state_fd stays the caller's and must outlive it. An
 * index.jsonl that cannot be had is no failure: it only makes lists slow. */
int records_open(int state_fd, struct records **ret, struct error *err);
void records_free(struct records *records);

/* Ends that are written from now on are handed to it; it must outlive the records, or NULL. */
void records_sync_by(struct records *records, struct syncer *syncer);

/* The folder of the records that live, for syncing it: a descriptor (the caller closes it) or
 * -errno. */
int records_folder(const struct records *records);

/* The newest incarnation of an id that is older than `before`, which may be `ret` (NULL: the newest
 * of all): 0 or -ENOENT. For a client see record_owner.h: it may see an older one alone. */
int records_find(const struct records *records, const char *run_id, const struct record_key *before,
                 struct record_key *ret);
/* The run that was started under a key (start_keys.h), as long as there is a record of it: 0;
 * -EEXIST: it was asked for with other words; -ENOENT. */
int records_find_start(const struct records *records, const char *start_key,
                       struct record_key *ret);
bool records_has(const struct records *records, const struct record_key *key); /* ended */
size_t records_count(const struct records *records);
/* Walking from the newest to the oldest: the youngest record that is older than `before` (NULL: the
 * youngest of all). 0 or -ENOENT. `before` need not exist (any more). */
int records_before(const struct records *records, const struct record_key *before,
                   struct record_key *ret);
/* The same from the oldest to the youngest. */
int records_after(const struct records *records, const struct record_key *after,
                  struct record_key *ret);

/* Ends are numbered as they come, from 1: the number of the last. */
uint64_t records_ends(const struct records *records);
/* An end of which there is no record gets its number too. */
uint64_t records_count_end(struct records *records);
/* Walking from the oldest to the youngest record those whose end has a number above `after`, up to
 * `last`: at is where it has come to, all zero at first. 0 with the next one in *at, -ENOENT: there
 * is none (more), -EAGAIN: many were looked at, go on later. */
int records_ended(const struct records *records, uint64_t after, uint64_t last,
                  struct record_key *at);

/* Records that are being replayed are pinned: neither retention nor run.prune touches them. Pins
 * are counted. A live one may be pinned before it ends. 0, -ENOENT or -ENOMEM. */
int records_pin(struct records *records, const struct record_key *key);
void records_unpin(struct records *records, const struct record_key *key);
bool records_pinned(const struct records *records, const struct record_key *key);

/* The bytes of one ended record on disk; counted once, then remembered. 0 for one that is not
 * there, or cannot be looked at now. */
int64_t records_bytes(struct records *records, const struct record_key *key);
/* Removes an ended record: 0, -EBUSY when it is pinned or others go on from it, or may do so: there
 * is one that could not be read, or -errno. */
int records_remove(struct records *records, const struct record_key *key);

/* Work that can wait, a little of it: rows that are missing in index.jsonl are made, rows that no
 * longer count dropped. True: there is more to do. */
bool records_tidy(struct records *records);

#endif
