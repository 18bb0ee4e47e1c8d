#include "record_heirs.h"

#include "record_store.h"

void record_heirs_set(struct record_entry *entry, const char *elder)
{
    struct record_key key;
    const bool known = record_key_parse(elder, &key) == 0;
    entry->elder = known ? key.incarnation : 0;
    entry->elder_hash = known ? record_index_hash(key.run_id) : 0;
}

static struct record_entry *elder_of(const struct records *records,
                                     const struct record_entry *entry)
{
    return entry->elder_hash
               ? record_index_by_hash(&records->index, entry->elder, entry->elder_hash)
               : NULL;
}

void record_heirs_link(struct records *records, const struct record_entry *entry)
{
    struct record_entry *elder = elder_of(records, entry);
    if (elder)
        elder->heirs++;
}

void record_heirs_unlink(struct records *records, const struct record_entry *entry)
{
    struct record_entry *elder = elder_of(records, entry);
    if (elder && elder->heirs > 0)
        elder->heirs--;
}

void record_heirs_count(struct records *records)
{
    struct record_index *both[] = {&records->index, &records->live};
    for (size_t i = 0; i < records->index.count; i++)
        records->index.entries[i].heirs = 0;
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < both[k]->count; i++)
            record_heirs_link(records, &both[k]->entries[i]);
}

bool record_heirs_any(const struct records *records, const struct record_key *elder)
{
    const struct record_entry *e = record_index_entry(&records->index, elder);
    return e && (e->heirs > 0 || records->unread > 0);
}
