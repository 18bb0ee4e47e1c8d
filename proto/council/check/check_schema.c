#include "check_schema.h"

#include <string.h>

#include "proto/json/json_tree.h"
#include "shape.h"

enum { SCHEMA_DEPTH_MAX = 16 };

struct checker {
    struct resolver *r;
    const char *code;
    json_t *root;
    bool good;
};

static void bad(struct checker *c, const struct place *at, const char *text)
{
    r_fault(c->r, at, c->code, "%s", text);
    c->good = false;
}

enum keyword_kind {
    K_ANNOTATION,
    K_TYPE,
    K_SCHEMAS, /* object of schemas */
    K_NAMES,
    K_BOOLEAN,
    K_SCHEMA,
    K_VALUES,
    K_NUMBER,
    K_COUNT,
    K_LIST, /* array of schemas */
    K_REF,
    K_UNENFORCED,
};

static const struct keyword {
    const char *name;
    enum keyword_kind kind;
} KEYWORDS[] = {
    {"type", K_TYPE},
    {"properties", K_SCHEMAS},
    {"required", K_NAMES},
    {"additionalProperties", K_BOOLEAN},
    {"items", K_SCHEMA},
    {"enum", K_VALUES},
    {"const", K_ANNOTATION},
    {"minimum", K_NUMBER},
    {"maximum", K_NUMBER},
    {"exclusiveMinimum", K_NUMBER},
    {"exclusiveMaximum", K_NUMBER},
    {"minLength", K_COUNT},
    {"maxLength", K_COUNT},
    {"minItems", K_COUNT},
    {"maxItems", K_COUNT},
    {"uniqueItems", K_BOOLEAN},
    {"anyOf", K_LIST},
    {"$defs", K_SCHEMAS},
    {"$ref", K_REF},
    {"pattern", K_UNENFORCED},
    {"format", K_UNENFORCED},
    {"title", K_ANNOTATION},
    {"description", K_ANNOTATION},
    {"default", K_ANNOTATION},
    {"examples", K_ANNOTATION},
    {"deprecated", K_ANNOTATION},
    {"readOnly", K_ANNOTATION},
    {"writeOnly", K_ANNOTATION},
    {"$comment", K_ANNOTATION},
    {"$schema", K_ANNOTATION},
    {"$id", K_ANNOTATION},
};

static const struct keyword *keyword_find(const char *name)
{
    for (size_t i = 0; i < sizeof(KEYWORDS) / sizeof(KEYWORDS[0]); i++)
        if (strcmp(KEYWORDS[i].name, name) == 0)
            return &KEYWORDS[i];
    return NULL;
}

static bool type_known(const json_t *type)
{
    static const char *const TYPES[] = {"string", "number", "integer", "boolean",
                                        "object", "array",  "null"};
    for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++)
        if (word_is(type, TYPES[i]))
            return true;
    return false;
}

static bool type_valid(const json_t *type)
{
    size_t i;
    json_t *one;
    if (!json_is_array(type))
        return type_known(type);
    json_array_foreach (type, i, one) {
        if (!type_known(one))
            return false;
    }
    return json_array_size(type) > 0;
}

static bool names_valid(const json_t *names)
{
    size_t i;
    json_t *one;
    json_array_foreach (names, i, one) {
        if (!json_is_string(one))
            return false;
    }
    return json_is_array(names);
}

/* The definition that a $ref names, NULL when the form is wrong or it does not exist. */
static json_t *definition(const struct checker *c, const json_t *ref)
{
    const char *text = json_string_value(ref);
    if (!text || strncmp(text, "#/$defs/", 8) != 0)
        return NULL;
    return json_object_get(json_object_get(c->root, "$defs"), text + 8);
}

static void check(struct checker *c, json_t *schema, size_t depth, const struct place *at);

static void check_each(struct checker *c, json_t *schemas, size_t depth, const struct place *at)
{
    const char *name;
    size_t i;
    json_t *one;
    if (json_is_object(schemas)) {
        json_object_foreach (schemas, name, one) {
            struct place p = PLACE_AT_KEY(at, name);
            check(c, one, depth + 1, &p);
        }
    } else {
        json_array_foreach (schemas, i, one) {
            struct place p = PLACE_AT_INDEX(at, i);
            check(c, one, depth + 1, &p);
        }
    }
}

static void check_keyword(struct checker *c, const struct keyword *k, json_t *value, size_t depth,
                          const struct place *at)
{
    switch (k->kind) {
    case K_TYPE:
        if (!type_valid(value))
            bad(c, at,
                "type is one of string, number, integer, boolean, object, array, null, or "
                "a list of them.");
        return;
    case K_SCHEMAS:
        if (!json_is_object(value))
            bad(c, at, "This must be an object of schemas.");
        else
            check_each(c, value, depth, at);
        return;
    case K_NAMES:
        if (!names_valid(value))
            bad(c, at, "required is a list of property names.");
        return;
    case K_BOOLEAN:
        if (!json_is_boolean(value))
            bad(c, at, "Only true and false are supported here.");
        return;
    case K_SCHEMA:
        check(c, value, depth + 1, at);
        return;
    case K_VALUES:
        if (json_array_size(value) == 0)
            bad(c, at, "enum is a list of at least one value.");
        return;
    case K_NUMBER:
        if (!json_is_number(value))
            bad(c, at, "This must be a number.");
        return;
    case K_COUNT:
        if (!json_is_integer(value) || json_integer_value(value) < 0)
            bad(c, at, "This must be an integer that is not negative.");
        return;
    case K_LIST:
        if (json_array_size(value) == 0)
            bad(c, at, "anyOf is a list of at least one schema.");
        else
            check_each(c, value, depth, at);
        return;
    case K_REF:
        if (!definition(c, value))
            bad(c, at, "$ref must be \"#/$defs/NAME\" with a NAME that the schema defines.");
        return;
    case K_UNENFORCED:
        r_warn(c->r, at, "pattern_not_enforced",
               "%s is handed on to the provider, but answers are not checked against it.", k->name);
        return;
    case K_ANNOTATION:
        return;
    }
}

