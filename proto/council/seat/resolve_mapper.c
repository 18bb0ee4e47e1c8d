#include "resolve_mapper.h"

#include "common/utf8.h"
#include "proto/council/check/placeholder.h"
#include "proto/council/check/shape.h"

bool placeholders_check(struct resolver *r, const json_t *text, const struct place *at)
{
    const char *rest = json_string_value(text), *piece;
    size_t len = json_string_length(text), n;
    enum placeholder what;
    if (!rest)
        return true;
    while ((what = placeholder_next(&rest, &len, &piece, &n)) != PLACEHOLDER_END) {
        if (what != PLACEHOLDER_UNKNOWN)
            continue;
        r_fault(r, at, "bad_placeholder",
                "\"%.*s\" is no placeholder. Known are {{role}}, {{member_id}}, {{council}}, "
                "{{input}} and {{input:/json/pointer}}; for \"{{\" itself write \"{{{{\".",
                (int)utf8_cut(piece, n < 60 ? n : 60), piece);
        return false;
    }
    return true;
}

static bool pointer_check(struct work *w, const json_t *pointer, const struct place *at)
{
    if (r_is_bad(w->r, pointer))
        return false;
    if (json_is_string(pointer) &&
        pointer_valid(json_string_value(pointer), json_string_length(pointer)))
        return true;
    r_fault(w->r, at, "bad_input_mapper",
            "This must be a JSON Pointer: \"\" for the whole input, or \"/name/0/name\".");
    return false;
}

static bool object_check(struct work *w, json_t *object, const struct place *at)
{
    bool good = true;
    const char *key;
    json_t *pointer;
    json_object_foreach (object, key, pointer) {
        struct place p = PLACE_AT_KEY(at, key);
        good &= pointer_check(w, pointer, &p);
    }
    return good;
}

static bool form_check(struct work *w, const json_t *mapper, const struct place *at)
{
    struct place pointer = PLACE_AT_KEY(at, "pointer"), object = PLACE_AT_KEY(at, "object"),
                 template = PLACE_AT_KEY(at, "template");
    if (json_object_size(mapper) != 1) {
        r_fault(w->r, at, "bad_input_mapper",
                "A mapper has exactly one of the fields pointer, object and template.");
        return false;
    }
    json_t *value = json_object_get(mapper, "pointer");
    if (value)
        return pointer_check(w, value, &pointer);
    value = json_object_get(mapper, "object");
    if (value)
        return object_check(w, value, &object);
    value = json_object_get(mapper, "template");
    return r_is_bad(w->r, value) ? false : placeholders_check(w->r, value, &template);
}

static json_t *checked(struct work *w, json_t *mapper, const struct place *at)
{
    size_t before = w->r->faults->found;
    json_t *copy = doc_check(w->r, &MAPPER, mapper, at);
    if (w->r->faults->found == before && free_check(w->r, copy, at) && form_check(w, copy, at))
        return copy;
    json_decref(copy);
    return json_incref(w->r->bad);
}

json_t *mapper_resolve(struct work *w, json_t *mapper, const struct place *at)
{
    if (!json_is_string(mapper))
        return checked(w, mapper, at);
    const char *name = json_string_value(mapper);
    bool told;
    json_t *document = r_look_up(w->r, CATALOGUE_MAPPERS, name, at, &told);
    if (!document) {
        if (!told)
            r_fault(w->r, at, "unknown_mapper", "No mapper \"%.80s\" is in the catalogue.", name);
        return json_incref(w->r->bad);
    }
    struct place p = PLACE_AT_DOCUMENT(at, "mappers", name);
    json_t *plain = r_plain(w->r, document);
    json_t *mapper_object = checked(w, plain, &p);
    json_decref(plain);
    return mapper_object;
}
