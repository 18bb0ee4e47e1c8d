#include "gemini_schema.h"

#include <string.h>

#include "common/jx.h"

/* References are filled in: a few that lead down many ways would make more than any service takes,
 * and more than there is memory for. Bytes are counted as they are written. */
enum { DEPTH_MAX = 32, BYTES_MOST = 1 << 20, BYTES_EACH = 16 };

struct conversion {
    json_t *defs;
    size_t left; /* bytes that may still be made */
};

static json_t *convert(struct conversion *c, json_t *schema, int depth);

/* As j_keep, while there is room. */
static void keep(struct conversion *c, json_t *out, const char *name, json_t *value)
{
    size_t size = strlen(name) + json_dumpb(value, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY);
    c->left = size < c->left ? c->left - size : 0;
    if (c->left > 0)
        j_keep(out, name, value);
}

static json_t *convert_list(struct conversion *c, json_t *list, int depth)
{
    json_t *out = j_array(), *item;
    size_t i;
    json_array_foreach (list, i, item)
        if (c->left > 0)
            j_add(out, convert(c, item, depth));
    return out;
}

static void convert_properties(struct conversion *c, json_t *out, json_t *properties, int depth)
{
    json_t *converted = j_object(), *order = j_array(), *value;
    const char *name;
    json_object_foreach (properties, name, value) {
        size_t size = 2 * strlen(name);
        c->left = size < c->left ? c->left - size : 0;
        if (c->left == 0)
            break;
        j_set(converted, name, convert(c, value, depth));
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
static void convert_enum(struct conversion *c, json_t *out, json_t *values)
{
    size_t i;
    json_t *value;
    json_array_foreach (values, i, value)
        if (!json_is_string(value))
            return;
    keep(c, out, "enum", values);
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

static json_t *convert(struct conversion *c, json_t *schema, int depth)
{
    static const char *const KEPT[] = {
        "title",   "description", "format",  "minItems", "maxItems", "minLength", "maxLength",
        "pattern", "minimum",     "maximum", "required", "nullable", NULL};
    json_t *out = j_object();
    if (depth > DEPTH_MAX || c->left <= BYTES_EACH)
        return out;
    c->left -= BYTES_EACH;
    schema = resolve(schema, c->defs);
    for (const char *const *name = KEPT; *name; name++)
        if (json_object_get(schema, *name))
            keep(c, out, *name, json_object_get(schema, *name));
    convert_type(out, json_object_get(schema, "type"));
    convert_enum(c, out, json_object_get(schema, "enum"));
    json_t *only = json_object_get(schema, "const");
    if (json_is_string(only)) {
        j_set(out, "type", j_string("string"));
        json_t *values = j_pack("[O]", only);
        keep(c, out, "enum", values);
        json_decref(values);
    }
    if (json_object_get(schema, "properties"))
        convert_properties(c, out, json_object_get(schema, "properties"), depth + 1);
    if (json_object_get(schema, "items"))
        j_set(out, "items", convert(c, json_object_get(schema, "items"), depth + 1));
    if (json_object_get(schema, "anyOf"))
        j_set(out, "anyOf", convert_list(c, json_object_get(schema, "anyOf"), depth + 1));
    return out;
}

json_t *gemini_schema(json_t *schema)
{
    struct conversion c = {.defs = json_object_get(schema, "$defs"), .left = BYTES_MOST};
    return convert(&c, schema, 0);
}
