/* A fault is told once, at its place: what it spoils is neither looked at again nor taken for
 * something else, whoever wrote it. */
#include "heap_kept.h"
#include "proto/council/check/check_schema.h"
#include "proto/council/check/resolver.h"
#include "proto/council/check/shape.h"
#include "proto/council/tables/records.h"
#include "support.h"

#define ONE(seat)     "{" HEAD "'members': [{'id': 'a', " seat "}], " ROUNDS "}"
#define OPENAI        "'provider': 'openai', 'model': 'm'"
#define MOCK          "'provider': 'mock', 'model': 'm'"
#define ASKED(model)  "{'provider': 'mock', 'model': '" model "'}"
#define TWO(id, more) "{" HEAD "'members': [{" id MOCK "}, {" id MOCK "}], " ROUNDS more "}"
#define COUNCIL(more) "{" HEAD MEMBERS3 more "}"
#define AUTO(head, more)                                                                           \
    "{'auto': {'schema_version': 1, " head "'strategy': 'rules', 'catalog': [{'id': 'e', 'desc':"  \
    " 'd', 'council': " COUNCIL(", " ROUNDS) "}]" more "}}"

static const struct {
    const char *defaults, *budget, *council, *options, *wanted;
} FAULTS[] = {
    /* Of ids: one that is no text is no missing one, and what is reserved is no double one. */
    {NULL, NULL,
     "{" HEAD "'members': [{'id': 'chair', " MOCK "}], " ROUNDS ", 'chair': {'id': 5, " MOCK "}}",
     NULL, "/chair/id wrong_type"},
    {NULL, NULL,
     "{" HEAD "'members': [{'id': 'chair', " MOCK "}], " ROUNDS ", 'chair': {" MOCK "}}", NULL,
     "/chair/id duplicate_id"},
    {NULL, NULL, TWO("'id': 'all', ", ""), NULL,
     "/members/0/id reserved_id\n/members/1/id reserved_id"},
    {NULL, NULL, TWO("'id': 'a', ", ""), NULL, "/members/1/id duplicate_id"},
    /* What stands on a seat. */
    {NULL, NULL, ONE(MOCK ", 'output_schema': 'nope', 'output_schema_inline': {'type': 'object'}"),
     NULL, "/members/0 schema_conflict"},
    {NULL, NULL, ONE(MOCK ", 'profile_overrides': {'provider': 'nope'}"), NULL,
     "/members/0/profile_overrides/provider unknown_provider"},
    {NULL, NULL,
     ONE(MOCK ", 'profile_overrides': {'fallback': [{'provider': 'nope', 'model':"
              " 'm'}]}"),
     NULL, "/members/0/profile_overrides/fallback/0/provider unknown_provider"},
    {NULL, NULL,
     ONE(MOCK ", 'profile_overrides': {'timeouts': {'total_ms': 2000, 'stall_ms':"
              " 2001}}"),
     NULL, "/members/0/profile_overrides/timeouts/stall_ms bad_timeouts"},
    {NULL, NULL, ONE(MOCK ", 'fallback': [" ASKED("y") ", " ASKED("z") ", " ASKED("y") "]"), NULL,
     "/members/0/fallback/2 bad_fallback"},
    {NULL, NULL, ONE(MOCK ", 'fallback': [" ASKED("y") ", " ASKED("m") ", " ASKED("z") "]"), NULL,
     "/members/0/fallback/1 bad_fallback"},
    {NULL, NULL, ONE(MOCK ", 'profile': 'nope'"), NULL, "/members/0/profile unknown_profile"},
    /* The operator's bundle and limits are looked at as if they stood in the document. */
    {"{'tools': ['nope'], 'tool_choice': 'nope'}", NULL, ONE(MOCK), NULL, " unknown_tool"},
    {"{'provider_options': {'zzz': 'sk-abcdefghijklmno1'}}", NULL, ONE(OPENAI), NULL,
     " credential_in_document"},
    {"{'colour': 'red'}", NULL, ONE(MOCK), NULL, " unknown_field"},
    {NULL, "{'max_cost': -1}", ONE(OPENAI), NULL, " out_of_range"},
    {NULL, "{'colour': 1}", ONE(MOCK), NULL, " unknown_field"},
    /* Rounds and template. */
    {NULL, NULL, COUNCIL(""), NULL, " missing_rounds"},
    {NULL, NULL, COUNCIL(", " ROUNDS ", 'template': {'name': 'majority_vote', 'opts': {}}"), NULL,
     "/template template_conflict"},
    /* Auto documents. */
    {NULL, NULL, AUTO("'id': 'x', ", ", 'colour': 1"), NULL, "/auto/colour unknown_field"},
    {NULL, NULL, "{'auto': 'far'}", NULL, "/auto id_name_mismatch"},
};

