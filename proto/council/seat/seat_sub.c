#include "seat_sub.h"

#include <string.h>

#include "common/cleanup.h"
#include "seat_parts.h"

static bool says_something(const json_t *value)
{
    if (json_is_array(value) || json_is_object(value))
        return json_array_size(value) + json_object_size(value) > 0;
    return value && !json_is_null(value);
}

static void sub_conflicts(struct work *w, const json_t *seat, const struct place *at)
{
    static const char *const REFUSED[] = {
        "provider",      "model",    "profile",    "profile_overrides",   "tools",
        "output_schema", "fallback", "confidence", "output_schema_inline"};
    for (size_t i = 0; i < ARRAY_LEN(REFUSED); i++) {
        struct place p = PLACE_AT_KEY(at, REFUSED[i]);
        if (says_something(r_get(w->r, seat, REFUSED[i])))
            r_fault(w->r, &p, "sub_council_conflict",
                    "A seat with a sub_council cannot have %s: the inner council has its own.",
                    REFUSED[i]);
    }
}

static json_t *sub_council(struct work *w, json_t *value, const struct place *at)
{
    if (json_is_object(value))
        return w->r->inner_council(w->r, value, NULL, at, w);
    const char *name = json_string_value(value);
    for (const struct work *up = w; up; up = up->outer) {
        if (up->name && strcmp(up->name, name) == 0) {
            r_fault(w->r, at, "sub_council_cycle",
                    "The council \"%.80s\" contains itself: name another one.", name);
            return NULL;
        }
    }
    bool told;
    json_t *document = r_look_up(w->r, CATALOGUE_COUNCILS, name, at, &told);
    if (!document) {
        if (!told)
            r_fault(w->r, at, "unknown_council", "No council \"%.80s\" is in the catalogue.", name);
        return NULL;
    }
    struct place p = PLACE_AT_DOCUMENT(at, "councils", name);
    return w->r->inner_council(w->r, document, name, &p, w);
}

/* Of a seat's bundle only the time-outs hold for a sub-council. */
void seat_sub_council(struct work *w, const json_t *seat, json_t *out, const struct merge *m,
                      const struct place *at)
{
    struct place p = PLACE_AT_KEY(at, "sub_council");
    const struct doc_field *f;
    sub_conflicts(w, seat, at);
    for (size_t i = 0; (f = doc_field_at(&BUNDLE, i)); i++)
        json_object_del(out, f->name);
    r_put(w->r, out, "provider", json_null());
    r_put(w->r, out, "model", json_null());
    r_put(w->r, out, "price", json_null());
    r_put(w->r, out, "timeouts", timeouts_filled(w, r_get(w->r, m->fields, "timeouts")));
    json_t *inner = sub_council(w, json_object_get(out, "sub_council"), &p);
    reliability_key(w, out, "council", r_word(w->r, inner, "id"));
    r_put(w->r, out, "sub_council", inner ? inner : json_incref(w->r->bad));
}
