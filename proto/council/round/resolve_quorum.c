#include "resolve_quorum.h"

#include <string.h>

#include "proto/council/check/shape.h"

static json_t *member_named(const struct work *w, const json_t *id)
{
    json_t *index = json_object_get(w->member_ids, json_string_value(id));
    return index ? json_array_get(w->members, (size_t)json_integer_value(index)) : NULL;
}

/* How many different values the pool's members have; a sub-council counts as itself. */
static size_t distinct_count(struct work *w, const struct round_info *info, const char *key)
{
    json_t *seen = r_new(w->r, json_object());
    const json_t *pool = info->pool ? info->pool : w->members;
    size_t i, n;
    json_t *one;
    json_array_foreach (pool, i, one) {
        json_t *member = info->pool ? member_named(w, one) : one;
        const char *value = r_word(w->r, member, key);
        if (!value)
            value = r_word(w->r, member, "id");
        if (value)
            r_put(w->r, seen, value, json_true());
    }
    n = json_object_size(seen);
    json_decref(seen);
    return n;
}

static size_t able(struct work *w, const struct round_info *info, const json_t *quorum,
                   const json_t *router)
{
    int distinct = r_word_of(w->r, quorum, "distinct", DISTINCT_NAMES);
    size_t n = pool_size(w, info);
    json_t *k = r_get(w->r, router, "k");
    if (distinct > DISTINCT_MEMBER)
        n = distinct_count(w, info, DISTINCT_NAMES[distinct]);
    if (k && (size_t)json_integer_value(k) < n)
        n = (size_t)json_integer_value(k);
    return n;
}

static json_t *quorum_object(struct work *w, json_t *quorum)
{
    if (!quorum)
        return r_new(w->r, json_pack("{s:f}", "ratio", 0.5));
    if (json_is_integer(quorum))
        return r_new(w->r, json_pack("{s:O}", "min", quorum));
    return json_incref(quorum);
}

json_t *quorum_resolve(struct work *w, json_t *quorum, const struct round_info *info,
                       const json_t *router, const struct place *fields)
{
    struct place at = PLACE_AT_KEY(fields, "quorum"), p = PLACE_AT_KEY(&at, "min");
    if (r_is_bad(w->r, quorum))
        return json_incref(quorum);
    json_t *object = quorum_object(w, quorum);
    json_t *filled = doc_fill(w->r, &QUORUM, object);
    json_decref(object);
    bool counts = info->kind->asks == ASKS_MEMBERS || info->kind->asks == ASKS_WRAPPED;
    json_t *min = r_get(w->r, filled, "min");
    if (r_unset(w->r, filled, "min") && r_unset(w->r, filled, "ratio"))
        r_fault(w->r, &at, "bad_quorum", "Give min, ratio or both.");
    else if (counts && json_is_integer(min) &&
             (size_t)json_integer_value(min) > able(w, info, filled, router))
        r_fault(w->r, json_is_object(quorum) ? &p : &at, "bad_quorum",
                "Only %zu can take part in this round, so %" JSON_INTEGER_FORMAT
                " answers can never be reached.",
                able(w, info, filled, router), json_integer_value(min));
    return filled;
}
