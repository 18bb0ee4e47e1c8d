/* Seats: layers merged, names inlined, defaults filled in (deliberation 1.4, 6.3). */
#include <string.h>

#include "bundle.h"
#include "common/cleanup.h"
#include "provider_type.h"
#include "schema.h"
#include "shape.h"

enum { PROVIDER_OPTIONS_MAX = 4096 };

bool member_known(const struct work *w, const json_t *id)
{
    return json_object_get(w->member_ids, json_string_value(id)) != NULL;
}

void member_check(struct work *w, const json_t *id, const struct place *at)
{
    if (json_is_string(id) && !member_known(w, id))
        r_fault(w->r, at, "unknown_member", "No member has the id \"%.80s\".",
                json_string_value(id));
}

void seat_id_claim(struct work *w, const json_t *seat, const char *fallback, const struct place *at)
{
    static const char *const RESERVED[] = {"abstain", "none", "all"};
    struct place p = PLACE_AT_KEY(at, "id");
    const char *id = r_word(w->r, seat, "id");
    if (!id && !json_object_get(seat, "id"))
        id = fallback;
    if (!id)
        return;
    for (size_t i = 0; i < ARRAY_LEN(RESERVED); i++) {
        if (strcmp(id, RESERVED[i]) == 0) {
            r_fault(w->r, &p, "reserved_id", "\"%s\" has a meaning of its own: choose another id.",
                    id);
            return;
        }
    }
    if (json_object_get(w->ids, id))
        r_fault(w->r, &p, "duplicate_id", "Another seat has the id \"%s\": rename one.", id);
    r_put(w->r, w->ids, id, json_true());
}

/* ---- profiles and layers -------------------------------------------------------------------- */

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
            json_t *checked = record_check(r, &BUNDLE, plain, &ret->inner);
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

struct layers {
    struct layer at[LAYERS_MAX];
    size_t count;
};

static void merge_next(struct work *w, struct merge *m, struct layers *l, bool there)
{
    if (there)
        merge_layer(w->r, m, &l->at[l->count++]);
}

/* All layers above the built-in one. */
static void merge_all(struct work *w, const json_t *seat, const struct place *at, struct merge *m,
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

/* ---- relations between merged fields -----------------------------------------------------------
 */

static void models_check(struct work *w, const struct merge *m, const struct place *at)
{
    if (!json_object_get(m->fields, "provider"))
        r_fault(
            w->r, at, "missing_provider",
            "No layer gives this seat a provider: write one here, or in a profile that it uses.");
    if (!json_object_get(m->fields, "model"))
        r_fault(w->r, at, "missing_model",
                "No layer gives this seat a model: write one here, or in a profile that it uses.");
}

static bool same_model(const json_t *a, const json_t *b)
{
    return json_equal(json_object_get(a, "provider"), json_object_get(b, "provider")) &&
           json_equal(json_object_get(a, "model"), json_object_get(b, "model"));
}

static void fallbacks_check(struct work *w, const struct merge *m, const struct place *at)
{
    struct place storage;
    const struct place *list_at = merge_place(m, "fallback", at, &storage);
    json_t *list = r_get(w->r, m->fields, "fallback");
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *entry = json_array_get(list, i);
        bool repeated = same_model(entry, m->fields);
        for (size_t k = 0; k < i; k++)
            repeated |= same_model(entry, json_array_get(list, k));
        struct place p = PLACE_AT_INDEX(list_at, i);
        if (repeated && json_is_object(entry))
            r_fault(w->r, &p, "bad_fallback",
                    "This model is asked already, as the seat's own or as an earlier fallback: "
                    "name another one.");
    }
}

static void tool_choice_check(struct work *w, const struct merge *m, const json_t *tools,
                              const struct place *at)
{
    const char *choice = r_word(w->r, m->fields, "tool_choice");
    struct place storage;
    const struct place *p = merge_place(m, "tool_choice", at, &storage);
    if (!choice || strcmp(choice, "auto") == 0 || strcmp(choice, "none") == 0)
        return;
    bool required = strcmp(choice, "required") == 0;
    bool found = required && json_array_size(tools) > 0;
    size_t i;
    json_t *tool;
    json_array_foreach (tools, i, tool) {
        found |= r_is_bad(w->r, tool) || word_is(r_get(w->r, tool, "name"), choice);
    }
    if (found)
        return;
    if (required)
        r_fault(w->r, p, "bad_tool_choice",
                "The seat must call a tool but has none: give it tools, or choose \"auto\".");
    else
        r_fault(w->r, p, "bad_tool_choice",
                "The seat has no tool \"%.80s\": choose auto, required, none, or one that it has.",
                choice);
}

