#include "seat_layers.h"

#include "proto/council/check/shape.h"

/* A profile by name; sets the layer's bundle and places. False when there is none to merge. */
static bool profile_layer(struct work *w, const json_t *holder, const char *field,
                          const struct place *at, struct layer *ret)
{
    struct resolver *r = w->r;
    const char *name = r_word(r, holder, field);
    if (!name)
        return false;
    json_t *local = json_object_get(w->profiles, name);
    if (local) {
        ret->outer = PLACE_AT_KEY(w->at, "profiles");
        ret->inner = PLACE_AT_KEY(&ret->outer, name);
        ret->bundle = local;
    } else {
        ret->outer = PLACE_AT_KEY(at, field);
        ret->inner = PLACE_AT_DOCUMENT(&ret->outer, "profiles", name);
        bool told = false;
        json_t *document = r_look_up(r, CATALOGUE_PROFILES, name, &ret->outer, &told);
        if (!document && !told)
            r_fault(r, &ret->outer, "unknown_profile",
                    "No profile \"%.80s\" is in this document or in the catalogue.", name);
        if (document && !json_object_get(r->profiles, name)) {
            json_t *plain = r_plain(r, document);
            json_t *checked = doc_check(r, &BUNDLE, plain, &ret->inner);
            json_decref(plain);
            bundle_check(w, checked, &ret->inner);
            r_put(r, r->profiles, name, checked);
        }
        ret->bundle = document ? json_object_get(r->profiles, name) : NULL;
    }
    ret->at = &ret->inner;
    return json_is_object(ret->bundle);
}

static bool plain_layer(const json_t *bundle, const struct place *outer, const char *key,
                        struct layer *ret)
{
    ret->bundle = bundle;
    ret->outer = PLACE_AT_KEY(outer, key);
    ret->at = &ret->outer;
    return json_is_object(bundle);
}

/* A bundle that does not come from the document. */
static bool outside_layer(const json_t *bundle, const struct place *outer, const char *folder,
                          const char *name, struct layer *ret)
{
    ret->bundle = bundle;
    ret->inner = PLACE_AT_DOCUMENT(outer, folder, name);
    ret->at = &ret->inner;
    return json_is_object(bundle);
}

static void merge_next(struct work *w, struct merge *m, struct layers *l, bool there)
{
    if (there)
        merge_layer(w->r, m, &l->at[l->count++]);
}

void seat_merge(struct work *w, const json_t *seat, const struct place *at, struct merge *m,
                struct layers *l)
{
    const json_t *options = w->r->options;
    json_t *overrides = w->outer ? NULL : json_object_get(options, "overrides");
    const char *id = r_word(w->r, seat, "id");
    json_t *for_seat = json_object_get(json_object_get(overrides, "seats"), id ? id : "chair");
#define NEXT (&l->at[l->count])
    merge_next(w, m, l,
               outside_layer(w->r->context->defaults, at, "configuration", "defaults", NEXT));
    merge_next(w, m, l,
               outside_layer(r_get(w->r, options, "defaults"), at, "options", "defaults", NEXT));
    merge_next(w, m, l, profile_layer(w, w->doc, "default_profile", w->at, NEXT));
    merge_next(w, m, l, profile_layer(w, seat, "profile", at, NEXT));
    merge_next(w, m, l,
               plain_layer(r_get(w->r, seat, "profile_overrides"), at, "profile_overrides", NEXT));
    NEXT->at = at;
    NEXT->bundle = seat;
    merge_next(w, m, l, true);
    merge_next(w, m, l,
               outside_layer(r_get(w->r, overrides, "all"), at, "options", "overrides/all", NEXT));
    merge_next(w, m, l, outside_layer(for_seat, at, "options", "overrides/seats", NEXT));
#undef NEXT
}