static void exactly_these(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof FAULTS / sizeof FAULTS[0]; i++) {
        struct fixture f;
        fixture_init(&f, "{'autos': {'far': {'schema_version': 1, 'id': 'near', 'strategy':"
                         " 'rules', 'catalog': 'all'}}}");
        f.context.defaults = f.defaults = FAULTS[i].defaults ? parse(FAULTS[i].defaults) : NULL;
        f.context.budget = f.budget = FAULTS[i].budget ? parse(FAULTS[i].budget) : NULL;
        assert_faults_with(&f, FAULTS[i].council, FAULTS[i].options, FAULTS[i].wanted);
        fixture_release(&f);
    }
}

static void a_configuration_alone(void **state)
{
    (void)state;
    struct fixture f;
    struct error err = {0};
    fixture_init(&f, NULL);
    f.context.defaults = f.defaults = parse("{'provider': 'nope'}");
    assert_int_equal(council_check_configuration(&f.context, &err), -EINVAL);
    assert_string_equal(err.text, "In configuration/defaults at /provider: No provider \"nope\" is "
                                  "configured. provider.list shows those that are.");
    fixture_release(&f);
}

/* ---- what a faulty value becomes ---- */

static const struct {
    const struct doc_record *record;
    const char *object, *field, *code; /* NULL: nothing is wrong with it */
} VALUES[] = {
    {&COUNCIL, "{'id': 'a', 'name': 'n'}", "name", NULL},
    {&COUNCIL, "{'name': ''}", "name", "empty"},
    {&COUNCIL, "{'name': 'a\\u0000'}", "name", "invalid_json"},
    {&COUNCIL, "{'name': 'sk-abcdefghijklmno1'}", "name", "credential_in_document"},
    {&COUNCIL, "{'name': 5}", "name", "wrong_type"},
    {&COUNCIL, "{'id': '-a'}", "id", "bad_id"},
    {&COUNCIL, "{'on_degraded': 'maybe'}", "on_degraded", "bad_enum"},
    {&COUNCIL, "{'members': []}", "members", "empty"},
    {&COUNCIL, "{'metadata': {'a': [1, {'b': 'c'}]}}", "metadata", NULL},
    {&COUNCIL, "{'metadata': {'a': 'sk-abcdefghijklmno1'}}", "metadata", NULL}, /* nobody's */
    {&OPTIONS, "{'features': {'a': 1}}", "features", NULL},
    {&OPTIONS, "{'features': {'a': 'sk-abcdefghijklmno1', 'b': 'fine'}}", "features",
     "credential_in_document"},
    {&OPTIONS, "{'features': {'a': ['sk-abcdefghijklmno1', 'fine']}}", "features",
     "credential_in_document"},
    {&BUNDLE, "{'provider_options': {'a': 'sk-abcdefghijklmno1'}}", "provider_options",
     "credential_in_document"},
    {&BUNDLE, "{'temperature': 5}", "temperature", "out_of_range"},
    {&BUNDLE, "{'temperature': 0.5}", "temperature", NULL},
};

static void a_faulty_value_is_set_aside(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof VALUES / sizeof VALUES[0]; i++) {
        struct fixture f;
        struct resolver r;
        struct faults faults = {0};
        fixture_init(&f, NULL);
        assert_int_equal(resolver_init(&r, &f.context, &faults, NULL), 0);
        json_t *object = parse(VALUES[i].object);
        json_t *copy = doc_check(&r, VALUES[i].record, object, NULL);
        json_t *was = json_object_get(object, VALUES[i].field);
        json_t *is = json_object_get(copy, VALUES[i].field);
        size_t found = 0;
        for (size_t k = 0; k < faults.count; k++)
            found += VALUES[i].code && strcmp(faults.at[k].code, VALUES[i].code) == 0;
        if (r_is_bad(&r, is) != (VALUES[i].code != NULL) || found != (VALUES[i].code != NULL))
            fail_msg("%s: %s", VALUES[i].object, r_is_bad(&r, is) ? "set aside" : "taken");
        if (!VALUES[i].code)
            assert_true(json_equal(is, was));
        json_decref(copy);
        json_decref(object);
        resolver_release(&r);
        faults_release(&faults);
        fixture_release(&f);
    }
}

