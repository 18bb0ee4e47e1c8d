#include "record_store.h"

struct record_where record_where(const struct records *records, const struct record_key *key)
{
    const struct record_entry *e = record_index_entry(&records->index, key);
    struct record_where where = {.parent = e && !e->unclosed ? records->runs_fd : records->open_fd};
    if (e && e->folder)
        record_key_format(key, where.name);
    else
        record_key_file(key, where.name);
    return where;
}

int64_t record_size(const struct records *records, const struct record_key *key)
{
    const struct record_entry *e = record_index_entry(&records->index, key);
    return e ? e->bytes : -1;
}

int64_t record_measure(const struct records *records, struct record_entry *entry)
{
    struct record_key key;
    if (entry->bytes >= 0)
        return entry->bytes;
    record_entry_key(entry, &key);
    const struct record_where where = record_where(records, &key);
    const int64_t bytes = record_bytes(&where);
    if (bytes >= 0)
        entry->bytes = bytes;
    return bytes;
}
