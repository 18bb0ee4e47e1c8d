/* The names of the ended records in memory, oldest first: what is known without reading any file.
 * Used by the record modules alone.
 *
 * About 60 bytes for each record with a generated id. Positions are valid until the next change. */
#ifndef DAEMON_RECORDS_RECORD_INDEX_H
#define DAEMON_RECORDS_RECORD_INDEX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "record_key.h"

struct record_entry {
    int64_t incarnation;
    char *run_id;
    int64_t bytes; /* on disk; -1: not counted yet */
};

struct record_index {
    struct record_entry *entries;
    uint32_t *hashes; /* of the run_ids, apart: looking an id up reads only these */
    size_t count;
    size_t size;
};

void record_index_release(struct record_index *ix);
/* Makes sure that `total` entries fit: 0 or -ENOMEM. */
int record_index_reserve(struct record_index *ix, size_t total);
/* Adds one; there must be room. Takes run_id over. */
void record_index_add(struct record_index *ix, int64_t incarnation, char *run_id);
/* The same at the end, unsorted, for loading; then record_index_sort once. */
void record_index_append(struct record_index *ix, int64_t incarnation, char *run_id);
void record_index_sort(struct record_index *ix);
void record_index_remove(struct record_index *ix, size_t at);

/* How many entries are older than the key; that is also where the key stands, or would stand. */
size_t record_index_rank(const struct record_index *ix, const struct record_key *key);
/* The position of the key, or -1. */
ssize_t record_index_find(const struct record_index *ix, const struct record_key *key);
/* The position of the newest record of an id, or -1. */
ssize_t record_index_newest(const struct record_index *ix, const char *run_id);

#endif
