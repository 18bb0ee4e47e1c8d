/* A filled example of a schema, for models. */
#include <stdlib.h>
#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"

#include "runner/deliberation/words/strbuf.h"
#include "schema.h"

enum { SKELETON_MOST = 16 * 1024 };

static void skeleton(json_t *root, json_t *schema, struct strbuf *out, int depth);

static void skeleton_object(json_t *root, json_t *schema, struct strbuf *out, int depth)
{
    const char *key, *comma = "";
    json_t *property;
    strbuf_str(out, "{");
    json_object_foreach (json_object_get(schema, "properties"), key, property) {
        if (out->len > SKELETON_MOST) {
            strbuf_str(out, ", ...");
            break;
        }
        strbuf_addf(out, "%s\"%s\": ", comma, key);
        skeleton(root, property, out, depth + 1);
        comma = ", ";
    }
    strbuf_str(out, "}");
}

static void skeleton_enum(json_t *list, struct strbuf *out)
{
    size_t i;
    json_t *v;
    strbuf_str(out, "\"one of:");
    json_array_foreach (list, i, v) {
        char *text = json_is_string(v) ? xstrdup(json_string_value(v)) : j_dump(v);
        strbuf_addf(out, "%s %s", i ? " |" : "", text);
        free(text);
    }
    strbuf_str(out, "\"");
}

static void skeleton_number(json_t *schema, struct strbuf *out)
{
    if (j_is_number(schema, "minimum") && j_is_number(schema, "maximum"))
        strbuf_addf(out, "<number from %g to %g>", j_num(schema, "minimum", 0),
                    j_num(schema, "maximum", 0));
    else
        strbuf_str(out, "<number>");
}

static void skeleton_type(json_t *root, json_t *schema, const char *type, struct strbuf *out,
                          int depth)
{
    json_t *items = json_object_get(schema, "items");
    if (strcmp(type, "object") == 0) {
        skeleton_object(root, schema, out, depth);
    } else if (strcmp(type, "array") == 0) {
        strbuf_str(out, "[");
        if (items)
            skeleton(root, items, out, depth + 1);
        strbuf_str(out, ", ...]");
    } else if (strcmp(type, "number") == 0 || strcmp(type, "integer") == 0) {
        skeleton_number(schema, out);
    } else if (strcmp(type, "boolean") == 0) {
        strbuf_str(out, "<true or false>");
    } else if (strcmp(type, "null") == 0) {
        strbuf_str(out, "null");
    } else {
        strbuf_str(out, "\"...\"");
    }
}

static void skeleton(json_t *root, json_t *schema, struct strbuf *out, int depth)
{
    const char *ref = j_str(schema, "$ref", NULL);
    json_t *target = ref ? schema_target(root, ref) : NULL;
    json_t *list = json_object_get(schema, "enum");
    json_t *type = json_object_get(schema, "type");
    if (json_is_array(type))
        type = json_array_get(type, 0);
    if (depth > 16 || out->len > SKELETON_MOST)
        strbuf_str(out, "...");
    else if (target)
        skeleton(root, target, out, depth + 1);
    else if (list)
        skeleton_enum(list, out);
    else if (json_object_get(schema, "anyOf"))
        skeleton(root, json_array_get(json_object_get(schema, "anyOf"), 0), out, depth + 1);
    else
        skeleton_type(root, schema, type ? json_string_value(type) : "string", out, depth);
}

void schema_skeleton(json_t *schema, struct strbuf *out)
{
    struct strbuf example = STRBUF_INIT;
    skeleton(schema, schema, &example, 0);
    strbuf_str(out, example.text);
    strbuf_release(&example);
}