/* ---- schemas ---- */

static const struct {
    const char *schema, *wanted; /* NULL: a good one */
} SCHEMAS[] = {
    {"{'type': 'object'}", NULL},
    {"{'type': ['string']}", NULL},
    {"{'type': ['string', 'null']}", NULL},
    {"{'type': []}", "/s/type"},
    {"{'type': ['string', 'text']}", "/s/type"},
    {"{'type': ['text', 'string']}", "/s/type"},
    {"{'required': ['a', 5]}", "/s/required"},
    {"{'required': [5, 'a']}", "/s/required"},
    {"{'required': 'a'}", "/s/required"},
    {"[]", "/s"},
    {"{'items': 5}", "/s/items"},
    {"{'items': {'colour': 1}}", "/s/items/colour"},
    {"{'$ref': '#/$defs/a', '$defs': {'a': {'type': 'string'}}}", NULL},
    {"{'$ref': '#/$defs/b', '$defs': {'a': {'type': 'string'}}}", "/s/$ref"},
    {"{'$ref': '#/$defs/a', '$defs': {'a': {'$ref': '#/$defs/a'}}}", "/s"},
    {"{'$ref': '#/$defs/a', '$defs': {'a': {'anyOf': [{'type': 'null'}, {'$ref': '#/$defs/b'}]},"
     " 'b': {'items': {'$ref': '#/$defs/a'}}}}",
     "/s"},
    /* Reached by two ways is not reached by itself. */
    {"{'anyOf': [{'$ref': '#/$defs/a'}, {'$ref': '#/$defs/b'}], '$defs': {'a': {'$ref':"
     " '#/$defs/b'}, 'b': {'type': 'string'}}}",
     NULL},
    {"{'const': 'sk-abcdefghijklmno1'}", "/s/const"},
};

static bool schema_is_good(const json_t *schema, char *ret_path, size_t size, size_t *ret_count)
{
    struct fixture f;
    struct resolver r;
    struct faults faults = {0};
    struct place at = PLACE_AT_KEY(NULL, "s");
    fixture_init(&f, NULL);
    assert_int_equal(resolver_init(&r, &f.context, &faults, NULL), 0);
    bool good = schema_document_check(&r, (json_t *)schema, "invalid_json_schema", &at);
    *ret_count = faults.count;
    snprintf(ret_path, size, "%s", faults.count ? faults.at[0].path : "");
    resolver_release(&r);
    faults_release(&faults);
    fixture_release(&f);
    return good;
}

static void which_schemas_are_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof SCHEMAS / sizeof SCHEMAS[0]; i++) {
        json_t *schema = parse(SCHEMAS[i].schema);
        char path[200];
        size_t count;
        bool good = schema_is_good(schema, path, sizeof path, &count);
        const char *wanted = SCHEMAS[i].wanted ? SCHEMAS[i].wanted : "";
        if (good != !SCHEMAS[i].wanted || count != (good ? 0 : 1) || strcmp(path, wanted) != 0)
            fail_msg("%s: %s with %zu faults at %s", SCHEMAS[i].schema, good ? "good" : "bad",
                     count, path);
        json_decref(schema);
    }
}

/* Each definition asks twice for the next: what was looked at is not looked at again. */
static void definitions_that_grow_by_doubling(void **state)
{
    (void)state;
    json_t *schema = parse("{'$ref': '#/$defs/d0', '$defs': {}}");
    for (int i = 0; i < 60; i++) {
        json_t *def = i == 59 ? parse("{'type': 'string'}") : parse("{'anyOf': []}");
        for (int k = 0; i < 59 && k < 2; k++)
            json_array_append_new(json_object_get(def, "anyOf"),
                                  json_pack("{s:o}", "$ref", json_sprintf("#/$defs/d%d", i + 1)));
        char name[16];
        snprintf(name, sizeof name, "d%d", i);
        json_object_set_new(json_object_get(schema, "$defs"), name, def);
    }
    char path[200];
    size_t count;
    assert_true(schema_is_good(schema, path, sizeof path, &count));
    assert_int_equal(count, 0);
    json_decref(schema);
}

static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(exactly_these);
    assert_keeps_nothing(a_faulty_value_is_set_aside);
    assert_keeps_nothing(which_schemas_are_good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exactly_these),
        cmocka_unit_test(a_configuration_alone),
        cmocka_unit_test(a_faulty_value_is_set_aside),
        cmocka_unit_test(which_schemas_are_good),
        cmocka_unit_test(definitions_that_grow_by_doubling),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
