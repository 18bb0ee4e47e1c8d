#include "gemini_schema.h"

#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"

enum { DEPTH_MAX = 32 };

static json_t *convert(json_t *schema, json_t *defs, int depth);

static json_t *convert_list(json_t *list, json_t *defs, int depth)
{
    json_t *out = xcheck(json_array()), *item;
    size_t i;
    json_array_foreach (list, i, item)
        json_array_append_new(out, convert(item, defs, depth));
    return out;
}

static void convert_properties(json_t *out, json_t *properties, json_t *defs, int depth)
{
    json_t *converted = xcheck(json_object()), *order = xcheck(json_array()), *value;
    const char *name;
    json_object_foreach (properties, name, value) {
        json_object_set_new(converted, name, convert(value, defs, depth));
        json_array_append_new(order, xcheck(json_string(name)));
    }
    json_object_set_new(out, "properties", converted);
    json_object_set_new(out, "propertyOrdering", order);
}

/* One type, or a list of one type and null. */
static void convert_type(json_t *out, json_t *type)
{
    size_t i;
    json_t *item;
    if (json_is_string(type))
        json_object_set(out, "type", type);
    json_array_foreach (type, i, item) {
        if (j_is(item, "null"))
            json_object_set_new(out, "nullable", json_true());
        else
            json_object_set(out, "type", item);
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
    json_object_set(out, "enum", values);
}

static json_t *resolve(json_t *schema, json_t *defs)
{
    const char *reference = json_string_value(json_object_get(schema, "$ref"));
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
    json_t *out = xcheck(json_object());
    if (depth > DEPTH_MAX)
        return out;
    schema = resolve(schema, defs);
    for (const char *const *name = KEPT; *name; name++)
        if (json_object_get(schema, *name))
            json_object_set(out, *name, json_object_get(schema, *name));
    convert_type(out, json_object_get(schema, "type"));
    convert_enum(out, json_object_get(schema, "enum"));
    json_t *only = json_object_get(schema, "const");
    if (json_is_string(only)) {
        json_object_set_new(out, "type", json_string("string"));
        json_object_set_new(out, "enum", xcheck(json_pack("[O]", only)));
    }
    if (json_object_get(schema, "properties"))
        convert_properties(out, json_object_get(schema, "properties"), defs, depth + 1);
    if (json_object_get(schema, "items"))
        json_object_set_new(out, "items",
                            convert(json_object_get(schema, "items"), defs, depth + 1));
    if (json_object_get(schema, "anyOf"))
        json_object_set_new(out, "anyOf",
                            convert_list(json_object_get(schema, "anyOf"), defs, depth + 1));
    return out;
}

json_t *gemini_schema(json_t *schema)
{
    return convert(schema, json_object_get(schema, "$defs"), 0);
}
