#include "bundle.h"

#include <string.h>

#include "common/cleanup.h"
#include "proto/council/check/shape.h"
#include "proto/council/tables/format_kinds.h"
#include "tool.h"

static size_t field_index(const char *name)
{
    size_t i = 0;
    while (strcmp(doc_field_at(&BUNDLE, i)->name, name) != 0)
        i++;
    return i;
}

/* retry and timeouts are merged by key: a new object, so that the layers stay as they are. */
static json_t *merge_keys(struct resolver *r, const json_t *below, json_t *above)
{
    json_t *both = json_is_object(below) ? r_copy(r, below) : r_new(r, json_object());
    if (both && json_object_update(both, above) < 0)
        r->no_memory = true;
    return both;
}

static void merge_field(struct resolver *r, struct merge *m, const char *name, json_t *value)
{
    bool by_key = strcmp(name, "retry") == 0 || strcmp(name, "timeouts") == 0;
    if (json_is_null(value))
        json_object_del(m->fields, name);
    else if (by_key && json_is_object(value))
        r_put(r, m->fields, name, merge_keys(r, json_object_get(m->fields, name), value));
    else
        r_put(r, m->fields, name, json_incref(value));
}

/* A later layer that changes the model leaves behind what was said of the earlier one. */
static void model_changes(struct merge *m, const json_t *bundle)
{
    json_t *model = json_object_get(bundle, "model");
    json_t *before = json_object_get(m->fields, "model");
    if (!model || !before || json_equal(model, before))
        return;
    json_object_del(m->fields, "price");
    if (json_object_del(m->fields, "tier") == 0)
        m->tier_dropped = true;
}

void merge_layer(struct resolver *r, struct merge *m, const struct layer *layer)
{
    const struct doc_field *f;
    model_changes(m, layer->bundle);
    for (size_t i = 0; (f = doc_field_at(&BUNDLE, i)); i++) {
        json_t *value = json_object_get(layer->bundle, f->name);
        if (!value)
            continue;
        merge_field(r, m, f->name, value);
        m->from[i] = layer;
    }
    if (json_is_string(json_object_get(layer->bundle, "tier")))
        m->tier_dropped = false;
}

const struct place *merge_place(const struct merge *m, const char *field, const struct place *seat,
                                struct place *ret)
{
    const struct layer *from = m->from[field_index(field)];
    if (!from)
        return seat;
    *ret = PLACE_AT_KEY(from->at, doc_field_find(&BUNDLE, field)->name);
    return ret;
}

const struct format_kind *provider_format(const struct resolver *r, const char *name)
{
    const json_t *config = json_object_get(r->context->providers, name);
    const char *type = json_string_value(json_object_get(config, "type"));
    return format_kind_find(type ? type : name);
}

json_t *provider_use(struct resolver *r, const char *name)
{
    json_t *config = json_object_get(r->context->providers, name);
    if (config)
        r_put(r, r->providers, name, json_incref(config));
    return config;
}

json_t *price_look_up(struct resolver *r, const char *provider, const char *model)
{
    static const char *const PARTS[] = {"input", "output", "cached_input"};
    _cleanup_free_ char *both = NULL;
    if (asprintf(&both, "%s/%s", provider, model) < 0) {
        both = NULL;
        r->no_memory = true;
        return NULL;
    }
    const char *key = both;
    json_t *row = json_object_get(r->context->prices, key);
    if (!row)
        row = json_object_get(r->context->prices, key = model);
    if (!json_is_number(json_object_get(row, "input")) ||
        !json_is_number(json_object_get(row, "output")))
        return json_null();
    r_put(r, r->prices, key, json_incref(row));
    json_t *price = r_new(r, json_object());
    for (size_t i = 0; i < ARRAY_LEN(PARTS); i++) {
        json_t *part = json_object_get(row, PARTS[i]);
        r_put(r, price, PARTS[i], json_is_number(part) ? json_incref(part) : json_null());
    }
    return price;
}

static void provider_check(struct work *w, json_t *object, const struct place *at)
{
    const char *name = r_word(w->r, object, "provider");
    if (!name || provider_use(w->r, name))
        return;
    struct place p = PLACE_AT_KEY(at, "provider");
    r_fault(w->r, &p, "unknown_provider",
            "No provider \"%.80s\" is configured. provider.list shows those that are.", name);
    r_put(w->r, object, "provider", json_incref(w->r->bad));
}

static void fallbacks_check(struct work *w, json_t *bundle, const struct place *at)
{
    struct place list = PLACE_AT_KEY(at, "fallback");
    size_t i;
    json_t *entry;
    json_array_foreach (r_get(w->r, bundle, "fallback"), i, entry) {
        struct place p = PLACE_AT_INDEX(&list, i);
        provider_check(w, entry, &p);
    }
}

static void timeouts_check(struct work *w, json_t *bundle, const struct place *at)
{
    static const char *const PARTS[] = {"attempt_ms", "first_token_ms", "stall_ms"};
    json_t *timeouts = r_get(w->r, bundle, "timeouts");
    json_t *total = r_get(w->r, timeouts, "total_ms");
    struct place p = PLACE_AT_KEY(at, "timeouts");
    for (size_t i = 0; json_is_integer(total) && i < ARRAY_LEN(PARTS); i++) {
        json_t *part = r_get(w->r, timeouts, PARTS[i]);
        if (!json_is_integer(part) || json_integer_value(part) <= json_integer_value(total))
            continue;
        struct place q = PLACE_AT_KEY(&p, PARTS[i]);
        r_fault(w->r, &q, "bad_timeouts", "Make %s at most total_ms (%" JSON_INTEGER_FORMAT ").",
                PARTS[i], json_integer_value(total));
    }
}

static void tools_check(struct work *w, json_t *bundle, const struct place *at)
{
    json_t *tools = r_get(w->r, bundle, "tools");
    if (json_array_size(tools) == 0)
        return;
    struct place p = PLACE_AT_KEY(at, "tools");
    r_put(w->r, bundle, "tools", tools_resolve(w, tools, &p));
}

void bundle_check(struct work *w, json_t *bundle, const struct place *at)
{
    if (!json_is_object(bundle))
        return;
    provider_check(w, bundle, at);
    fallbacks_check(w, bundle, at);
    timeouts_check(w, bundle, at);
    tools_check(w, bundle, at);
}
