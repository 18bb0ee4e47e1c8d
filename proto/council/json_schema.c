/* The JSON Schema (2020-12) of the council document, from the tables. It cannot say everything that
 * validation says: names, cross rules and sizes are the daemon's to check. */
#include "json_schema.h"

#include <string.h>

#include "common/cleanup.h"
#include "proto/council/tables/records.h"
#include "proto/json/json_tree.h"

struct maker {
    json_t *definitions;
    bool no_memory;
};

static void set(struct maker *m, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) < 0)
        m->no_memory = true;
}

static void add(struct maker *m, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) < 0)
        m->no_memory = true;
}

static json_t *value_schema(struct maker *m, const struct doc_shape *s);
static json_t *record_schema(struct maker *m, const struct doc_record *record);

/* A reference to the definition of a record, which is made when it is first named. */
static json_t *record_reference(struct maker *m, const struct doc_record *record)
{
    json_t *schema = json_object();
    char name[64];
    snprintf(name, sizeof(name), "%s", record->name);
    for (char *c = name; *c; c++)
        if (*c == ' ')
            *c = '_';
    if (!json_object_get(m->definitions, name)) {
        set(m, m->definitions, name, json_true()); /* so that recursion ends */
        set(m, m->definitions, name, record_schema(m, record));
    }
    set(m, schema, "$ref", json_sprintf("#/$defs/%s", name));
    return schema;
}

static json_t *raw_schema(struct maker *m, enum doc_raw raw)
{
    json_t *schema = json_object();
    if (raw == RAW_COUNCIL)
        set(m, schema, "$ref", json_string("#"));
    else
        set(m, schema, "type", json_string("object"));
    return schema;
}

static json_t *string_schema(struct maker *m, const struct doc_shape *s)
{
    json_t *schema = json_object();
    set(m, schema, "type", json_string("string"));
    if (s->words) {
        json_t *words = json_array();
        for (const char *const *word = s->words; *word; word++)
            add(m, words, json_string(*word));
        set(m, schema, "enum", words);
    }
    if (s->flags & S_ID)
        set(m, schema, "pattern", json_string("^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"));
    if (s->flags & S_FILLED)
        set(m, schema, "minLength", json_integer(1));
    if (s->max_length)
        set(m, schema, "maxLength", json_integer((json_int_t)s->max_length));
    return schema;
}

static json_t *number_schema(struct maker *m, const struct doc_shape *s)
{
    json_t *schema = json_object();
    set(m, schema, "type", json_string(s->types & T_NUMBER ? "number" : "integer"));
    if (s->min == 0 && s->max == 0)
        return schema;
    set(m, schema, s->flags & S_ABOVE ? "exclusiveMinimum" : "minimum",
        json_integer((json_int_t)s->min));
    bool whole = s->max == (double)(json_int_t)s->max;
    set(m, schema, "maximum", whole ? json_integer((json_int_t)s->max) : json_real(s->max));
    return schema;
}

static json_t *array_schema(struct maker *m, const struct doc_shape *s)
{
    json_t *schema = json_object();
    set(m, schema, "type", json_string("array"));
    set(m, schema, "items", value_schema(m, s->items));
    if (s->flags & S_FILLED)
        set(m, schema, "minItems", json_integer(1));
    if (s->max_items)
        set(m, schema, "maxItems", json_integer((json_int_t)s->max_items));
    return schema;
}

static json_t *object_schema(struct maker *m, const struct doc_shape *s)
{
    if (s->record)
        return record_reference(m, s->record);
    if (s->raw)
        return raw_schema(m, s->raw);
    json_t *schema = json_object();
    set(m, schema, "type", json_string("object"));
    if (!s->items)
        return schema;
    set(m, schema, "additionalProperties", value_schema(m, s->items));
    if (s->max_items)
        set(m, schema, "maxProperties", json_integer((json_int_t)s->max_items));
    return schema;
}

static json_t *plain(struct maker *m, const char *type)
{
    json_t *schema = json_object();
    set(m, schema, "type", json_string(type));
    return schema;
}

