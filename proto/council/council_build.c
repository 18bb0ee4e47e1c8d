#include "council_build.h"

#include <string.h>

#include "budget.h"
#include "proto/council/check/shape.h"
#include "proto/council/round/limits_check.h"
#include "proto/council/round/resolve_rounds.h"
#include "proto/council/round/router.h"
#include "proto/council/round/template.h"
#include "proto/council/seat/bundle.h"
#include "proto/council/seat/resolve_seat.h"
#include "proto/council/seat/tool.h"
#include "warnings.h"

enum { SEATS_MAX = 256 };

static void identity_check(struct work *w)
{
    struct place version_at = PLACE_AT_KEY(w->at, "schema_version"),
                 id_at = PLACE_AT_KEY(w->at, "id");
    json_t *version = r_get(w->r, w->doc, "schema_version");
    const char *id = r_word(w->r, w->doc, "id");
    if (version && json_integer_value(version) != 1)
        r_fault(w->r, &version_at, "unsupported_schema_version",
                "This version reads documents of schema_version 1.");
    if (id && w->name && strcmp(id, w->name) != 0)
        r_fault(w->r, &id_at, "id_name_mismatch",
                "The id and the name in the catalogue (%s) differ: give both the same name.",
                w->name);
}

static void profiles_check(struct work *w)
{
    struct place at = PLACE_AT_KEY(w->at, "profiles");
    const char *name;
    json_t *bundle;
    w->profiles = r_get(w->r, w->doc, "profiles");
    json_object_foreach (w->profiles, name, bundle) {
        struct place p = PLACE_AT_KEY(&at, name);
        if (!r_is_bad(w->r, bundle))
            bundle_check(w, bundle, &p);
    }
}

/* Ids of members come first: everything else refers to them. */
static void ids_collect(struct work *w)
{
    struct place members_at = PLACE_AT_KEY(w->at, "members"),
                 chair_at = PLACE_AT_KEY(w->at, "chair");
    json_t *members = r_get(w->r, w->doc, "members"), *raw = json_object_get(w->raw, "members");
    json_t *chair = r_get(w->r, w->doc, "chair");
    size_t i;
    json_t *member;
    json_array_foreach (raw, i, member) {
        const char *id = json_string_value(json_object_get(member, "id"));
        if (id && !json_object_get(w->member_ids, id))
            r_put(w->r, w->member_ids, id, r_new(w->r, json_integer((json_int_t)i)));
    }
    json_array_foreach (members, i, member) {
        struct place p = PLACE_AT_INDEX(&members_at, i);
        if (!r_is_bad(w->r, member))
            seat_id_claim(w, member, NULL, &p);
    }
    if (json_is_object(chair))
        seat_id_claim(w, chair, "chair", &chair_at);
}

static void documents_check(struct work *w)
{
    struct place at = PLACE_AT_KEY(w->at, "documents");
    documents_ids_check(w, r_get(w->r, w->doc, "documents"), &at);
}

/* ---- seats and rounds ---- */

static void seats_resolve(struct work *w)
{
    struct place members_at = PLACE_AT_KEY(w->at, "members"),
                 chair_at = PLACE_AT_KEY(w->at, "chair");
    json_t *chair = r_get(w->r, w->doc, "chair");
    size_t i;
    json_t *member;
    json_array_foreach (r_get(w->r, w->doc, "members"), i, member) {
        struct place p = PLACE_AT_INDEX(&members_at, i);
        r_append(w->r, w->members, seat_resolve(w, member, SEAT_MEMBER, &p));
    }
    if (json_is_object(chair))
        w->chair = seat_resolve(w, chair, SEAT_CHAIR, &chair_at);
}

static void template_check(struct work *w)
{
    struct place at = PLACE_AT_KEY(w->at, "template");
    bool template = !r_unset(w->r, w->doc, "template");
    bool rounds = json_object_get(w->doc, "rounds") != NULL;
    if (template && rounds)
        r_fault(w->r, &at, "template_conflict",
                "A council has a template or rounds, not both: take one out.");
    else if (!template && !rounds)
        r_fault(w->r, w->at, "missing_rounds", "Add rounds, or a template that makes them.");
    w->from_template = template && !rounds;
    if (w->from_template)
        w->expanded = template_expand(w, r_get(w->r, w->doc, "template"), &at);
}