static bool reserved(const struct provider_type *type, const json_t *options, const char **ret)
{
    for (const char *const *name = type->reserved; *name; name++) {
        const char *dot = strchr(*name, '.');
        json_t *inside = (json_t *)options;
        char outer[32];
        if (dot) {
            snprintf(outer, sizeof(outer), "%.*s", (int)(dot - *name), *name);
            inside = json_object_get(options, outer);
        }
        *ret = *name;
        if (json_object_get(inside, dot ? dot + 1 : *name))
            return true;
    }
    return false;
}

static void provider_options_check(struct work *w, const struct merge *m, const struct place *at)
{
    const char *provider = r_word(w->r, m->fields, "provider");
    json_t *options = r_get(w->r, m->fields, "provider_options");
    struct place storage;
    const struct place *p = merge_place(m, "provider_options", at, &storage);
    if (!provider || json_object_size(options) == 0)
        return;
    const char *type_name = provider_type(w->r, provider), *field;
    const struct provider_type *type = provider_type_find(type_name);
    if (type && reserved(type, options, &field))
        r_fault(
            w->r, p, "reserved_provider_option",
            "%s is written by the %s adapter itself: take it out, and use the seat's own fields.",
            field, type_name);
    size_t len = json_dumpb(options, NULL, 0, JSON_COMPACT);
    if (strcmp(type_name, "mock") != 0 && len > PROVIDER_OPTIONS_MAX)
        r_fault(w->r, p, "too_long",
                "provider_options may have at most 4 KiB, these have %zu bytes.", len);
}

static void cluster_check(struct work *w, const struct merge *m, const struct place *at)
{
    struct place storage;
    const struct place *p = merge_place(m, "confidence", at, &storage);
    json_t *entropy = r_get(w->r, r_get(w->r, m->fields, "confidence"), "semantic_entropy");
    if (!word_is(r_get(w->r, entropy, "cluster"), "judge") || w->has_chair)
        return;
    struct place q = PLACE_AT_KEY(p, "semantic_entropy"), c = PLACE_AT_KEY(&q, "cluster");
    r_fault(w->r, &c, "chair_required",
            "cluster \"judge\" asks the chair: add a chair, or use \"lexical\".");
}

/* ---- filling ------------------------------------------------------------------------------------
 */

static json_t *own_and_council_tools(struct work *w, const json_t *own)
{
    json_t *all = json_is_array(own) ? r_copy(w->r, own) : r_new(w->r, json_array());
    size_t n = json_array_size(all), i;
    json_t *tool;
    json_array_foreach (w->tools, i, tool) {
        const char *name = r_word(w->r, tool, "name");
        bool have = false;
        for (size_t k = 0; name && k < n; k++)
            have |= word_is(r_get(w->r, json_array_get(all, k), "name"), name);
        if (!have)
            r_append(w->r, all, json_incref(tool));
    }
    return all;
}

static void cap(struct work *w, json_t *timeouts, const char *key)
{
    json_t *total = json_object_get(timeouts, "total_ms"), *part = json_object_get(timeouts, key);
    if (json_is_integer(part) && json_is_integer(total) &&
        json_integer_value(part) > json_integer_value(total))
        r_put(w->r, timeouts, key, json_incref(total));
}

static json_t *timeouts_filled(struct work *w, const json_t *given)
{
    json_t *all = record_fill(w->r, &TIMEOUTS, given);
    cap(w, all, "attempt_ms");
    cap(w, all, "first_token_ms");
    cap(w, all, "stall_ms");
    return all;
}

static void price_fill(struct work *w, json_t *entry, const struct place *at)
{
    const char *provider = r_word(w->r, entry, "provider");
    const char *model = r_word(w->r, entry, "model");
    if (r_unset(w->r, entry, "price") && provider && model)
        r_put(w->r, entry, "price", price_look_up(w->r, provider, model));
    if (w->unknown_price && provider && model && r_unset(w->r, entry, "price"))
        r_fault(w->r, at, "price_unknown",
                "The run has a max_cost, but no price of %s/%.80s is known: write a price, or set "
                "budget.allow_unknown_price.",
                provider, model);
}

static json_t *fallbacks_filled(struct work *w, const struct merge *m, const struct place *at)
{
    struct place storage;
    const struct place *list_at = merge_place(m, "fallback", at, &storage);
    json_t *copies = r_new(w->r, json_array());
    size_t i;
    json_t *entry;
    json_array_foreach (r_get(w->r, m->fields, "fallback"), i, entry) {
        struct place p = PLACE_AT_INDEX(list_at, i);
        json_t *copy = r_copy(w->r, entry);
        price_fill(w, copy, &p);
        r_append(w->r, copies, copy);
    }
    return copies;
}