static json_t *value_schema(struct maker *m, const struct doc_shape *s)
{
    json_t *kinds = json_array();
    if (s->types == T_ANY) {
        json_decref(kinds);
        return json_true();
    }
    if (s->types & T_STRING)
        add(m, kinds, string_schema(m, s));
    if (s->types & (T_INTEGER | T_NUMBER))
        add(m, kinds, number_schema(m, s));
    if (s->types & T_BOOLEAN)
        add(m, kinds, plain(m, "boolean"));
    if (s->types & T_ARRAY)
        add(m, kinds, array_schema(m, s));
    if (s->types & T_OBJECT)
        add(m, kinds, object_schema(m, s));
    if (s->types & T_NULL)
        add(m, kinds, plain(m, "null"));
    json_t *schema =
        json_array_size(kinds) == 1 ? json_incref(json_array_get(kinds, 0)) : json_object();
    if (json_array_size(kinds) != 1)
        set(m, schema, "anyOf", json_incref(kinds));
    json_decref(kinds);
    return schema;
}

static json_t *field_schema(struct maker *m, const struct doc_field *f)
{
    json_t *schema = value_schema(m, &f->shape);
    if (!json_is_object(schema))
        return schema;
    if (f->doc[0])
        set(m, schema, "description", json_string(f->doc));
    if (f->fallback)
        set(m, schema, "default", json_load_constant(f->fallback));
    return schema;
}

/* "opts" of a round or template depend on the word in another field. */
static void add_case(struct maker *m, json_t *cases, const char *field, const char *word,
                     const struct doc_record *opts)
{
    json_t *one = json_object();
    set(m, one, "if",
        json_pack("{s:{s:{s:s}}, s:[s]}", "properties", field, "const", word, "required", field));
    set(m, one, "then", json_pack("{s:{s:o}}", "properties", "opts", record_reference(m, opts)));
    add(m, cases, one);
}

static void add_cases(struct maker *m, json_t *schema, const struct doc_record *record)
{
    json_t *cases = json_array();
    for (size_t i = 0; record == &ROUND && i < ROUND_TYPE_COUNT; i++)
        add_case(m, cases, "type", ROUND_KINDS[i].name, ROUND_KINDS[i].opts);
    for (const char *const *name = TEMPLATE_NAMES; record == &TEMPLATE && *name; name++)
        add_case(m, cases, "name", *name, template_kind_find(*name)->opts);
    if (json_array_size(cases) > 0)
        set(m, schema, "allOf", json_incref(cases));
    json_decref(cases);
}

static json_t *record_schema(struct maker *m, const struct doc_record *record)
{
    json_t *schema = json_object(), *properties = json_object(), *required = json_array();
    const struct doc_field *f;
    set(m, schema, "type", json_string("object"));
    for (size_t i = 0; (f = doc_field_at(record, i)); i++) {
        set(m, properties, f->name, field_schema(m, f));
        if (f->flags & F_REQUIRED)
            add(m, required, json_string(f->name));
    }
    set(m, schema, "properties", properties);
    if (json_array_size(required) > 0)
        set(m, schema, "required", json_incref(required));
    json_decref(required);
    set(m, schema, "additionalProperties", json_false());
    add_cases(m, schema, record);
    return schema;
}

json_t *council_json_schema(void)
{
    struct maker m = {.definitions = json_object()};
    json_t *schema = json_object(), *council = record_schema(&m, &COUNCIL);
    set(&m, schema, "$schema", json_string("https://json-schema.org/draft/2020-12/schema"));
    set(&m, schema, "title", json_string("Council document"));
    if (!council || json_object_update(schema, council) < 0)
        m.no_memory = true;
    json_decref(council);
    set(&m, schema, "$defs", m.definitions);
    json_t *version = json_object_get(json_object_get(schema, "properties"), "schema_version");
    set(&m, version, "const", json_integer(1));
    if (!m.no_memory)
        return schema;
    json_decref(schema);
    return NULL;
}

char *council_json_schema_text(void)
{
    json_t *schema = council_json_schema();
    char *text = schema ? json_dumps(schema, JSON_INDENT(1)) : NULL;
    json_decref(schema);
    return text;
}
