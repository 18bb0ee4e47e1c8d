/* What fields look like: as JSON Schema for machines, as text for people. */
#include "fields.h"

#include "proto/json/json_make.h"
#include "runid.h"

/* ---- JSON Schema ---- */

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

static json_t *array_schema(const struct field *field)
{
    json_t *schema = typed("array");
    bool ok = schema != NULL;

    if (field->sub)
        ok = ok && json_put(schema, "items", fields_schema(field->sub, false));
    return json_done(schema, ok);
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
        return string_schema(field);
    case FIELD_INT:
        return int_schema(field);
    case FIELD_NUMBER:
        return typed("number");
    case FIELD_BOOL:
        return typed("boolean");
    case FIELD_WORD:
        return word_schema(field);
    case FIELD_OBJECT:
        return field->sub ? fields_schema(field->sub, field->flags & FIELD_CLOSED)
                          : typed("object");
    case FIELD_ARRAY:
        return array_schema(field);
    case FIELD_STRINGS:
        return strings_schema(field);
    case FIELD_STRING_MAP:
        return string_map_schema(field);
    case FIELD_RUN_ID:
        return json_pack("{s:s, s:i}", "type", "string", "maxLength", RUNID_MAX);
    case FIELD_NEW_RUN_ID:
        return pattern("^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$");
    case FIELD_REF:
        return pattern("^ref_[A-Za-z0-9_-]{11}$");
    case FIELD_SHUTDOWN:
        return shutdown_schema();
    case FIELD_SUBSCRIBE:
        return subscribe_schema();
    case FIELD_VERBOSE:
        return json_pack("{s:[b, s]}", "enum", 0, "debug");
    case FIELD_TIME:
        return json_pack("{s:s, s:s}", "type", "string", "format", "date-time");
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

/* ---- text ---- */

static void add(char *to, size_t size, const char *text)
{
    size_t n = strlen(to);

    snprintf(to + n, size - n, "%s", text);
}

static void int_text(const struct field *field, char *ret, size_t size)
{
    char range[64] = "";

    if (field->max != INT64_MAX && field->max != 0)
        snprintf(range, sizeof(range), " %jd..%jd", (intmax_t)field->min, (intmax_t)field->max);
    else if (field->min != INT64_MIN)
        snprintf(range, sizeof(range), " >= %jd", (intmax_t)field->min);
    snprintf(ret, size, "integer%s", range);
}

static void string_text(const struct field *field, char *ret, size_t size)
{
    if (field->max > 0)
        snprintf(ret, size, "string of %jd..%jd bytes", (intmax_t)field->min, (intmax_t)field->max);
    else
        snprintf(ret, size, "string");
}

static void words_text(const struct field *field, char *ret, size_t size)
{
    *ret = '\0';
    for (size_t i = 0; field->words[i]; i++) {
        add(ret, size, i ? ", \"" : "\"");
        add(ret, size, field->words[i]);
        add(ret, size, "\"");
    }
}

static void span_text(const struct field *field, char *ret, size_t size)
{
    if (field->max > 0)
        snprintf(ret, size, "any JSON up to %jd bytes", (intmax_t)field->max);
    else
        snprintf(ret, size, "any JSON");
}

static void strings_text(const struct field *field, char *ret, size_t size)
{
    snprintf(ret, size, "%s of strings of up to %jd bytes",
             field->type == FIELD_STRINGS ? "array" : "object", (intmax_t)field->max);
}

static const char *const TEXT[FIELD_TYPE_COUNT] = {
    [FIELD_NUMBER] = "number",
    [FIELD_BOOL] = "boolean",
    [FIELD_OBJECT] = "object",
    [FIELD_ARRAY] = "array",
    [FIELD_ANY] = "any JSON",
    [FIELD_RUN_ID] = "string of up to 128 bytes",
    [FIELD_NEW_RUN_ID] = "string of 1..128 of A-Z a-z 0-9 . _ -, first a letter, digit or _",
    [FIELD_REF] = "string, a ref",
    [FIELD_SHUTDOWN] = "integer >= 0, \"infinity\" or \"brutal_kill\"",
    [FIELD_SUBSCRIBE] = "boolean or {deltas: boolean}",
    [FIELD_VERBOSE] = "false or \"debug\"",
    [FIELD_TIME] = "time",
};

char *field_type_text(const struct field *field, char *ret, size_t size)
{
    if (field->type == FIELD_INT)
        int_text(field, ret, size);
    else if (field->type == FIELD_STRING)
        string_text(field, ret, size);
    else if (field->type == FIELD_WORD)
        words_text(field, ret, size);
    else if (field->type == FIELD_SPAN)
        span_text(field, ret, size);
    else if (field->type == FIELD_STRINGS || field->type == FIELD_STRING_MAP)
        strings_text(field, ret, size);
    else
        snprintf(ret, size, "%s", TEXT[field->type]);
    if (field->flags & FIELD_NULLABLE)
        add(ret, size, " or null");
    return ret;
}
