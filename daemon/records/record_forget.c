#include "record_forget.h"

#include "record_heirs.h"
#include "record_store.h"
#include "record_unclosed.h"

static void forget(struct records *records, struct record_index *ix, size_t at)
{
    const struct record_entry *e = &ix->entries[at];
    record_log_forget(&records->log, &e->row);
    record_heirs_unlink(records, e);
    record_index_remove(ix, at);
}

void record_forget(struct records *records, const struct record_key *key)
{
    const ssize_t at = record_index_find(&records->index, key);
    if (at < 0)
        return;
    record_unclosed_drop(records, key);
    forget(records, &records->index, (size_t)at);
}

void record_forget_live(struct records *records, const struct record_key *key)
{
    const ssize_t at = record_index_find(&records->live, key);
    if (at >= 0)
        forget(records, &records->live, (size_t)at);
}
