/* Whatever a schema refers to: it is refused with faults, or checking a value against it comes to
 * an end within its steps, the example made of it and Gemini's form of it too.
 *
 * The bytes are JSON, an array of schema and value; or they say which schema is made, with
 * definitions that refer to each other. */
#include "edits.h"

#include "proto/council/document.h"
#include "runner/deliberation/form/schema.h"
#include "runner/provider/gemini_schema.h"

enum { DEPTH = 5, DEFINITIONS = 4 };

static json_t *make_schema(struct bytes *b, int depth);

static json_t *reference(struct bytes *b)
{
    static const char *const refs[] = {
        "#/$defs/a", "#/$defs/b",     "#/$defs/c",       "#/$defs/d",
        "#",         "#/$defs/none",  "#/$defs",         "#/properties/x",
        "",          "http://x/y#/a", "#/$defs/a/items", "#/%24defs/a"};
    return json_pack("{s:s}", "$ref", refs[take(b) % (sizeof(refs) / sizeof(refs[0]))]);
}

static json_t *object_schema(struct bytes *b, int depth)
{
    json_t *properties = json_object();
    for (size_t n = take(b) % 4; n > 0; n--)
        json_object_set_new(properties, (const char *[]){"x", "y", "a~/b", ""}[n],
                            make_schema(b, depth - 1));
    return json_pack("{s:s, s:o, s:[s], s:b}", "type", "object", "properties", properties,
                     "required", "x", "additionalProperties", (int)(take(b) % 2));
}

static json_t *any_of(struct bytes *b, int depth)
{
    json_t *list = json_array();
    for (size_t n = take(b) % 5; n > 0; n--)
        json_array_append_new(list, make_schema(b, depth - 1));
    return json_pack("{s:o}", "anyOf", list);
}

static json_t *make_schema(struct bytes *b, int depth)
{
    size_t what = depth <= 0 ? take(b) % 3 : take(b) % 8;
    switch (what) {
    case 0:
        return json_pack("{s:s, s:I}", "type", "integer", "minimum", (json_int_t)take(b));
    case 1:
        return json_pack("{s:s, s:i}", "type", "string", "maxLength", (int)take(b));
    case 2:
        return reference(b);
    case 3:
        return object_schema(b, depth);
    case 4:
        return any_of(b, depth);
    case 5:
        return json_pack("{s:s, s:o, s:b}", "type", "array", "items", make_schema(b, depth - 1),
                         "uniqueItems", 1);
    case 6:
        return json_pack("{s:[i,s,n], s:o}", "enum", 1, "x", "anyOf", json_array());
    default:
        return json_pack("{s:[s,s], s:o}", "type", "object", "null", "additionalProperties",
                         make_schema(b, depth - 1));
    }
}

static json_t *make_value(struct bytes *b, int depth)
{
    size_t what = depth <= 0 ? take(b) % 3 : take(b) % 5, n = what < 3 ? 0 : take(b) % 6;
    json_t *value = what == 3 ? json_array() : json_object();
    if (what < 3)
        json_decref(value);
    if (what < 3)
        return what == 0   ? json_integer((json_int_t)take(b))
               : what == 1 ? json_string("x")
                           : json_null();
    for (; n > 0; n--) {
        if (what == 3)
            json_array_append_new(value, make_value(b, depth - 1));
        else
            json_object_set_new(value, (const char *[]){"x", "y", "a~/b", "", "z", "$ref"}[n % 6],
                                make_value(b, depth - 1));
    }
    return value;
}

static json_t *made(struct bytes *b)
{
    json_t *schema = make_schema(b, DEPTH), *definitions = json_object();
    for (int i = 0; i < DEFINITIONS; i++)
        json_object_set_new(definitions, (const char *[]){"a", "b", "c", "d"}[i],
                            make_schema(b, 2));
    json_object_set_new(schema, "$defs", definitions);
    return json_pack("[o,o]", schema, make_value(b, DEPTH));
}

static bool is_accepted(json_t *schema)
{
    json_t *council =
        json_pack("{s:i, s:s, s:[{s:s, s:s, s:s, s:O}], s:[{s:s}]}", "schema_version", 1, "id", "c",
                  "members", "id", "m", "provider", "mock", "model", "m", "output_schema_inline",
                  schema, "rounds", "type", "independent_analysis");
    json_t *nothing = json_object(), *providers = json_pack("{s:{s:s}}", "mock", "type", "mock");
    struct catalogue *catalogue;
    struct council_plan plan;
    struct council_faults faults;
    HOLDS(council && catalogue_from_json(nothing, &catalogue, NULL) == 0);
    struct council_context context = {.catalogue = catalogue, .providers = providers};
    struct council_request request = {.council = council, .input_bytes = 1};
    int r = council_resolve(&context, &request, &plan, &faults);
    HOLDS(r == 0 || faults.council.count > 0);
    if (r == 0)
        council_plan_release(&plan);
    council_faults_release(&faults);
    catalogue_free(catalogue);
    json_decref(providers);
    json_decref(nothing);
    json_decref(council);
    return r == 0;
}

static void check_value(json_t *schema, json_t *value)
{
    json_t *errors = json_array();
    int64_t steps = SCHEMA_STEPS;
    bool fits = schema_check_within(schema, value, errors, &steps);
    HOLDS(steps <= SCHEMA_STEPS && (steps >= 0 || !fits));
    HOLDS(fits == (json_array_size(errors) == 0));
    HOLDS(schema_check(schema, value, NULL) == fits);
    json_decref(errors);
}

static void use(json_t *schema)
{
    struct strbuf out = {0};
    schema_skeleton(schema, &out);
    strbuf_release(&out);
    json_t *geminis = gemini_schema(schema);
    HOLDS(geminis);
    json_decref(geminis);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes b = {data, size};
    json_t *both = size > 0 && *data == '['
                       ? json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL)
                       : made(&b);
    json_t *schema = json_array_get(both, 0), *value = json_array_get(both, 1);
    if (json_is_object(schema) && value) {
        check_value(schema, value);
        if (is_accepted(schema))
            use(schema);
    }
    json_decref(both);
    return 0;
}
