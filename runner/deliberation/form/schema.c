#include "schema.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"

#include "runner/deliberation/words/steps.h"

/* A document that was validated is not deeper than 16, its references not circular; this holds
 * for any other too. */
enum { MAX_DEPTH = 64 };

enum { FAULTS_MOST = 20, BYTES_PER_STEP = 64 };

struct check {
    json_t *root;
    json_t *errors;
    bool ok;
    int depth;
    int64_t *steps; /* that are left */
};

static void check(struct check *c, json_t *schema, json_t *value, const char *path);

/* Is a fault to be told, or only to be known? */
static bool tells(const struct check *c)
{
    return c->errors && json_array_size(c->errors) < FAULTS_MOST;
}

static void fault(struct check *c, const char *path, const char *what)
{
    c->ok = false;
    if (!tells(c))
        return;
    char *line = xasprintf("%s: %s", *path ? path : "/", what);
    j_add(c->errors, j_string(line));
    free(line);
}

bool schema_equal(const json_t *a, const json_t *b)
{
    size_t i;
    const char *key;
    json_t *v;
    if (json_is_number(a) && json_is_number(b)) {
        if (json_is_integer(a) && json_is_integer(b))
            return json_integer_value(a) == json_integer_value(b);
        return json_number_value(a) == json_number_value(b);
    }
    if (json_typeof(a) != json_typeof(b))
        return false;
    if (json_is_array(a)) {
        if (json_array_size(a) != json_array_size(b))
            return false;
        json_array_foreach (a, i, v) {
            if (!schema_equal(v, json_array_get(b, i)))
                return false;
        }
        return true;
    }
    if (json_is_object(a)) {
        if (json_object_size(a) != json_object_size(b))
            return false;
        json_object_foreach ((json_t *)a, key, v) {
            json_t *other = json_object_get(b, key);
            if (!other || !schema_equal(v, other))
                return false;
        }
        return true;
    }
    return json_equal(a, b);
}

/* How much work it is to compare a value. */
static size_t size_of(const json_t *value)
{
    if (json_is_string(value))
        return 1 + json_string_length(value) / BYTES_PER_STEP;
    return 1 + json_array_size(value) + json_object_size(value);
}

static bool same(struct check *c, const json_t *a, const json_t *b)
{
    return steps_spend(c->steps, size_of(a)) && schema_equal(a, b);
}

static bool has_type(const json_t *value, const char *type)
{
    if (strcmp(type, "number") == 0)
        return json_is_number(value);
    if (strcmp(type, "integer") == 0)
        return json_is_integer(value) ||
               (json_is_real(value) && floor(json_real_value(value)) == json_real_value(value));
    if (strcmp(type, "string") == 0)
        return json_is_string(value);
    if (strcmp(type, "boolean") == 0)
        return json_is_boolean(value);
    if (strcmp(type, "object") == 0)
        return json_is_object(value);
    if (strcmp(type, "array") == 0)
        return json_is_array(value);
    return strcmp(type, "null") == 0 && json_is_null(value);
}

static void check_type(struct check *c, json_t *type, json_t *value, const char *path)
{
    size_t i;
    json_t *t;
    bool found = json_is_string(type) && has_type(value, json_string_value(type));
    json_array_foreach (type, i, t) {
        found = found || (json_is_string(t) && has_type(value, json_string_value(t)));
    }
    c->ok &= found;
    if (found || !tells(c))
        return;
    char *names = j_dump(type), *line = xasprintf("must be of type %s", names);
    fault(c, path, line);
    free(line);
    free(names);
}

static void check_enum(struct check *c, json_t *list, json_t *value, const char *path)
{
    size_t i;
    json_t *v;
    json_array_foreach (list, i, v) {
        if (same(c, v, value))
            return;
    }
    c->ok = false;
    if (!tells(c))
        return;
    char *allowed = j_dump(list), *line = xasprintf("must be one of %.400s", allowed);
    fault(c, path, line);
    free(line);
    free(allowed);
}

static void check_number(struct check *c, json_t *schema, json_t *value, const char *path)
{
    double x = json_number_value(value);
    if (j_is_number(schema, "minimum") && x < j_num(schema, "minimum", 0))
        fault(c, path, "is less than the minimum");
    if (j_is_number(schema, "maximum") && x > j_num(schema, "maximum", 0))
        fault(c, path, "is more than the maximum");
    if (j_is_number(schema, "exclusiveMinimum") && x <= j_num(schema, "exclusiveMinimum", 0))
        fault(c, path, "must be more than the exclusive minimum");
    if (j_is_number(schema, "exclusiveMaximum") && x >= j_num(schema, "exclusiveMaximum", 0))
        fault(c, path, "must be less than the exclusive maximum");
}

static double characters(struct check *c, const json_t *string)
{
    double n = 0;
    if (!steps_spend(c->steps, json_string_length(string) / BYTES_PER_STEP))
        return 0;
    for (const char *p = json_string_value(string); *p; p++)
        n += ((unsigned char)*p & 0xc0) != 0x80;
    return n;
}

