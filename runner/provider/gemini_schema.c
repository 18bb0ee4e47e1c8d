#include "gemini_schema.h"

#include <string.h>

#include "common/jx.h"

enum { DEPTH_MAX = 32 };

static json_t *convert(json_t *schema, json_t *defs, int depth);

static json_t *convert_list(json_t *list, json_t *defs, int depth)
{
    json_t *out = j_array(), *item;
    size_t i;
    json_array_foreach (list, i, item)
        j_add(out, convert(item, defs, depth));
    return out;
}

static void convert_properties(json_t *out, json_t *properties, json_t *defs, int depth)
{
    json_t *converted = j_object(), *order = j_array(), *value;
    const char *name;
    json_object_foreach (properties, name, value) {
        j_set(converted, name, convert(value, defs, depth));
        j_add(order, j_string(name));
    }
    j_set(out, "properties", converted);
    j_set(out, "propertyOrdering", order);
}

/* One type, or a list of one type and null. */
static void convert_type(json_t *out, json_t *type)
{
    size_t i;
    json_t *item;
    if (json_is_string(type))
        j_keep(out, "type", type);
    json_array_foreach (type, i, item) {
        if (j_is(item, "null"))
            j_set(out, "nullable", json_true());
        else
            j_keep(out, "type", item);
    }
}

/* Enums are strings there. */
static void convert_enum(json_t *out, json_t *values)
{
    size_t i;
    json_t *value;
    json_array_foreach (values, i, value)
        if (!json_is_string(value))
            return;
    j_keep(out, "enum", values);
}

static json_t *resolve(json_t *schema, json_t *defs)
{
    const char *reference = j_str(schema, "$ref", NULL);
    static const char DEFS[] = "#/$defs/";
    if (!reference || strncmp(reference, DEFS, sizeof(DEFS) - 1))
        return schema;
    json_t *found = json_object_get(defs, reference + sizeof(DEFS) - 1);
    return found ? found : schema;
}

static json_t *convert(json_t *schema, json_t *defs, int depth)
{
    static const char *const KEPT[] = {
        "title",   "description", "format",  "minItems", "maxItems", "minLength", "maxLength",
        "pattern", "minimum",     "maximum", "required", "nullable", NULL};
    json_t *out = j_object();
    if (depth > DEPTH_MAX)
        return out;
    schema = resolve(schema, defs);
    for (const char *const *name = KEPT; *name; name++)
        if (json_object_get(schema, *name))
            j_keep(out, *name, json_object_get(schema, *name));
    convert_type(out, json_object_get(schema, "type"));
    convert_enum(out, json_object_get(schema, "enum"));
    json_t *only = json_object_get(schema, "const");
    if (json_is_string(only)) {
        j_set(out, "type", j_string("string"));
        j_set(out, "enum", j_pack("[O]", only));
    }
    if (json_object_get(schema, "properties"))
        convert_properties(out, json_object_get(schema, "properties"), defs, depth + 1);
    if (json_object_get(schema, "items"))
        j_set(out, "items", convert(json_object_get(schema, "items"), defs, depth + 1));
    if (json_object_get(schema, "anyOf"))
        j_set(out, "anyOf", convert_list(json_object_get(schema, "anyOf"), defs, depth + 1));
    return out;
}

json_t *gemini_schema(json_t *schema)
{
    return convert(schema, json_object_get(schema, "$defs"), 0);
}