static void check(struct checker *c, json_t *schema, size_t depth, const struct place *at)
{
    const char *name;
    json_t *value;
    if (!json_is_object(schema)) {
        bad(c, at, "A schema must be an object.");
        return;
    }
    if (depth > SCHEMA_DEPTH_MAX) {
        bad(c, at, "The schema is nested more than 16 levels deep.");
        return;
    }
    json_object_foreach (schema, name, value) {
        struct place p = PLACE_AT_KEY(at, name);
        const struct keyword *k = keyword_find(name);
        if (k)
            check_keyword(c, k, value, depth, &p);
        else
            bad(c, &p, "This keyword is not supported; see the list in the documentation.");
    }
}

/* Does the definition `name` reach itself over references? `seen` holds the names on the way. */
static bool recursive(struct checker *c, json_t *schema, json_t *seen)
{
    const char *key;
    size_t i;
    json_t *child, *target;
    if (json_is_array(schema)) {
        json_array_foreach (schema, i, child) {
            if (recursive(c, child, seen))
                return true;
        }
        return false;
    }
    json_object_foreach (schema, key, child) {
        if (strcmp(key, "$ref") != 0 || !(target = definition(c, child))) {
            if (strcmp(key, "$defs") != 0 && recursive(c, child, seen))
                return true;
            continue;
        }
        const char *name = json_string_value(child) + 8;
        json_t *state = json_object_get(seen, name);
        if (json_is_true(state))
            return true; /* on the way */
        if (state)
            continue; /* done before */
        r_put(c->r, seen, name, json_true());
        if (recursive(c, target, seen))
            return true;
        r_put(c->r, seen, name, json_false());
    }
    return false;
}

bool schema_document_check(struct resolver *r, json_t *schema, const char *code,
                           const struct place *at)
{
    struct checker c = {.r = r, .code = code, .root = schema, .good = true};
    check(&c, schema, 1, at);
    if (!c.good)
        return false;
    if (!free_check(r, schema, at))
        return false;
    json_t *seen = r_new(r, json_object());
    if (recursive(&c, schema, seen))
        bad(&c, at, "A definition refers to itself; recursive schemas are not supported.");
    json_decref(seen);
    return c.good;
}

#define STRING  "{\"type\":\"string\"}"
#define STRINGS "{\"type\":\"array\",\"items\":" STRING "}"
#define PART    "{\"type\":\"number\",\"minimum\":0,\"maximum\":1}"
#define OBJECT_OF(properties, names)                                                               \
    "{\"type\":\"object\",\"properties\":{" properties "},\"required\":[" names                    \
    "],\"additionalProperties\":false}"

static const char *const BUILTINS[][2] = {
    {"vote", OBJECT_OF("\"rationale\":" STRING ",\"choice\":" STRING ",\"confidence\":" PART,
                       "\"rationale\",\"choice\",\"confidence\"")},
    {"approval", OBJECT_OF("\"rationale\":" STRING ",\"approved\":" STRINGS ",\"confidence\":" PART,
                           "\"rationale\",\"approved\",\"confidence\"")},
    {"ranking", OBJECT_OF("\"rationale\":" STRING ",\"ordering\":" STRINGS ",\"confidence\":" PART,
                          "\"rationale\",\"ordering\",\"confidence\"")},
    {"critique",
     OBJECT_OF("\"critiques\":{\"type\":\"array\",\"items\":" OBJECT_OF(
                   "\"target\":" STRING
                   ",\"severity\":{\"type\":\"string\",\"enum\":[\"minor\",\"major\",\"fatal\"]},"
                   "\"point\":" STRING,
                   "\"target\",\"severity\",\"point\"") "},"
                                                        "\"revised_answer\":" STRING
                                                        ",\"changed\":{\"type\":\"boolean\"},"
                                                        "\"confidence\":" PART,
               "\"critiques\",\"revised_answer\",\"changed\",\"confidence\"")},
    {"consensus",
     OBJECT_OF("\"open_points\":" STRINGS ",\"agree\":{\"type\":\"boolean\"},\"score\":" PART,
               "\"open_points\",\"agree\",\"score\"")},
    {"dissent_report",
     OBJECT_OF("\"answer\":" STRING ",\"dissent\":{\"type\":\"array\",\"items\":" OBJECT_OF(
                   "\"point\":" STRING ",\"labels\":" STRINGS,
                   "\"point\",\"labels\"") "},\"confidence\":" PART,
               "\"answer\",\"dissent\",\"confidence\"")},
};

json_t *schema_builtin(struct resolver *r, const char *name)
{
    for (size_t i = 0; i < sizeof(BUILTINS) / sizeof(BUILTINS[0]); i++)
        if (strcmp(BUILTINS[i][0], name) == 0)
            return r_new(r, json_load_constant(BUILTINS[i][1]));
    return NULL;
}
