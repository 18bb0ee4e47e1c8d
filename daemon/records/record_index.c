#include "record_index.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 64 };

/* FNV-1a */
uint32_t record_index_hash(const char *run_id)
{
    uint32_t hash = 2166136261U;
    for (; *run_id; run_id++)
        hash = (hash ^ (unsigned char)*run_id) * 16777619U;
    return hash ? hash : 1;
}

void record_entry_key(const struct record_entry *entry, struct record_key *ret)
{
    ret->incarnation = entry->incarnation;
    snprintf(ret->run_id, sizeof ret->run_id, "%s", entry->run_id);
}

void record_index_release(struct record_index *ix)
{
    for (size_t i = 0; i < ix->count; i++)
        free(ix->entries[i].run_id);
    free(ix->entries);
    free(ix->hashes);
    *ix = (struct record_index){0};
}

int record_index_reserve(struct record_index *ix, size_t total)
{
    if (total <= ix->size)
        return 0;
    size_t size = ix->size ? ix->size : FIRST_SIZE;
    while (size < total)
        size += size / 2;
    struct record_entry *entries = realloc(ix->entries, size * sizeof *entries);
    if (!entries)
        return -ENOMEM;
    ix->entries = entries;
    uint32_t *hashes = realloc(ix->hashes, size * sizeof *hashes);
    if (!hashes)
        return -ENOMEM;
    ix->hashes = hashes;
    ix->size = size;
    return 0;
}

static int compare(int64_t a_incarnation, const char *a_id, int64_t b_incarnation, const char *b_id)
{
    if (a_incarnation != b_incarnation)
        return a_incarnation < b_incarnation ? -1 : 1;
    return strcmp(a_id, b_id);
}

static int compare_entries(const void *a, const void *b)
{
    const struct record_entry *x = a;
    const struct record_entry *y = b;
    return compare(x->incarnation, x->run_id, y->incarnation, y->run_id);
}

static void put(struct record_index *ix, size_t at, int64_t incarnation, char *run_id)
{
    ix->entries[at] =
        (struct record_entry){.incarnation = incarnation, .run_id = run_id, .bytes = -1};
    ix->hashes[at] = record_index_hash(run_id);
}

static size_t rank(const struct record_index *ix, int64_t incarnation, const char *run_id)
{
    size_t low = 0;
    size_t high = ix->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct record_entry *e = &ix->entries[middle];
        if (compare(e->incarnation, e->run_id, incarnation, run_id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct record_entry *record_index_add(struct record_index *ix, int64_t incarnation, char *run_id)
{
    const size_t at = rank(ix, incarnation, run_id);
    const size_t behind = ix->count - at;
    memmove(ix->entries + at + 1, ix->entries + at, behind * sizeof *ix->entries);
    memmove(ix->hashes + at + 1, ix->hashes + at, behind * sizeof *ix->hashes);
    ix->count++;
    put(ix, at, incarnation, run_id);
    return &ix->entries[at];
}

void record_index_append(struct record_index *ix, int64_t incarnation, char *run_id, bool folder)
{
    put(ix, ix->count, incarnation, run_id);
    ix->entries[ix->count++].folder = folder;
}

void record_index_sort(struct record_index *ix)
{
    if (ix->count > 0)
        qsort(ix->entries, ix->count, sizeof *ix->entries, compare_entries);
    for (size_t i = 0; i < ix->count; i++)
        ix->hashes[i] = record_index_hash(ix->entries[i].run_id);
}

void record_index_take(struct record_index *ix, size_t at, struct record_entry *ret)
{
    *ret = ix->entries[at];
    ix->count--;
    const size_t behind = ix->count - at;
    memmove(ix->entries + at, ix->entries + at + 1, behind * sizeof *ix->entries);
    memmove(ix->hashes + at, ix->hashes + at + 1, behind * sizeof *ix->hashes);
}

void record_index_remove(struct record_index *ix, size_t at)
{
    struct record_entry entry;
    record_index_take(ix, at, &entry);
    free(entry.run_id);
}

size_t record_index_rank(const struct record_index *ix, const struct record_key *key)
{
    return rank(ix, key->incarnation, key->run_id);
}

ssize_t record_index_find(const struct record_index *ix, const struct record_key *key)
{
    const size_t at = record_index_rank(ix, key);
    if (at == ix->count || ix->entries[at].incarnation != key->incarnation ||
        strcmp(ix->entries[at].run_id, key->run_id) != 0)
        return -1;
    return (ssize_t)at;
}

struct record_entry *record_index_entry(const struct record_index *ix, const struct record_key *key)
{
    const ssize_t at = record_index_find(ix, key);
    return at < 0 ? NULL : &ix->entries[at];
}

struct record_entry *record_index_by_hash(const struct record_index *ix, int64_t incarnation,
                                          uint32_t hash)
{
    for (size_t at = rank(ix, incarnation, ""); at < ix->count; at++) {
        if (ix->entries[at].incarnation != incarnation)
            break;
        if (ix->hashes[at] == hash)
            return &ix->entries[at];
    }
    return NULL;
}

ssize_t record_index_newest_of(const struct record_index *ix, size_t count, const char *run_id)
{
    const uint32_t hash = record_index_hash(run_id);
    for (size_t at = count; at > 0; at--)
        if (ix->hashes[at - 1] == hash && strcmp(ix->entries[at - 1].run_id, run_id) == 0)
            return (ssize_t)at - 1;
    return -1;
}

ssize_t record_index_newest(const struct record_index *ix, const char *run_id)
{
    return record_index_newest_of(ix, ix->count, run_id);
}
