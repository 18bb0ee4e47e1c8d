#include "resolver.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "proto/council/tables/records.h"

int resolver_init(struct resolver *r, const struct council_context *context, struct faults *faults,
                  inner_builder inner_council)
{
    *r = (struct resolver){
        .context = context,
        .faults = faults,
        .inner_council = inner_council,
        .bad = json_integer(0),
        .catalogue = json_object(),
        .providers = json_object(),
        .prices = json_object(),
        .tools = json_object(),
        .profiles = json_object(),
    };
    if (r->bad && r->catalogue && r->providers && r->prices && r->tools && r->profiles)
        return 0;
    resolver_release(r);
    return -ENOMEM;
}

void resolver_release(struct resolver *r)
{
    json_decref(r->bad);
    json_decref(r->catalogue);
    json_decref(r->providers);
    json_decref(r->prices);
    json_decref(r->tools);
    json_decref(r->profiles);
    faults_release(&r->warnings);
    *r = (struct resolver){0};
}

static __attribute__((format(printf, 5, 0))) void tell(struct resolver *r, struct faults *list,
                                                       const struct place *at, const char *code,
                                                       const char *format, va_list args)
{
    _cleanup_free_ char *path = NULL;
    _cleanup_free_ char *inside = NULL;
    _cleanup_free_ char *text = NULL;
    if (faults_pass(list))
        return;
    if (place_print(at, &path, &inside) < 0) {
        r->no_memory = true;
        return;
    }
    if (vasprintf(&text, format, args) < 0) {
        text = NULL;
        r->no_memory = true;
        return;
    }
    if (faults_add(list, path, code, "%s%s", inside, text) < 0)
        r->no_memory = true;
}

void r_fault(struct resolver *r, const struct place *at, const char *code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tell(r, r->faults, at, code, format, args);
    va_end(args);
}

void r_warn(struct resolver *r, const struct place *at, const char *code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tell(r, &r->warnings, at, code, format, args);
    va_end(args);
}

void r_put(struct resolver *r, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new_nocheck(object, key, value) < 0)
        r->no_memory = true;
}

void r_append(struct resolver *r, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) < 0)
        r->no_memory = true;
}

json_t *r_new(struct resolver *r, json_t *value)
{
    if (!value)
        r->no_memory = true;
    return value;
}

bool r_is_bad(const struct resolver *r, const json_t *value)
{
    return value == r->bad;
}

json_t *r_copy(struct resolver *r, const json_t *value)
{
    json_t *copy = r_new(r, json_is_array(value) ? json_array() : json_object());
    const char *key;
    size_t i;
    json_t *one;
    json_array_foreach (value, i, one) {
        r_append(r, copy, json_incref(one));
    }
    json_object_foreach ((json_t *)value, key, one) {
        r_put(r, copy, key, json_incref(one));
    }
    return copy;
}

json_t *r_get(const struct resolver *r, const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    return r_is_bad(r, value) ? NULL : value;
}

const char *r_word(const struct resolver *r, const json_t *object, const char *key)
{
    return json_string_value(r_get(r, object, key));
}

int r_word_of(const struct resolver *r, const json_t *object, const char *key,
              const char *const *set)
{
    return word_index(set, r_word(r, object, key));
}

bool r_unset(const struct resolver *r, const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    return !value || (json_is_null(value) && !r_is_bad(r, value));
}

bool word_is(const json_t *value, const char *word)
{
    return json_is_string(value) && strcmp(json_string_value(value), word) == 0;
}

/* Notes a document under {kind: {name: document}}. */
static void note(struct resolver *r, const char *kind, const char *name, json_t *document)
{
    json_t *names = json_object_get(r->catalogue, kind);
    if (!names) {
        r_put(r, r->catalogue, kind, json_object());
        names = json_object_get(r->catalogue, kind);
    }
    r_put(r, names, name, document);
}

json_t *r_without_program(struct resolver *r, const json_t *document)
{
    json_t *copy = r_copy(r, document);
    for (size_t i = 0; i < TOOL_FILE.count; i++)
        json_object_del(copy, TOOL_FILE.fields[i].name);
    return copy;
}

json_t *r_plain(struct resolver *r, json_t *document)
{
    json_t *copy = r_copy(r, document);
    json_object_del(copy, "description");
    return copy;
}

json_t *r_look_up(struct resolver *r, enum catalogue_kind kind, const char *name,
                  const struct place *at, bool *ret_told)
{
    const struct catalogue *c = r->context->catalogue;
    json_t *document = catalogue_get(c, kind, name);
    if (ret_told)
        *ret_told = false;
    if (!document) {
        const struct catalogue_fault *f = catalogue_fault_of(c, kind, name);
        if (f && ret_told) {
            r_fault(r, at, f->code, "The catalogue file %s cannot be used: %s", f->file,
                    f->message);
            *ret_told = true;
        }
        return NULL;
    }
    if (json_object_get(json_object_get(r->catalogue, catalogue_kind_name(kind)), name))
        return document;
    int tool = r_word_of(r, document, "kind", TOOL_KIND_NAMES);
    bool command = kind == CATALOGUE_TOOLS && (tool == TOOL_KIND_COMMAND || tool == TOOL_KIND_MCP);
    note(r, catalogue_kind_name(kind), name,
         command ? r_without_program(r, document) : json_incref(document));
    if (command)
        r_put(r, r->tools, name, json_incref(document));
    return document;
}
