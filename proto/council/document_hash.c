#include "document_hash.h"

#include <errno.h>
#include <string.h>

#include "proto/council/tables/records.h"

struct pruner {
    unsigned without; /* field flags */
    bool no_memory;
};

static json_t *prune_record(struct pruner *p, const struct doc_record *record, json_t *object);

static json_t *noted(struct pruner *p, json_t *value)
{
    if (!value)
        p->no_memory = true;
    return value;
}

static void set(struct pruner *p, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new_nocheck(object, key, value) < 0)
        p->no_memory = true;
}

/* opts of a round: the table of its type. `holder` is the round or the wrap. */
static json_t *prune_opts(struct pruner *p, const json_t *holder, json_t *opts)
{
    const struct round_kind *kind =
        round_kind_find(json_string_value(json_object_get(holder, "type")));
    return kind ? prune_record(p, kind->opts, opts) : json_incref(opts);
}

/* until may name a judge's seat anywhere in its all and any. */
static json_t *prune_until(struct pruner *p, json_t *until)
{
    json_t *copy, *part;
    const char *key;
    size_t i;
    if (json_is_array(until)) {
        copy = noted(p, json_array());
        json_array_foreach (until, i, part) {
            if (json_array_append_new(copy, prune_until(p, part)) < 0)
                p->no_memory = true;
        }
        return copy;
    }
    if (!json_is_object(until))
        return json_incref(until);
    copy = noted(p, json_object());
    json_object_foreach (until, key, part) {
        bool seat = strcmp(key, "seat") == 0 && json_is_object(part);
        set(p, copy, key, seat ? prune_record(p, &MEMBER, part) : prune_until(p, part));
    }
    return copy;
}

static json_t *prune_router(struct pruner *p, json_t *router)
{
    const struct router_kind *kind =
        router_kind_find(json_string_value(json_object_get(router, "kind")));
    return kind ? prune_record(p, kind->fields, router) : json_incref(router);
}

static json_t *prune_raw(struct pruner *p, enum doc_raw raw, const json_t *holder, json_t *value)
{
    switch (raw) {
    case RAW_ROUND_OPTS:
        return prune_opts(p, holder, value);
    case RAW_COUNCIL:
        return prune_record(p, &COUNCIL, value);
    case RAW_UNTIL:
        return prune_until(p, value);
    case RAW_ROUTER:
        return prune_router(p, value);
    default:
        return json_incref(value); /* nothing in it is left out */
    }
}

static json_t *prune_value(struct pruner *p, const struct doc_shape *shape, const json_t *holder,
                           json_t *value)
{
    if (json_is_object(value) && shape->raw)
        return prune_raw(p, shape->raw, holder, value);
    if (json_is_object(value) && shape->record)
        return prune_record(p, shape->record, value);
    if (!json_is_array(value) || !shape->items)
        return json_incref(value);
    json_t *copy = noted(p, json_array());
    size_t i;
    json_t *one;
    json_array_foreach (value, i, one) {
        if (json_array_append_new(copy, prune_value(p, shape->items, value, one)) < 0)
            p->no_memory = true;
    }
    return copy;
}

static json_t *prune_record(struct pruner *p, const struct doc_record *record, json_t *object)
{
    json_t *copy = noted(p, json_object());
    const char *key;
    json_t *value;
    json_object_foreach (object, key, value) {
        const struct doc_field *f = doc_field_find(record, key);
        if (f && !(f->flags & p->without))
            set(p, copy, key, prune_value(p, &f->shape, object, value));
    }
    return copy;
}

static json_t *pruned(const json_t *resolved, unsigned without)
{
    struct pruner p = {.without = without};
    bool council = json_object_get(resolved, "members") != NULL;
    json_t *copy = prune_record(&p, council ? &COUNCIL : &AUTO, (json_t *)resolved);
    if (!p.no_memory)
        return copy;
    json_decref(copy);
    return NULL;
}

static int document_hash(const json_t *resolved, unsigned without, char ret[SHA256_HEX_SIZE])
{
    json_t *copy = pruned(resolved, without);
    int r = copy ? json_canonical_sha256(copy, ret) : -ENOMEM;
    json_decref(copy);
    return r;
}

int council_document_sha256(const json_t *resolved, char ret[SHA256_HEX_SIZE])
{
    return document_hash(resolved, F_NOT_HASHED, ret);
}

int council_ask_sha256(const json_t *resolved, char ret[SHA256_HEX_SIZE])
{
    return document_hash(resolved, F_NOT_HASHED | F_NOT_ASKED, ret);
}

json_t *council_asked(const json_t *resolved)
{
    return pruned(resolved, F_NOT_HASHED | F_NOT_ASKED);
}