static void check_string(struct check *c, json_t *schema, json_t *value, const char *path)
{
    double n = characters(c, value);
    if (n < j_num(schema, "minLength", 0))
        fault(c, path, "is too short");
    if (j_is_number(schema, "maxLength") && n > j_num(schema, "maxLength", 0))
        fault(c, path, "is too long");
}

static bool all_unique(struct check *c, const json_t *array)
{
    for (size_t i = 0; i < json_array_size(array) && *c->steps >= 0; i++)
        for (size_t k = i + 1; k < json_array_size(array); k++)
            if (same(c, json_array_get(array, i), json_array_get(array, k)))
                return false;
    return true;
}

static void check_array(struct check *c, json_t *schema, json_t *value, const char *path)
{
    size_t i;
    json_t *item, *items = json_object_get(schema, "items");
    double n = (double)json_array_size(value);
    if (n < j_num(schema, "minItems", 0))
        fault(c, path, "has too few items");
    if (j_is_number(schema, "maxItems") && n > j_num(schema, "maxItems", 0))
        fault(c, path, "has too many items");
    if (j_bool(schema, "uniqueItems", false) && !all_unique(c, value))
        fault(c, path, "has an item twice");
    if (!items)
        return;
    json_array_foreach (value, i, item) {
        char *below = xasprintf("%s/%zu", path, i);
        check(c, items, item, below);
        free(below);
    }
}

static void check_required(struct check *c, json_t *schema, json_t *value, const char *path)
{
    size_t i;
    json_t *name;
    json_array_foreach (json_object_get(schema, "required"), i, name) {
        if (!json_is_string(name) || json_object_get(value, json_string_value(name)))
            continue;
        char *line = xasprintf("lacks \"%s\"", json_string_value(name));
        fault(c, path, line);
        free(line);
    }
}

static void check_object(struct check *c, json_t *schema, json_t *value, const char *path)
{
    const char *key;
    json_t *v, *properties = json_object_get(schema, "properties");
    bool open = j_bool(schema, "additionalProperties", true);
    json_t *rest = json_object_get(schema, "additionalProperties");
    check_required(c, schema, value, path);
    json_object_foreach (value, key, v) {
        json_t *property = json_object_get(properties, key);
        char *below = xasprintf("%s/%s", path, key);
        if (property)
            check(c, property, v, below);
        else if (!open)
            fault(c, below, "is not allowed");
        else if (json_is_object(rest))
            check(c, rest, v, below);
        free(below);
    }
}

json_t *schema_target(json_t *root, const char *ref)
{
    if (strcmp(ref, "#") == 0)
        return root;
    if (strncmp(ref, "#/$defs/", 8) != 0)
        return NULL;
    return json_object_get(json_object_get(root, "$defs"), ref + 8);
}

static void check_any(struct check *c, json_t *list, json_t *value, const char *path)
{
    size_t i;
    json_t *one;
    json_array_foreach (list, i, one) {
        struct check quiet = {.root = c->root, .ok = true, .depth = c->depth, .steps = c->steps};
        check(&quiet, one, value, path);
        if (quiet.ok)
            return;
    }
    fault(c, path, "fits none of the allowed forms");
}

static void check_keywords(struct check *c, json_t *schema, json_t *value, const char *path)
{
    json_t *k;
    if ((k = json_object_get(schema, "type")))
        check_type(c, k, value, path);
    if ((k = json_object_get(schema, "enum")))
        check_enum(c, k, value, path);
    if ((k = json_object_get(schema, "const")) && !schema_equal(k, value))
        fault(c, path, "is not the value that is due");
    if ((k = json_object_get(schema, "anyOf")))
        check_any(c, k, value, path);
    if (json_is_number(value))
        check_number(c, schema, value, path);
    else if (json_is_string(value))
        check_string(c, schema, value, path);
    else if (json_is_array(value))
        check_array(c, schema, value, path);
    else if (json_is_object(value))
        check_object(c, schema, value, path);
}

static void check(struct check *c, json_t *schema, json_t *value, const char *path)
{
    if (!steps_spend(c->steps, 1 + strlen(path) / BYTES_PER_STEP)) {
        c->ok = false;
        return;
    }
    if (json_is_false(schema)) {
        fault(c, path, "is not allowed");
        return;
    }
    if (!json_is_object(schema))
        return;
    if (c->depth >= MAX_DEPTH) {
        fault(c, path, "is nested too deep");
        return;
    }
    c->depth++;
    const char *ref = j_str(schema, "$ref", NULL);
    json_t *target = ref ? schema_target(c->root, ref) : NULL;
    if (ref && !target)
        fault(c, path, "its schema refers to nothing");
    else if (target)
        check(c, target, value, path);
    check_keywords(c, schema, value, path);
    c->depth--;
}

bool schema_check_within(json_t *schema, json_t *value, json_t *errors, int64_t *steps)
{
    struct check c = {.root = schema, .errors = errors, .ok = true, .steps = steps};
    check(&c, schema, value, "");
    if (*steps >= 0)
        return c.ok;
    if (errors)
        json_array_clear(errors);
    fault(&c, "", "takes more steps to check than are allowed");
    return false;
}

bool schema_check(json_t *schema, json_t *value, json_t *errors)
{
    int64_t steps = SCHEMA_STEPS;
    return schema_check_within(schema, value, errors, &steps);
}
