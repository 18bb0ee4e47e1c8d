/* The records in memory, oldest first: what is known without reading any file. Used by the record
 * modules alone.
 *
 * About 130 bytes for each record with a generated id. Positions are valid until the next change.
 */
#ifndef DAEMON_RECORDS_RECORD_INDEX_H
#define DAEMON_RECORDS_RECORD_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "record_file.h"
#include "record_key.h"

struct record_entry {
    int64_t incarnation;
    char *run_id;
    int64_t bytes;             /* the record's size; -1: not known yet */
    struct record_range row;   /* in index.jsonl */
    struct record_range moved; /* in the file that is to take the place of index.jsonl */
    int64_t elder;             /* incarnation of the record that this one goes on from, */
    uint32_t elder_hash;       /* and the hash of its run_id; 0: none */
    uint32_t heirs;            /* records that go on from this one */
    uint64_t end;              /* number of its end; 0: it ended before councild began */
    bool unclosed;             /* its end could not be written: it still stands in open/ */
    bool folder;               /* of version 0.1 */
    bool unread;               /* what it goes on from could not be read yet */
    bool long_row;             /* longer than a row may be: made anew where it is shown */
};

struct record_index {
    struct record_entry *entries;
    uint32_t *hashes; /* of the run_ids, apart: looking an id up reads only these */
    size_t count;
    size_t size;
};

void record_entry_key(const struct record_entry *entry, struct record_key *ret);

void record_index_release(struct record_index *ix);
/* Makes sure that `total` entries fit: 0 or -ENOMEM. */
int record_index_reserve(struct record_index *ix, size_t total);
/* Adds one; there must be room. Takes run_id over. The entry is valid until the next change. */
struct record_entry *record_index_add(struct record_index *ix, int64_t incarnation, char *run_id);
/* The same at the end, unsorted, for loading; then record_index_sort once. */
void record_index_append(struct record_index *ix, int64_t incarnation, char *run_id, bool folder);
void record_index_sort(struct record_index *ix);
void record_index_remove(struct record_index *ix, size_t at);
/* The same, but the entry, and its run_id, go to the caller. */
void record_index_take(struct record_index *ix, size_t at, struct record_entry *ret);

/* How many entries are older than the key; that is also where the key stands, or would stand. */
size_t record_index_rank(const struct record_index *ix, const struct record_key *key);
/* The position of the key, or -1. */
ssize_t record_index_find(const struct record_index *ix, const struct record_key *key);
/* The entry of the key, or NULL. */
struct record_entry *record_index_entry(const struct record_index *ix,
                                        const struct record_key *key);
/* The entry of that incarnation whose run_id has the hash, or NULL. */
struct record_entry *record_index_by_hash(const struct record_index *ix, int64_t incarnation,
                                          uint32_t hash);
uint32_t record_index_hash(const char *run_id); /* never 0 */
/* The position of the newest record of an id, or -1; the same among the first `count` alone. */
ssize_t record_index_newest(const struct record_index *ix, const char *run_id);
ssize_t record_index_newest_of(const struct record_index *ix, size_t count, const char *run_id);

#endif