static json_t *council_router(struct work *w)
{
    struct place at = PLACE_AT_KEY(w->at, "router");
    json_t *router = json_object_get(w->doc, "router");
    if (r_unset(w->r, w->doc, "router"))
        return json_null();
    return r_is_bad(w->r, router) ? json_incref(router) : router_resolve(w, router, &at);
}

/* ---- all of it ---- */

static json_t *fill(struct work *w, json_t *rounds)
{
    json_t *src = r_copy(w->r, w->doc);
    if (!json_object_get(src, "name")) {
        json_t *id = json_object_get(src, "id");
        r_put(w->r, src, "name", id ? json_incref(id) : json_null());
    }
    r_put(w->r, src, "template", json_null());
    r_put(w->r, src, "default_profile", json_null());
    r_put(w->r, src, "profiles", r_new(w->r, json_object()));
    r_put(w->r, src, "router", json_incref(w->router));
    r_put(w->r, src, "tools", json_incref(w->tools));
    r_put(w->r, src, "anonymity", json_incref(w->anonymity));
    r_put(w->r, src, "budget", json_incref(w->budget));
    /* These are complete: they only keep their place in the order of the table. */
    r_put(w->r, src, "members", json_null());
    r_put(w->r, src, "rounds", json_null());
    r_put(w->r, src, "chair", json_null());
    json_t *filled = doc_fill(w->r, &COUNCIL, src);
    r_put(w->r, filled, "members", json_incref(w->members));
    r_put(w->r, filled, "rounds", json_incref(rounds));
    r_put(w->r, filled, "chair", w->chair ? json_incref(w->chair) : json_null());
    json_decref(src);
    return filled;
}

static void work_release(struct work *w)
{
    json_decref((json_t *)w->doc);
    json_decref(w->tools);
    json_decref(w->ids);
    json_decref(w->members);
    json_decref(w->member_ids);
    json_decref(w->chair);
    json_decref(w->anonymity);
    json_decref(w->budget);
    json_decref(w->router);
    json_decref(w->expanded);
}

/* Checked before and after each council: names make it cheap to write very many seats. */
static bool seats_check(struct resolver *r, const struct place *at)
{
    if (r->seats <= SEATS_MAX)
        return true;
    r_fault(r, at, "too_many_items", "There are more than %d seats over all levels.", SEATS_MAX);
    return false;
}

static json_t *build(struct work *w)
{
    struct resolver *r = w->r;
    struct place tools_at = PLACE_AT_KEY(w->at, "tools");
    w->has_chair = !r_unset(r, w->doc, "chair");
    identity_check(w);
    budget_fill(w);
    ids_collect(w);
    w->tools = tools_resolve(w, r_get(r, w->doc, "tools"), &tools_at);
    w->anonymity = doc_fill(r, &ANONYMITY, r_get(r, w->doc, "anonymity"));
    profiles_check(w);
    documents_check(w);
    template_check(w);
    seats_resolve(w);
    w->router = council_router(w);
    json_t *rounds = rounds_resolve(w);
    seats_check(r, w->at);
    council_warn(w, rounds);
    json_t *filled = fill(w, rounds);
    json_decref(rounds);
    return filled;
}

json_t *council_build(struct resolver *r, json_t *document, const char *name,
                      const struct place *at, const struct work *outer)
{
    size_t before = r->faults->found;
    struct work w = {.r = r, .at = at, .raw = document, .outer = outer, .name = name};
    w.depth = outer ? outer->depth + 1 : 0;
    if (w.depth > COUNCIL_NESTING_MAX) {
        r_fault(r, at, "sub_council_too_deep", "Councils nest at most %d levels deep.",
                COUNCIL_NESTING_MAX);
        return NULL;
    }
    if (!seats_check(r, at))
        return NULL;
    w.doc = doc_check(r, &COUNCIL, document, at);
    w.ids = r_new(r, json_object());
    w.member_ids = r_new(r, json_object());
    w.members = r_new(r, json_array());
    json_t *resolved = r_is_bad(r, w.doc) ? NULL : build(&w);
    if (resolved && r->faults->found == before && !r->no_memory)
        first_round_check(&w, resolved);
    work_release(&w);
    if (r->faults->found == before && !r->no_memory)
        return resolved;
    json_decref(resolved);
    return NULL;
}
