#include "round_info.h"

const struct round_kind *kind_of(const json_t *round)
{
    return round_kind_find(json_string_value(json_object_get(round, "type")));
}

bool sets_answers(const struct round_kind *kind, const json_t *opts)
{
    const json_t *wrap = json_object_get(opts, "wrap");
    switch (kind->answers) {
    case ANSWERS_NEVER:
        return false;
    case ANSWERS_ALWAYS:
        return true;
    case ANSWERS_REVISED:
        return json_is_true(json_object_get(opts, "revise"));
    case ANSWERS_WRAPPED:
        kind = kind_of(wrap);
        return kind && sets_answers(kind, json_object_get(wrap, "opts"));
    }
    return false;
}

size_t pool_size(const struct work *w, const struct round_info *info)
{
    return json_array_size(info->pool ? info->pool : json_object_get(w->raw, "members"));
}
