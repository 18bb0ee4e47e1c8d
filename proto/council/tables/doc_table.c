#include "doc_table.h"

#include <string.h>

#include "common/cleanup.h"

const struct doc_field *doc_field_at(const struct doc_record *record, size_t i)
{
    for (size_t b = 0; b < ARRAY_LEN(record->base) && record->base[b]; b++) {
        if (i < record->base[b]->count)
            return &record->base[b]->fields[i];
        i -= record->base[b]->count;
    }
    return i < record->count ? &record->fields[i] : NULL;
}

const struct doc_field *doc_field_find(const struct doc_record *record, const char *name)
{
    const struct doc_field *f;
    const struct doc_field *found = NULL;
    for (size_t i = 0; (f = doc_field_at(record, i)); i++)
        if (strcmp(f->name, name) == 0)
            found = f;
    return found;
}

const char *doc_raw_words(enum doc_raw raw)
{
#define RAW_WORDS(ID, words) [RAW_##ID] = words,
    static const char *const WORDS[] = {[RAW_NOTHING] = "", RAW_ROWS(RAW_WORDS)};
#undef RAW_WORDS
    return WORDS[raw];
}