static void merged_fields(struct work *w, json_t *out, const struct merge *m,
                          const struct place *at)
{
    const struct field *f;
    for (size_t i = 0; (f = record_field(&BUNDLE, i)); i++)
        json_object_del(out, f->name); /* a null on the seat stands for the default */
    if (json_object_update(out, m->fields) < 0)
        w->r->no_memory = true;
    json_t *tools = own_and_council_tools(w, r_get(w->r, m->fields, "tools"));
    models_check(w, m, at);
    tool_choice_check(w, m, tools, at);
    provider_options_check(w, m, at);
    fallbacks_check(w, m, at);
    cluster_check(w, m, at);
    r_put(w->r, out, "tools", tools);
    r_put(w->r, out, "timeouts", timeouts_filled(w, r_get(w->r, m->fields, "timeouts")));
    r_put(w->r, out, "fallback", fallbacks_filled(w, m, at));
    price_fill(w, out, at);
    if (w->self_report && r_unset(w->r, out, "confidence"))
        r_put(w->r, out, "confidence", json_string("self_report"));
    if (m->tier_dropped)
        r_warn(w->r, at, "tier_unknown",
               "A later layer changed the model, so the tier given before is not used; mid is "
               "assumed.");
}

static json_t *named_schema(struct work *w, const char *name, const struct place *at)
{
    bool told;
    json_t *document = r_look_up(w->r, CATALOGUE_SCHEMAS, name, at, &told);
    if (document) {
        struct place p = PLACE_AT_DOCUMENT(at, "schemas", name);
        bool good = schema_document_check(w->r, document, "invalid_json_schema", &p);
        return json_incref(good ? document : w->r->bad);
    }
    json_t *builtin = told ? NULL : schema_builtin(w->r, name);
    if (builtin || w->r->no_memory)
        return builtin;
    if (!told)
        r_fault(w->r, at, "unknown_schema", "No schema \"%.80s\" is in the catalogue.", name);
    return json_incref(w->r->bad);
}

static void schema_fill(struct work *w, json_t *out, const struct place *at)
{
    struct place named = PLACE_AT_KEY(at, "output_schema");
    struct place inline_at = PLACE_AT_KEY(at, "output_schema_inline");
    const char *name = r_word(w->r, out, "output_schema");
    json_t *schema = r_get(w->r, out, "output_schema_inline");
    if (name && json_is_object(schema)) {
        r_fault(w->r, at, "schema_conflict",
                "A seat has output_schema or output_schema_inline, not both.");
        return;
    }
    if (json_is_object(schema) &&
        !schema_document_check(w->r, schema, "invalid_json_schema", &inline_at))
        r_put(w->r, out, "output_schema_inline", json_incref(w->r->bad));
    if (!name)
        return;
    r_put(w->r, out, "output_schema_inline", named_schema(w, name, &named));
    r_put(w->r, out, "output_schema", json_null());
}

static void recuse_check(struct work *w, const json_t *seat, const struct place *at)
{
    struct place list = PLACE_AT_KEY(at, "recuse");
    size_t i;
    json_t *id;
    json_array_foreach (r_get(w->r, seat, "recuse"), i, id) {
        struct place p = PLACE_AT_INDEX(&list, i);
        member_check(w, id, &p);
    }
}

static void extra_chairs(struct work *w, json_t *out, const struct place *at)
{
    struct place list_at = PLACE_AT_KEY(at, "fallback_chairs");
    json_t *copies = r_new(w->r, json_array());
    size_t i;
    json_t *one;
    json_array_foreach (r_get(w->r, out, "fallback_chairs"), i, one) {
        struct place p = PLACE_AT_INDEX(&list_at, i);
        r_append(w->r, copies, seat_or_name(w, one, NULL, &p));
    }
    r_put(w->r, out, "fallback_chairs", copies);
}

static void reliability_key(struct work *w, json_t *out, const char *provider, const char *model)
{
    if (!r_unset(w->r, out, "reliability_key") || !provider || !model)
        return;
    r_put(w->r, out, "reliability_key", r_new(w->r, json_sprintf("%s/%s", provider, model)));
}

/* ---- seats that are councils
 * ---------------------------------------------------------------------- */

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
        return council_build(w->r, value, NULL, at, w);
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
    return council_build(w->r, document, name, &p, w);
}

