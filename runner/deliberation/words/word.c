#include "word.h"

#include "common/jx.h"
#include "proto/council/tables/words.h"

#include "unknown.h"

int j_word(const json_t *o, const char *key, const char *const *set, int absent)
{
    const char *word = j_str(o, key, NULL);
    int i = word ? word_index(set, word) : absent;
    if (word && i < 0)
        kind_unknown(key, word);
    return i;
}

int j_word_at(const json_t *list, size_t at, const char *const *set)
{
    const char *word = json_string_value(json_array_get(list, at));
    int i = word_index(set, word);
    if (i < 0)
        kind_unknown("word", word);
    return i;
}
