#include "auto.h"

#include <string.h>

#include "budget.h"
#include "council_build.h"
#include "proto/council/check/shape.h"
#include "proto/council/round/resolve_condition.h"
#include "strategy.h"

/* ---- catalog ---- */

/* A council that may be chosen. A named one is validated when it is chosen; here it is resolved
 * only to learn what it reaches. */
static void reach(struct resolver *r, json_t *document, const char *name)
{
    struct faults ignored = {0}, *faults = r->faults, warnings = r->warnings;
    size_t seats = r->seats;
    r->faults = &ignored;
    r->warnings = (struct faults){0};
    json_decref(council_build(r, document, name, NULL, NULL));
    faults_release(&ignored);
    faults_release(&r->warnings);
    r->faults = faults;
    r->warnings = warnings;
    r->seats = seats;
}

static json_t *council_named(struct resolver *r, const char *name, const struct place *at)
{
    bool told;
    json_t *document = r_look_up(r, CATALOGUE_COUNCILS, name, at, &told);
    if (document)
        reach(r, document, name);
    else if (!told)
        r_fault(r, at, "unknown_council", "No council \"%.80s\" is in the catalogue.", name);
    return document;
}

static void text_default(struct resolver *r, json_t *entry, const char *key, const json_t *document,
                         const char *from)
{
    const char *text = json_string_value(json_object_get(document, from));
    if (!json_object_get(entry, key))
        r_put(r, entry, key, r_new(r, json_string(text ? text : "")));
}

static json_t *entry_resolve(struct work *w, const json_t *entry, json_t *seen,
                             const struct place *at)
{
    struct resolver *r = w->r;
    struct place council_at = PLACE_AT_KEY(at, "council"), match_at = PLACE_AT_KEY(at, "match");
    struct place id_at = PLACE_AT_KEY(at, "id");
    json_t *council = r_get(r, entry, "council"), *match = r_get(r, entry, "match");
    json_t *document = council;
    if (!json_is_object(entry))
        return json_incref(r->bad);
    if (json_is_string(council))
        document = council_named(r, json_string_value(council), &council_at);
    else if (council) {
        size_t seats = r->seats;
        json_decref(council_build(r, council, NULL, &council_at, NULL));
        r->seats = seats;
    }
    if (json_is_object(match) && free_check(r, match, &match_at))
        condition_check(w, match, &match_at);
    json_t *filled = doc_fill(r, &AUTO_ENTRY, entry);
    text_default(r, filled, "id", document, "id");
    text_default(r, filled, "desc", document, "description");
    const char *id = r_word(r, filled, "id");
    if (id && json_object_get(seen, id))
        r_fault(r, json_object_get(entry, "id") ? &id_at : at, "duplicate_id",
                "Another entry has the id \"%s\": give this one another id.", id);
    if (id)
        r_put(r, seen, id, json_true());
    return filled;
}

static json_t *all_entries(struct resolver *r)
{
    json_t *list = r_new(r, json_array());
    json_t *names = r_new(r, catalogue_list(r->context->catalogue, CATALOGUE_COUNCILS));
    size_t i;
    json_t *one;
    json_array_foreach (names, i, one) {
        json_t *entry = r_new(r, json_object());
        r_put(r, entry, "council", json_incref(json_object_get(one, "name")));
        r_append(r, list, entry);
    }
    json_decref(names);
    return list;
}

static json_t *catalog_resolve(struct work *w)
{
    struct place at = PLACE_AT_KEY(w->at, "catalog");
    json_t *catalog = r_get(w->r, w->doc, "catalog");
    json_t *entries = json_is_array(catalog) ? json_incref(catalog) : all_entries(w->r);
    json_t *list = r_new(w->r, json_array()), *seen = r_new(w->r, json_object());
    size_t i;
    json_t *entry;
    json_array_foreach (entries, i, entry) {
        struct place p = PLACE_AT_INDEX(&at, i);
        r_append(w->r, list, entry_resolve(w, entry, seen, json_is_array(catalog) ? &p : &at));
    }
    json_decref(seen);
    json_decref(entries);
    return list;
}

