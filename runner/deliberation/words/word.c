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
