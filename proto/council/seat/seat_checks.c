#include "seat_checks.h"

#include <string.h>

#include "allowed.h"
#include "model_name.h"
#include "reserved.h"

enum { PROVIDER_OPTIONS_MAX = 4096 };

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

static void model_name_check(struct work *w, json_t *names, const struct place *at)
{
    const char *provider = r_word(w->r, names, "provider"), *model = r_word(w->r, names, "model");
    const struct format_kind *format = provider ? provider_format(w->r, provider) : NULL;
    const json_t *config = json_object_get(w->r->context->providers, provider ? provider : "");
    if (format && model && !model_name_fits(format->id, config, model))
        r_fault(w->r, at, "bad_model",
                "A model of %.80s is %s: a document chooses a model, never a path.", provider,
                model_name_rule(format->id, config));
}

static void model_names_check(struct work *w, const struct merge *m, const struct place *at)
{
    struct place storage, fallbacks;
    json_t *entry;
    size_t i;
    model_name_check(w, m->fields, merge_place(m, "model", at, &storage));
    const struct place *list = merge_place(m, "fallback", at, &fallbacks);
    json_array_foreach (r_get(w->r, m->fields, "fallback"), i, entry) {
        struct place one = PLACE_AT_INDEX(list, i), p = PLACE_AT_KEY(&one, "model");
        if (json_is_object(entry))
            model_name_check(w, entry, &p);
    }
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

static bool reserved(enum format_id format, const json_t *options, const char **ret)
{
    for (const char *const *name = reserved_fields(format); *name; name++) {
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

/* A document chooses how a model thinks, not what the operator pays for or lets out. */
static void allowed_options_check(struct work *w, const struct format_kind *format, json_t *options,
                                  const struct place *at)
{
    struct option_name name;
    if (options_are_allowed(format->id, w->r->context->allow_options, options, &name))
        return;
    struct place p = PLACE_AT_KEY(at, name.outer), q = PLACE_AT_KEY(&p, name.inner);
    r_fault(w->r, name.inner ? &q : &p, "option_not_allowed",
            "%.60s%s%.60s is none of the options that documents may give here: take it out, or "
            "have the operator add it to %s in allow_options.",
            name.outer, name.inner ? "." : "", name.inner ? name.inner : "", format->name);
}

static void provider_options_check(struct work *w, const struct merge *m, const struct place *at)
{
    const char *provider = r_word(w->r, m->fields, "provider");
    json_t *options = r_get(w->r, m->fields, "provider_options");
    struct place storage;
    const struct place *p = merge_place(m, "provider_options", at, &storage);
    if (!provider || json_object_size(options) == 0)
        return;
    const struct format_kind *format = provider_format(w->r, provider);
    const char *field;
    if (format && reserved(format->id, options, &field))
        r_fault(
            w->r, p, "reserved_provider_option",
            "%s is written by the %s adapter itself: take it out, and use the seat's own fields.",
            field, format->name);
    else if (format)
        allowed_options_check(w, format, options, p);
    size_t len = json_dumpb(options, NULL, 0, JSON_COMPACT);
    if ((!format || format->flags & FORMAT_NETWORK) && len > PROVIDER_OPTIONS_MAX)
        r_fault(w->r, p, "too_long",
                "provider_options may have at most 4 KiB, these have %zu bytes.", len);
}

static void cluster_check(struct work *w, const struct merge *m, const struct place *at)
{
    struct place storage;
    const struct place *p = merge_place(m, "confidence", at, &storage);
    json_t *entropy = r_get(w->r, r_get(w->r, m->fields, "confidence"), "semantic_entropy");
    if (r_word_of(w->r, entropy, "cluster", ENTROPY_CLUSTER_NAMES) != ENTROPY_CLUSTER_JUDGE ||
        w->has_chair)
        return;
    struct place q = PLACE_AT_KEY(p, "semantic_entropy"), c = PLACE_AT_KEY(&q, "cluster");
    r_fault(w->r, &c, "chair_required",
            "cluster \"judge\" asks the chair: add a chair, or use \"lexical\".");
}

void seat_relations_check(struct work *w, const struct merge *m, const json_t *tools,
                          const struct place *at)
{
    models_check(w, m, at);
    model_names_check(w, m, at);
    tool_choice_check(w, m, tools, at);
    provider_options_check(w, m, at);
    fallbacks_check(w, m, at);
    cluster_check(w, m, at);
}