/* Of a seat's bundle only the time-outs hold for a sub-council. */
static void sub_fields(struct work *w, json_t *out, const struct merge *m, const struct place *at)
{
    struct place p = PLACE_AT_KEY(at, "sub_council");
    const struct field *f;
    for (size_t i = 0; (f = record_field(&BUNDLE, i)); i++)
        json_object_del(out, f->name);
    r_put(w->r, out, "provider", json_null());
    r_put(w->r, out, "model", json_null());
    r_put(w->r, out, "price", json_null());
    r_put(w->r, out, "timeouts", timeouts_filled(w, r_get(w->r, m->fields, "timeouts")));
    json_t *inner = sub_council(w, json_object_get(out, "sub_council"), &p);
    reliability_key(w, out, "council", r_word(w->r, inner, "id"));
    r_put(w->r, out, "sub_council", inner ? inner : json_incref(w->r->bad));
}

/* ---- one seat
 * ------------------------------------------------------------------------------------- */

static void own_fields(struct work *w, json_t *out, const struct place *at)
{
    struct place prompt = PLACE_AT_KEY(at, "system_prompt"),
                 mapper = PLACE_AT_KEY(at, "input_mapper");
    placeholders_check(w->r, r_get(w->r, out, "system_prompt"), &prompt);
    json_t *map = r_get(w->r, out, "input_mapper");
    if (map && !json_is_null(map))
        r_put(w->r, out, "input_mapper", mapper_resolve(w, map, &mapper));
    recuse_check(w, out, at);
    schema_fill(w, out, at);
}

static void bundles_check(struct work *w, json_t *seat, const struct place *at)
{
    struct place p = PLACE_AT_KEY(at, "profile_overrides");
    bundle_check(w, seat, at);
    bundle_check(w, r_get(w->r, seat, "profile_overrides"), &p);
}

json_t *seat_resolve(struct work *w, const json_t *seat, enum seat_kind kind,
                     const struct place *at)
{
    if (!json_is_object(seat))
        return json_incref(w->r->bad);
    struct merge m = {.fields = r_new(w->r, json_object())};
    struct layers layers = {.count = 0};
    json_t *out = r_copy(w->r, seat);
    bool sub = !r_unset(w->r, seat, "sub_council");
    w->r->seats++;
    bundles_check(w, out, at);
    merge_all(w, out, at, &m, &layers);
    own_fields(w, out, at);
    if (sub && kind != SEAT_MEMBER) {
        struct place p = PLACE_AT_KEY(at, "sub_council");
        r_fault(w->r, &p, "sub_council_conflict", "Only a member can be a sub-council.");
    } else if (sub && r_get(w->r, seat, "sub_council")) {
        sub_conflicts(w, seat, at);
        sub_fields(w, out, &m, at);
    } else if (!sub) {
        merged_fields(w, out, &m, at);
        reliability_key(w, out, r_word(w->r, out, "provider"), r_word(w->r, out, "model"));
    }
    if (kind == SEAT_CHAIR)
        extra_chairs(w, out, at);
    r_put(w->r, out, "profile", json_null());
    r_put(w->r, out, "profile_overrides", r_new(w->r, json_object()));
    json_t *filled = record_fill(w->r, kind == SEAT_CHAIR ? &CHAIR : &MEMBER, out);
    json_decref(out);
    json_decref(m.fields);
    return filled;
}

static bool word_in(const char *const *words, const json_t *value)
{
    for (; words && *words; words++)
        if (word_is(value, *words))
            return true;
    return false;
}

json_t *seat_or_name(struct work *w, json_t *value, const char *const *words,
                     const struct place *at)
{
    if (r_is_bad(w->r, value))
        return json_incref(value);
    if (json_is_object(value)) {
        seat_id_claim(w, value, NULL, at);
        return seat_resolve(w, value, SEAT_EXTRA, at);
    }
    if (!json_is_string(value)) {
        r_fault(w->r, at, "wrong_type", "This must be a member id or a seat.");
        return json_incref(w->r->bad);
    }
    if (word_in(words, value))
        return json_incref(value);
    member_check(w, value, at);
    json_t *index = json_object_get(w->member_ids, json_string_value(value));
    json_t *raw =
        json_array_get(json_object_get(w->raw, "members"), (size_t)json_integer_value(index));
    if (index && !r_unset(w->r, raw, "sub_council"))
        r_fault(w->r, at, "sub_council_conflict",
                "\"%.80s\" is a sub-council; only a member with a model of its own can do this.",
                json_string_value(value));
    return json_incref(value);
}
