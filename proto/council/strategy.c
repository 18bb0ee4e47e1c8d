#include "strategy.h"

#include "proto/council/check/shape.h"
#include "proto/council/seat/bundle.h"
#include "proto/council/seat/resolve_seat.h"

static json_t *options_resolve(struct work *w, const struct strategy_kind *kind, json_t *options,
                               const json_t *catalog, const struct place *at);

static json_t *link_resolve(struct work *w, json_t *link, const json_t *catalog,
                            const struct place *at)
{
    struct place options_at = PLACE_AT_KEY(at, "options");
    const struct strategy_kind *kind = strategy_kind_find(
        json_is_string(link) ? json_string_value(link) : r_word(w->r, link, "strategy"));
    if (!kind || r_is_bad(w->r, link))
        return json_incref(w->r->bad);
    if (kind->id == STRATEGY_CASCADE) {
        r_fault(w->r, at, "auto_conflict", "A cascade cannot contain a cascade.");
        return json_incref(w->r->bad);
    }
    json_t *full = r_new(w->r, json_object());
    r_put(w->r, full, "strategy", json_string(kind->name));
    r_put(w->r, full, "options",
          options_resolve(w, kind, r_get(w->r, link, "options"), catalog,
                          json_is_string(link) ? at : &options_at));
    return full;
}

static void resolve_cascade(struct work *w, json_t *options, const json_t *catalog,
                            const struct place *at)
{
    struct place chain_at = PLACE_AT_KEY(at, "chain");
    json_t *chain = r_new(w->r, json_array());
    size_t i;
    json_t *link;
    json_array_foreach (r_get(w->r, options, "chain"), i, link) {
        struct place p = PLACE_AT_INDEX(&chain_at, i);
        r_append(w->r, chain, link_resolve(w, link, catalog, &p));
    }
    r_put(w->r, options, "chain", chain);
}

static void seat(struct work *w, json_t *options, const struct place *at)
{
    struct place p = PLACE_AT_KEY(at, "seat");
    json_t *given = r_get(w->r, options, "seat");
    if (given)
        r_put(w->r, options, "seat", seat_resolve(w, given, SEAT_EXTRA, &p));
}

static void entries_check(struct work *w, const json_t *catalog)
{
    struct place list_at = PLACE_AT_KEY(w->at, "catalog");
    size_t i;
    json_t *entry;
    json_array_foreach (catalog, i, entry) {
        struct place p = PLACE_AT_INDEX(&list_at, i);
        if (json_is_object(entry) && !json_is_array(json_object_get(entry, "vector")))
            r_fault(w->r, json_is_array(r_get(w->r, w->doc, "catalog")) ? &p : &list_at,
                    "auto_conflict",
                    "An entry without a vector needs a provider that makes one, or backend "
                    "\"lexical\".");
    }
}

static void resolve_embedding(struct work *w, json_t *options, const json_t *catalog,
                              const struct place *at)
{
    struct place provider_at = PLACE_AT_KEY(at, "provider");
    const char *provider = r_word(w->r, options, "provider");
    if (!json_object_get(options, "backend"))
        r_put(w->r, options, "backend",
              json_string(EMBEDDING_BACKEND_NAMES[provider ? EMBEDDING_BACKEND_PROVIDER
                                                           : EMBEDDING_BACKEND_LEXICAL]));
    bool lexical =
        r_word_of(w->r, options, "backend", EMBEDDING_BACKEND_NAMES) == EMBEDDING_BACKEND_LEXICAL;
    if (provider && !provider_use(w->r, provider))
        r_fault(w->r, &provider_at, "unknown_provider", "No provider \"%.80s\" is configured.",
                provider);
    if (!lexical && !provider) {
        entries_check(w, catalog);
        r_fault(w->r, at, "missing_provider",
                "Backend \"provider\" needs a provider for the input's vector.");
    } else if (!lexical && !r_word(w->r, options, "model")) {
        r_fault(w->r, at, "missing_model", "Backend \"provider\" needs a model.");
    }
    if (!json_object_get(options, "threshold"))
        r_put(w->r, options, "threshold", r_new(w->r, json_real(lexical ? 0.15 : 0.72)));
}

static void names_check(struct work *w, json_t *options, const struct place *at)
{
    struct place profiles_at = PLACE_AT_KEY(at, "profiles"),
                 templates_at = PLACE_AT_KEY(at, "templates");
    size_t i;
    json_t *name;
    json_array_foreach (r_get(w->r, options, "profiles"), i, name) {
        struct place p = PLACE_AT_INDEX(&profiles_at, i);
        const char *text = json_string_value(name);
        bool told;
        json_t *profile = text ? r_look_up(w->r, CATALOGUE_PROFILES, text, &p, &told) : NULL;
        const char *provider = json_string_value(json_object_get(profile, "provider"));
        if (text && !profile && !told)
            r_fault(w->r, &p, "unknown_profile", "No profile \"%.80s\" is in the catalogue.", text);
        if (provider)
            provider_use(w->r, provider);
    }
    if (!json_object_get(options, "templates")) {
        json_t *all = r_new(w->r, json_array());
        for (const char *const *known = TEMPLATE_NAMES; *known; known++)
            r_append(w->r, all, json_string(*known));
        r_put(w->r, options, "templates", all);
    }
    json_array_foreach (r_get(w->r, options, "templates"), i, name) {
        struct place p = PLACE_AT_INDEX(&templates_at, i);
        const char *text = json_string_value(name);
        if (text && !template_kind_find(text))
            r_fault(w->r, &p, "unknown_template", "There is no template \"%.80s\".", text);
    }
}

static void resolve_llm_classify(struct work *w, json_t *options, const json_t *catalog,
                                 const struct place *at)
{
    (void)catalog;
    seat(w, options, at);
}

static void resolve_llm_build(struct work *w, json_t *options, const json_t *catalog,
                              const struct place *at)
{
    (void)catalog;
    seat(w, options, at);
    names_check(w, options, at);
}

static void resolve_rules(struct work *w, json_t *options, const json_t *catalog,
                          const struct place *at)
{
    (void)w;
    (void)options;
    (void)catalog;
    (void)at;
}

/* What the table of a strategy's options cannot say; of rules it says all. */
#define ROW(ID, name, ...) [STRATEGY_##ID] = resolve_##name,
static void (*const RESOLVERS[STRATEGY_COUNT])(struct work *w, json_t *options,
                                               const json_t *catalog,
                                               const struct place *at) = {STRATEGY_ROWS(ROW, ROW)};
#undef ROW

static json_t *options_resolve(struct work *w, const struct strategy_kind *kind, json_t *options,
                               const json_t *catalog, const struct place *at)
{
    json_t *given = options ? json_incref(options) : r_new(w->r, json_object());
    json_t *checked = doc_check(w->r, kind->options, given, at);
    json_decref(given);
    RESOLVERS[kind->id](w, checked, catalog, at);
    json_t *filled = doc_fill(w->r, kind->options, checked);
    json_decref(checked);
    return filled;
}

json_t *strategy_resolve(struct work *w, const json_t *catalog)
{
    struct place at = PLACE_AT_KEY(w->at, "options");
    const struct strategy_kind *kind = strategy_kind_find(r_word(w->r, w->doc, "strategy"));
    return kind ? options_resolve(w, kind, r_get(w->r, w->doc, "options"), catalog, &at)
                : json_incref(w->r->bad);
}
