#include "record_forget.h"

#include "record_heirs.h"
#include "record_store.h"
#include "record_unclosed.h"

void record_forget(struct records *records, const struct record_key *key)
{
    const ssize_t at = record_index_find(&records->index, key);
    if (at < 0)
        return;
    record_log_forget(&records->log, &records->index.entries[at].row);
    record_heirs_unlink(records, &records->index.entries[at]);
    record_unclosed_drop(records, key);
    record_index_remove(&records->index, (size_t)at);
}