/* ---- the document ---- */

static void head_check(struct work *w)
{
    struct place version_at = PLACE_AT_KEY(w->at, "schema_version");
    struct place id_at = PLACE_AT_KEY(w->at, "id"), lost_at = PLACE_AT_KEY(w->at, "on_no_match");
    struct place fallback_at = PLACE_AT_KEY(&lost_at, "fallback");
    json_t *version = r_get(w->r, w->doc, "schema_version");
    const char *id = r_word(w->r, w->doc, "id");
    const char *fallback = r_word(w->r, r_get(w->r, w->doc, "on_no_match"), "fallback");
    if (version && json_integer_value(version) != 1)
        r_fault(w->r, &version_at, "unsupported_schema_version",
                "This version reads documents of schema_version 1.");
    if (id && w->name && strcmp(id, w->name) != 0)
        r_fault(w->r, &id_at, "id_name_mismatch",
                "The id and the name in the catalogue (%s) differ: give both the same name.",
                w->name);
    if (fallback)
        council_named(w->r, fallback, &fallback_at);
}

static json_t *fill(struct work *w, json_t *catalog, json_t *options)
{
    json_t *src = r_copy(w->r, w->doc);
    json_t *id = json_object_get(src, "id");
    if (!json_object_get(src, "name"))
        r_put(w->r, src, "name", id ? json_incref(id) : json_null());
    r_put(w->r, src, "catalog", json_incref(catalog));
    r_put(w->r, src, "options", json_incref(options));
    r_put(w->r, src, "budget", json_incref(w->budget));
    json_t *filled = doc_fill(w->r, &AUTO, src);
    json_decref(src);
    return filled;
}

static json_t *document_build(struct resolver *r, json_t *document, const char *name,
                              const struct place *at)
{
    size_t before = r->faults->found;
    struct work w = {.r = r, .at = at, .raw = document, .name = name};
    w.doc = doc_check(r, &AUTO, document, at);
    w.ids = r_new(r, json_object());
    w.member_ids = r_new(r, json_object());
    budget_fill(&w);
    head_check(&w);
    json_t *catalog = catalog_resolve(&w);
    json_t *options = strategy_resolve(&w, catalog);
    json_t *filled = fill(&w, catalog, options);
    json_decref(catalog);
    json_decref(options);
    json_decref((json_t *)w.doc);
    json_decref(w.ids);
    json_decref(w.member_ids);
    json_decref(w.budget);
    if (r->faults->found == before)
        return filled;
    json_decref(filled);
    return NULL;
}

static void members_check(struct resolver *r, const json_t *council)
{
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)council, key, value) {
        struct place p = PLACE_AT_KEY(NULL, key);
        if (strcmp(key, "auto") != 0)
            r_fault(r, &p, "unknown_field", "Nothing stands beside \"auto\".");
    }
}

json_t *auto_build(struct resolver *r, const json_t *council)
{
    struct place at = PLACE_AT_KEY(NULL, "auto");
    json_t *value = json_object_get(council, "auto");
    members_check(r, council);
    if (json_is_object(value))
        return document_build(r, value, NULL, &at);
    if (!json_is_string(value)) {
        r_fault(r, &at, "wrong_type", "auto is the name of an auto document, or one in place.");
        return NULL;
    }
    const char *name = json_string_value(value);
    bool told;
    json_t *document = r_look_up(r, CATALOGUE_AUTOS, name, &at, &told);
    if (document) {
        struct place p = PLACE_AT_DOCUMENT(&at, "autos", name);
        return document_build(r, document, name, &p);
    }
    if (!told)
        r_fault(r, &at, "unknown_council", "No auto document \"%.80s\" is in the catalogue.", name);
    return NULL;
}
