#include "field_schema.h"

#include "proto/json/json_make.h"

static json_t *typed(const char *type)
{
    return json_pack("{s:s}", "type", type);
}

static json_t *pattern(const char *regex)
{
    return json_pack("{s:s, s:s}", "type", "string", "pattern", regex);
}

static json_t *string_schema(const struct field *field)
{
    if (field->form && field->form->pattern)
        return pattern(field->form->pattern);

    json_t *schema = typed("string");
    bool ok = schema != NULL;

    if (field->min > 0)
        ok = ok && json_put(schema, "minLength", json_integer(1));
    if (field->max > 0)
        ok = ok && json_put(schema, "maxLength", json_integer(field->max));
    return json_done(schema, ok);
}

static json_t *int_schema(const struct field *field)
{
    json_t *schema = typed("integer");
    bool ok = schema != NULL;

    if (field->min != INT64_MIN)
        ok = ok && json_put(schema, "minimum", json_integer(field->min));
    if (field->max != INT64_MAX && field->max != 0)
        ok = ok && json_put(schema, "maximum", json_integer(field->max));
    return json_done(schema, ok);
}

static json_t *word_schema(const struct field *field)
{
    json_t *words = json_array();
    bool ok = words != NULL;

    for (size_t i = 0; ok && field->words[i]; i++)
        ok = json_append(words, json_string(field->words[i]));
    words = json_done(words, ok);
    return words ? json_pack("{s:s, s:o}", "type", "string", "enum", words) : NULL;
}

static json_t *reference(const struct object *object)
{
    return json_pack("{s:s+}", "$ref", "#/components/schemas/", object->title);
}

/* Of what stands in an array or a map, each under `keyword`. */
static json_t *parts_schema(const struct field *field, const char *type, const char *keyword)
{
    json_t *schema = typed(type);
    bool ok = schema != NULL;

    if (field->of)
        ok = ok && json_put(schema, keyword, reference(field->of));
    else if (field->item)
        ok = ok && json_put(schema, keyword, field_schema(field->item));
    return json_done(schema, ok);
}

static json_t *inner_schema(const struct field *field)
{
    if (field->of)
        return reference(field->of);
    return field->sub ? fields_schema(field->sub, field->flags & FIELD_CLOSED) : typed("object");
}

static json_t *strings_schema(const struct field *field)
{
    return json_pack("{s:s, s:{s:s, s:I}}", "type", "array", "items", "type", "string", "maxLength",
                     (json_int_t)field->max);
}

static json_t *string_map_schema(const struct field *field)
{
    return json_pack("{s:s, s:{s:s, s:I}}", "type", "object", "additionalProperties", "type",
                     "string", "maxLength", (json_int_t)field->max);
}

static json_t *shutdown_schema(void)
{
    return json_pack("{s:[{s:s, s:i}, {s:s, s:[s, s]}]}", "oneOf", "type", "integer", "minimum", 0,
                     "type", "string", "enum", "infinity", "brutal_kill");
}

static json_t *subscribe_schema(void)
{
    return json_pack("{s:[{s:s}, {s:s, s:{s:{s:s}}, s:b}]}", "oneOf", "type", "boolean", "type",
                     "object", "properties", "deltas", "type", "boolean", "additionalProperties",
                     0);
}

static json_t *bare_schema(const struct field *field)
{
    switch (field->type) {
    case FIELD_STRING:
    case FIELD_TEXT:
        return string_schema(field);
    case FIELD_BOUND:
        return json_pack("{s:[o, {s:s}]}", "anyOf", int_schema(field), "type", "null");
    case FIELD_INT:
        return int_schema(field);
    case FIELD_NUMBER:
        return typed("number");
    case FIELD_BOOL:
        return typed("boolean");
    case FIELD_WORD:
        return word_schema(field);
    case FIELD_WORDS:
        return json_pack("{s:s, s:o}", "type", "array", "items", word_schema(field));
    case FIELD_OBJECT:
        return inner_schema(field);
    case FIELD_ARRAY:
        return parts_schema(field, "array", "items");
    case FIELD_MAP:
        return parts_schema(field, "object", "additionalProperties");
    case FIELD_STRINGS:
        return strings_schema(field);
    case FIELD_STRING_MAP:
        return string_map_schema(field);
    case FIELD_SHUTDOWN:
        return shutdown_schema();
    case FIELD_SUBSCRIBE:
        return subscribe_schema();
    case FIELD_VERBOSE:
        return json_pack("{s:[b, s]}", "enum", 0, "debug");
    case FIELD_TIME:
        return json_pack("{s:s, s:s}", "type", "string", "format", "date-time");
    case FIELD_ONE_OR_MORE:
        return json_pack("{s:[{s:s}, {s:s, s:{s:s}}]}", "anyOf", "type", "string", "type", "array",
                         "items", "type", "string");
    case FIELD_ANY:
    case FIELD_SPAN:
    case FIELD_TYPE_COUNT:
        break;
    }
    return json_object();
}

json_t *field_schema(const struct field *field)
{
    json_t *schema = bare_schema(field);

    if (schema && (field->flags & FIELD_NULLABLE))
        schema = json_pack("{s:[o, {s:s}]}", "anyOf", schema, "type", "null");
    if (!schema || !field->doc)
        return schema;
    return json_done(schema, json_put(schema, "description", json_string(field->doc)));
}

json_t *fields_schema(const struct field *table, bool closed)
{
    json_t *properties = json_object();
    json_t *required = json_array();
    json_t *schema = typed("object");
    bool ok = properties && required && schema;

    for (const struct field *field = table; ok && field->name; field++) {
        ok = json_put(properties, field->name, field_schema(field));
        if (ok && (field->flags & FIELD_REQUIRED))
            ok = json_append(required, json_string(field->name));
    }
    if (ok && json_object_size(properties) > 0)
        ok = json_object_set(schema, "properties", properties) == 0;
    if (ok && json_array_size(required) > 0)
        ok = json_object_set(schema, "required", required) == 0;
    if (ok && closed)
        ok = json_put(schema, "additionalProperties", json_false());
    json_decref(properties);
    json_decref(required);
    return json_done(schema, ok);
}

static json_t *variants_schema(const struct object *object)
{
    json_t *list = json_array();
    bool ok = list != NULL;

    for (const struct object *const *one = object->variants; ok && *one; one++)
        ok = json_append(list, reference(*one));
    list = json_done(list, ok);
    return list ? json_pack("{s:o}", "anyOf", list) : NULL;
}

json_t *object_schema(const struct object *object)
{
    json_t *schema =
        object->fields ? fields_schema(object->fields, false) : variants_schema(object);
    bool ok = schema != NULL;

    ok = ok && json_put(schema, "title", json_string(object->title));
    ok = ok && json_put(schema, "description", json_string(object->doc));
    return json_done(schema, ok);
}
