#include "router.h"

#include "proto/council/check/shape.h"
#include "proto/council/seat/resolve_seat.h"
#include "resolve_condition.h"

static void members_check(struct work *w, const json_t *ids, const struct place *at)
{
    size_t i;
    json_t *id;
    json_array_foreach (ids, i, id) {
        struct place p = PLACE_AT_INDEX(at, i);
        member_check(w, id, &p);
    }
}

static void resolve_rules(struct work *w, json_t *router, const struct place *at)
{
    struct place rules = PLACE_AT_KEY(at, "rules"), otherwise = PLACE_AT_KEY(at, "otherwise");
    size_t i;
    json_t *rule;
    json_array_foreach (r_get(w->r, router, "rules"), i, rule) {
        struct place p = PLACE_AT_INDEX(&rules, i);
        struct place when = PLACE_AT_KEY(&p, "when"), members = PLACE_AT_KEY(&p, "members");
        json_t *condition = r_get(w->r, rule, "when");
        if (condition && free_check(w->r, condition, &when))
            condition_check(w, condition, &when);
        members_check(w, r_get(w->r, rule, "members"), &members);
    }
    members_check(w, r_get(w->r, router, "otherwise"), &otherwise);
}

static void resolve_llm(struct work *w, json_t *router, const struct place *at)
{
    struct place p = PLACE_AT_KEY(at, "seat");
    if (r_unset(w->r, router, "seat") && !w->has_chair)
        r_fault(w->r, at, "chair_required",
                "The router asks the chair: add a chair, or give the router a seat.");
    json_t *seat = r_get(w->r, router, "seat");
    if (seat && !json_is_null(seat))
        r_put(w->r, router, "seat", seat_or_name(w, seat, NULL, &p));
}

/* Of these the tables say all. */
static void resolve_all(struct work *w, json_t *router, const struct place *at)
{
    (void)w;
    (void)router;
    (void)at;
}

static void resolve_sample(struct work *w, json_t *router, const struct place *at)
{
    (void)w;
    (void)router;
    (void)at;
}

static void resolve_reliability(struct work *w, json_t *router, const struct place *at)
{
    (void)w;
    (void)router;
    (void)at;
}

/* What the table of a kind's fields cannot say. */
#define ROW(ID, name, ...) [ROUTER_##ID] = resolve_##name,
static void (*const RESOLVERS[ROUTER_COUNT])(struct work *w, json_t *router,
                                             const struct place *at) = {ROUTER_ROWS(ROW)};
#undef ROW

/* NULL after a fault. */
static const struct router_kind *kind_named(struct work *w, const json_t *router,
                                            const struct place *at)
{
    const char *name = json_string_value(json_object_get(router, "kind"));
    const struct router_kind *kind = router_kind_find(name);
    struct place p = PLACE_AT_KEY(at, "kind");
    if (kind)
        return kind;
    if (!json_object_get(router, "kind"))
        r_fault(w->r, at, "missing_field", "Add the field \"kind\".");
    else if (!name)
        r_fault(w->r, &p, "wrong_type", "This must be a string.");
    else
        r_fault(w->r, &p, "unknown_router", "No router has the kind \"%.80s\".", name);
    return NULL;
}

static json_t *object_resolve(struct work *w, json_t *router, const struct place *at)
{
    const struct router_kind *kind = kind_named(w, router, at);
    if (!kind)
        return json_incref(w->r->bad);
    json_t *copy = doc_check(w->r, kind->fields, router, at);
    if (!r_is_bad(w->r, copy))
        RESOLVERS[kind->id](w, copy, at);
    json_t *filled = doc_fill(w->r, kind->fields, copy);
    json_decref(copy);
    return filled;
}

json_t *router_resolve(struct work *w, json_t *router, const struct place *at)
{
    if (!json_is_string(router))
        return object_resolve(w, router, at);
    const char *name = json_string_value(router);
    bool told;
    json_t *document = r_look_up(w->r, CATALOGUE_ROUTERS, name, at, &told);
    if (document) {
        struct place p = PLACE_AT_DOCUMENT(at, "routers", name);
        json_t *plain = r_plain(w->r, document);
        json_t *resolved = object_resolve(w, plain, &p);
        json_decref(plain);
        return resolved;
    }
    const struct router_kind *kind = router_kind_find(name);
    if (kind && kind->id == ROUTER_ALL && !told)
        return r_new(w->r, json_pack("{s:s}", "kind", kind->name));
    if (!told)
        r_fault(w->r, at, "unknown_router",
                "No router \"%.80s\" is in the catalogue; \"all\" is built in.", name);
    return json_incref(w->r->bad);
}
