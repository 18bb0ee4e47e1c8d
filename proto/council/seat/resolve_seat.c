#include "resolve_seat.h"

#include <string.h>

#include "common/cleanup.h"
#include "proto/council/check/check_schema.h"
#include "proto/council/check/shape.h"
#include "resolve_mapper.h"
#include "seat_checks.h"
#include "seat_layers.h"
#include "seat_parts.h"
#include "seat_sub.h"

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
    const struct doc_field *f;
    for (size_t i = 0; (f = doc_field_at(&BUNDLE, i)); i++)
        json_object_del(out, f->name); /* a null on the seat stands for the default */
    if (json_object_update(out, m->fields) < 0)
        w->r->no_memory = true;
    json_t *tools = own_and_council_tools(w, r_get(w->r, m->fields, "tools"));
    seat_relations_check(w, m, tools, at);
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

/* ---- one seat ---- */

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
    seat_merge(w, out, at, &m, &layers);
    own_fields(w, out, at);
    if (sub && kind != SEAT_MEMBER) {
        struct place p = PLACE_AT_KEY(at, "sub_council");
        r_fault(w->r, &p, "sub_council_conflict", "Only a member can be a sub-council.");
    } else if (sub && r_get(w->r, seat, "sub_council")) {
        seat_sub_council(w, seat, out, &m, at);
    } else if (!sub) {
        merged_fields(w, out, &m, at);
        reliability_key(w, out, r_word(w->r, out, "provider"), r_word(w->r, out, "model"));
    }
    if (kind == SEAT_CHAIR)
        extra_chairs(w, out, at);
    r_put(w->r, out, "profile", json_null());
    r_put(w->r, out, "profile_overrides", r_new(w->r, json_object()));
    json_t *filled = doc_fill(w->r, kind == SEAT_CHAIR ? &CHAIR : &MEMBER, out);
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
