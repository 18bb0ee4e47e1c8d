#include "need.h"

#include "common/jx.h"
#include "proto/council/tables/words.h"

#include "unknown.h"

static json_t *needed(const json_t *o, const char *key, bool fits)
{
    if (!fits)
        member_missing(key);
    return json_object_get(o, key);
}

int64_t need_int(const json_t *o, const char *key)
{
    return json_integer_value(needed(o, key, json_is_integer(json_object_get(o, key))));
}

double need_num(const json_t *o, const char *key)
{
    return json_number_value(needed(o, key, j_is_number(o, key)));
}

bool need_bool(const json_t *o, const char *key)
{
    return json_is_true(needed(o, key, json_is_boolean(json_object_get(o, key))));
}

const char *need_str(const json_t *o, const char *key)
{
    return json_string_value(needed(o, key, json_is_string(json_object_get(o, key))));
}

json_t *need_list(const json_t *o, const char *key)
{
    return needed(o, key, json_is_array(json_object_get(o, key)));
}

int need_word(const json_t *o, const char *key, const char *const *set)
{
    const char *word = need_str(o, key);
    int i = word_index(set, word);
    if (i < 0)
        kind_unknown(key, word);
    return i;
}
