/* What a council is made of once it is resolved, part by part, and the very number up to which
 * there may be more of it. */
#include <stdlib.h>

#include "heap_kept.h"
#include "proto/council/check/measure.h"
#include "proto/council/check/resolver.h"
#include "proto/council/check/shape.h"
#include "support.h"

#define MOCK          "'provider': 'mock', 'model': 'm'"
#define COUNCIL(more) "{" HEAD MEMBERS3 ", " ROUNDS more "}"

static int result_of(struct fixture *f, const struct council_request *request, char *ret_codes,
                     size_t size)
{
    struct council_plan plan;
    struct council_faults faults;
    size_t len = 0;
    int r = council_resolve(&f->context, request, &plan, &faults);
    ret_codes[0] = '\0';
    for (size_t i = 0; i < faults.council.count && len < size; i++)
        len += (size_t)snprintf(ret_codes + len, size - len, "%s%s", i ? " " : "",
                                faults.council.at[i].code);
    if (r == 0)
        council_plan_release(&plan);
    council_faults_release(&faults);
    return r;
}

/* The codes of what is wrong with it; "" when nothing is. */
static void assert_codes(struct fixture *f, const json_t *document, const char *wanted)
{
    char codes[200];
    struct council_request request = {.council = document};
    int r = result_of(f, &request, codes, sizeof codes);
    assert_string_equal(codes, wanted);
    assert_int_equal(r, *wanted ? -EINVAL : 0);
}

/* ---- parts ---- */

#define PROFILED(profile, seat)                                                                    \
    "{" HEAD "'profiles': {'p': {" MOCK ", " profile "}}, 'members': [{'id': 'a', 'profile': 'p'," \
    " " seat "}], " ROUNDS "}"
#define SUB(seat)                                                                                  \
    "{" HEAD "'members': [{'id': 'a', " seat ", 'sub_council': {'schema_version': 1, 'id': 'in',"  \
    " 'members': [{'id': 'a', " MOCK "}], " ROUNDS "}}], " ROUNDS "}"
#define SURE                                                                                       \
    "{" HEAD "'members': [{'id': 'a', " MOCK "}, {'id': 'b', " MOCK ", 'confidence': 'logprob'}]," \
    " 'template': {'name': 'jury_with_retry', 'opts': {'options': ['x', 'y']}}}"

static const struct {
    const char *council, *options, *field, *wanted; /* NULL: it is not there */
} PARTS[] = {
    {COUNCIL(", 'router': 'two'"), NULL, "/router", "{'kind': 'sample', 'k': 2}"},
    {COUNCIL(", 'tools': ['run']"), NULL, "/tools/0/name", "'run'"},
    {COUNCIL(", 'tools': ['run']"), NULL, "/tools/0/parameters", "{'type': 'object'}"},
    {COUNCIL(""), NULL, "/anonymity",
     "{'scope': 'run', 'assign': 'shuffle',"
     " 'prefix': 'Response ', 'style': 'letters', 'order': 'per_reviewer'}"},
    {COUNCIL(""), NULL, "/members/0/confidence", "null"},
    {SURE, NULL, "/members/0/confidence", "'self_report'"},
    {SURE, NULL, "/members/1/confidence", "'logprob'"},
    /* What a seat is asked in is capped by what it has in all. */
    {PROFILED("'timeouts': {'attempt_ms': 60000, 'first_token_ms': 60000, 'stall_ms': 60000}",
              "'timeouts': {'total_ms': 50000}"),
     NULL, "/members/0/timeouts",
     "{'total_ms': 50000, 'attempt_ms': 50000, 'first_token_ms': 50000, 'stall_ms': 50000}"},
    {PROFILED("'timeouts': {'attempt_ms': 50000}", "'timeouts': {'total_ms': 50001}"), NULL,
     "/members/0/timeouts/attempt_ms", "50000"},
    {COUNCIL(""), NULL, "/members/0/reliability_key", "'mock/x'"},
    {PROFILED("'top_p': 1", "'reliability_key': 'k'"), NULL, "/members/0/reliability_key", "'k'"},
    /* Any of its tools may be the one that a seat has to call. */
    {"{" HEAD "'members': [{'id': 'a', " MOCK ", 'tools': ['run', 'other'], 'tool_choice':"
     " 'run'}], " ROUNDS "}",
     NULL, "/members/0/tool_choice", "'run'"},
    /* A seat's own tools stand before the council's, of which it gets those that it lacks. */
    {"{" HEAD "'members': [{'id': 'a', " MOCK ", 'tools': ['run', 'other']}], 'tools': ['run',"
     " 'more'], " ROUNDS "}",
     NULL, "/members/0/tools/2/name", "'more'"},
    {"{" HEAD "'members': [{'id': 'a', " MOCK ", 'tools': ['run', 'other']}], 'tools': ['run',"
     " 'more'], " ROUNDS "}",
     NULL, "/members/0/tools/3", NULL},
    /* A council among the members has no model, and of a bundle its time-outs only. */
    {SUB("'temperature': 0.5"), NULL, "/members/0/provider", "null"},
    {SUB("'temperature': 0.5"), NULL, "/members/0/model", "null"},
    {SUB("'temperature': 0.5"), NULL, "/members/0/price", "null"},
    {SUB("'temperature': 0.5"), NULL, "/members/0/temperature", "null"},
    {SUB("'timeouts': {'total_ms': 50000}"), NULL, "/members/0/timeouts/stall_ms", "50000"},
    {SUB("'weight': 2"), NULL, "/members/0/reliability_key", "'council/in'"},
    {SUB("'reliability_key': 'k'"), NULL, "/members/0/reliability_key", "'k'"},
};

static void what_the_parts_become(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++) {
        struct fixture f;
        fixture_init(&f, "{'routers': {'two': {'kind': 'sample', 'k': 2}}, 'tools': {"
                         "'run': {'kind': 'command', 'argv': ['/bin/x'], 'description': 'd',"
                         " 'parameters': {'type': 'object'}},"
                         "'other': {'kind': 'command', 'argv': ['/bin/x'], 'description': 'd',"
                         " 'parameters': {'type': 'object'}},"
                         "'more': {'kind': 'command', 'argv': ['/bin/x'], 'description': 'd',"
                         " 'parameters': {'type': 'object'}}}}");
        struct council_plan plan = resolve_with(&f, PARTS[i].council, PARTS[i].options);
        if (PARTS[i].wanted)
            assert_json(plan.document, PARTS[i].field, PARTS[i].wanted);
        else
            assert_null(at(plan.document, PARTS[i].field));
        council_plan_release(&plan);
        fixture_release(&f);
    }
}

/* The limits of the auto document that chose it hold for it, and its reserve comes before the
 * council's own. */
static void limits_of_who_chose_it(void **state)
{
    (void)state;
    struct fixture f;
    struct council_plan plan;
    struct council_faults faults;
    fixture_init(&f, NULL);
    json_t *council = parse(COUNCIL(", 'budget': {'max_calls': 50, 'chair_reserve': 0.5}"));
    json_t *budget = parse("{'max_calls': 40, 'chair_reserve': 0.25}");
    struct council_request request = {.council = council, .budget = budget};
    assert_int_equal(council_resolve(&f.context, &request, &plan, &faults), 0);
    assert_json(plan.document, "/budget/max_calls", "40");
    assert_json(plan.document, "/budget/chair_reserve", "0.25");
    council_plan_release(&plan);
    assert_null(plan.document);
    assert_null(plan.council_id);
    council_faults_release(&faults);
    json_decref(council);
    json_decref(budget);
    fixture_release(&f);
}

/* A run remembers the scores with which it counted. */
static void scores_are_read_once(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, NULL);
    json_t *store = parse("{'mock/x': {'44136fa355b3678a': {'successes': 2, 'failures': 0}},"
                          " 'mock/none': {'44136fa355b3678a': {'successes': 2, 'failures': 0}}}");
    struct council_plan plan = resolve_with(&f, COUNCIL(""), NULL);
    assert_null(plan.reliability);
    council_plan_release(&plan);
    f.context.reliability = store;
    plan = resolve_with(&f, COUNCIL(""), NULL);
    assert_json(plan.reliability, "", "{'mock/x': 0.75}");
    council_plan_release(&plan);
    json_decref(store);
    fixture_release(&f);
}

/* ---- auto documents ---- */

#define ENTRY(id, council) "{'id': '" id "', 'desc': 'd', 'council': " council "}"
#define ALIKE              "{" HEAD "'members': [{'id': 'a', " MOCK "}, {'id': 'b', " MOCK "}], " ROUNDS "}"
#define AUTO(entries)                                                                              \
    "{'auto': {'schema_version': 1, 'id': 'x', 'strategy': 'rules', 'catalog': [" entries "]}}"

static void warnings_of_what_may_be_chosen(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, "{'councils': {'far': " ALIKE "}}");
    json_object_set_new(at(f.files, "/councils/far"), "id", json_string("far"));
    catalogue_free(f.catalogue);
    assert_int_equal(catalogue_from_json(f.files, &f.catalogue, NULL), 0);
    f.context.catalogue = f.catalogue;
    /* One by name is warned of when it is chosen. */
    struct council_plan plan =
        resolve_with(&f, AUTO(ENTRY("e", ALIKE) ", " ENTRY("g", "'far'")), NULL);
    assert_int_equal(json_array_size(plan.warnings), 1);
    assert_json(plan.warnings, "/0/code", "'same_model_seats'");
    assert_json(plan.warnings, "/0/path", "'/auto/catalog/0/council/members'");
    council_plan_release(&plan);
    /* Which seats there will be is not known yet. */
    plan = resolve_with(&f, AUTO(ENTRY("e", ALIKE)), "{'overrides': {'seats': {'z': {}}}}");
    council_plan_release(&plan);
    fixture_release(&f);
}

static json_t *members(const char *text, int count)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++) {
        json_t *one = parse(text);
        json_object_set_new(one, "id", json_sprintf("m%d", i));
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *council_of(const char *id, json_t *seats)
{
    json_t *council = parse("{'schema_version': 1, " ROUNDS "}");
    json_object_set_new(council, "id", json_string(id));
    json_object_set_new(council, "members", seats);
    return council;
}

/* Only one of them will sit. */
static void seats_of_what_may_be_chosen(void **state)
{
    (void)state;
    struct fixture f;
    char codes[200];
    fixture_init(&f, "{'councils': {}}");
    json_object_set_new(at(f.files, "/councils"), "far",
                        council_of("far", members("{" MOCK "}", 64)));
    catalogue_free(f.catalogue);
    assert_int_equal(catalogue_from_json(f.files, &f.catalogue, NULL), 0);
    f.context.catalogue = f.catalogue;
    for (int inline_ones = 0; inline_ones < 2; inline_ones++) {
        json_t *document = parse(AUTO(""));
        for (int i = 0; i < 6; i++) {
            json_t *entry = json_pack("{s:o, s:s}", "id", json_sprintf("e%d", i), "desc", "d");
            json_object_set_new(entry, "council",
                                inline_ones || i == 5 ? council_of("in", members("{" MOCK "}", 64))
                                                      : json_string("far"));
            json_array_append_new(at(document, "/auto/catalog"), entry);
        }
        struct council_request request = {.council = document};
        assert_int_equal(result_of(&f, &request, codes, sizeof codes), 0);
        json_decref(document);
    }
    fixture_release(&f);
}

/* ---- how much there may be ---- */

/* Four councils of 63 and of one more in the last, with the seats that they sit on. */
static void seats_over_all_levels(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, NULL);
    for (int more = 0; more < 2; more++) {
        json_t *outer = members("{}", 4);
        for (size_t i = 0; i < 4; i++)
            json_object_set_new(json_array_get(outer, i), "sub_council",
                                council_of("in", members("{" MOCK "}", 63 + (i == 3 && more))));
        json_t *document = council_of("out", outer);
        assert_codes(&f, document, more ? "too_many_items too_many_items" : "");
        json_decref(document);
    }
    fixture_release(&f);
}

static void values_and_levels(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, NULL);
    for (size_t more = 0; more < 2; more++) {
        json_t *document = parse(COUNCIL(", 'metadata': {'x': []}"));
        if (more)
            json_object_set_new(document, "colour", json_null()); /* not looked at any more */
        for (size_t n = measure_value(document).values; n < COUNCIL_VALUES_MAX + more; n++)
            json_array_append_new(at(document, "/metadata/x"), json_null());
        assert_codes(&f, document, more ? "document_too_large" : "");
        json_decref(document);
        document = parse(COUNCIL(", 'metadata': {'x': []}"));
        json_t *in = at(document, "/metadata/x");
        while (measure_value(document).depth < COUNCIL_DEPTH_MAX + more) {
            json_t *next = json_array();
            json_array_append_new(in, next);
            in = next;
        }
        assert_codes(&f, document, more ? "too_deep" : "");
        json_decref(document);
    }
    json_t *flat = parse("{'a': {}}"), *deep = parse("[[], [[1]]]"), *one = json_true();
    assert_int_equal(measure_value(flat).depth, 2);
    assert_int_equal(measure_value(deep).depth, 3);
    assert_int_equal(measure_value(deep).values, 5);
    assert_int_equal(measure_value(one).depth, 0);
    json_decref(flat);
    json_decref(deep);
    fixture_release(&f);
}

/* What is checked against one record: the code of its only fault, or "", and what it becomes. */
static void assert_value(const struct doc_record *record, json_t *object, const char *field,
                         const char *code, const char *message)
{
    struct fixture f;
    struct resolver r;
    struct faults faults = {0};
    fixture_init(&f, NULL);
    assert_int_equal(resolver_init(&r, &f.context, &faults, NULL), 0);
    json_t *copy = doc_check(&r, record, object, NULL);
    assert_int_equal(faults.count, *code != '\0');
    assert_string_equal(faults.count ? faults.at[0].code : "", code);
    if (message)
        assert_string_equal(faults.at[0].message, message);
    assert_int_equal(r_is_bad(&r, at(copy, field)), *code != '\0');
    json_decref(copy);
    json_decref(object);
    resolver_release(&r);
    faults_release(&faults);
    fixture_release(&f);
}

static char *letters(size_t count)
{
    static char text[40000];
    memset(text, 'x', count);
    text[count] = '\0';
    return text;
}

static void each_limit_of_a_field(void **state)
{
    (void)state;
    static const struct doc_shape THING = {.types = T_STRING, .max_length = 200},
                                  THINGS = {.types = T_ARRAY, .items = &THING, .max_items = 3},
                                  MAP_OF = {.types = T_OBJECT,
                                            .items = &THING,
                                            .max_items = 3,
                                            .flags = S_ID_KEYS},
                                  FREE_LIST = {.types = T_ARRAY | T_OBJECT, .flags = S_FREE},
                                  BIG = {.types = T_OBJECT, .flags = S_FREE, .max_bytes = 16384};
    const struct doc_field FIELDS[] = {
        {"text", THING, NULL, 0, ""}, {"list", THINGS, NULL, 0, ""},
        {"map", MAP_OF, NULL, 0, ""}, {"free", FREE_LIST, NULL, 0, ""},
        {"big", BIG, NULL, 0, ""},
    };
    const struct doc_record RECORD = {"thing", {NULL}, DOC_FIELDS(FIELDS)};
    assert_value(&RECORD, json_pack("{s:s}", "text", letters(200)), "/text", "", NULL);
    assert_value(&RECORD, json_pack("{s:s}", "text", letters(201)), "/text", "too_long",
                 "Shorten this to at most 200 characters.");
    assert_value(&RECORD, parse("{'list': ['a', 'b', 'c']}"), "/list", "", NULL);
    assert_value(&RECORD, parse("{'list': ['a', 'b', 'c', 'd']}"), "/list", "too_many_items",
                 "There are 4 entries here; at most 3 are allowed.");
    assert_value(&RECORD, parse("{'map': {'a': 'x', 'b': 'x', 'c': 'x'}}"), "/map", "", NULL);
    assert_value(&RECORD, parse("{'map': {'a': 'x', 'b': 'x', 'c': 'x', 'd': 'x'}}"), "/map",
                 "too_many_items", NULL);
    assert_value(&RECORD, parse("{'map': {'-': 'x'}}"), "/map/-", "bad_id", NULL);
    assert_value(&RECORD, parse("{'free': ['fine', 'sk-abcdefghijklmno1', 'fine']}"), "/free",
                 "credential_in_document", NULL);
    assert_value(&RECORD, parse("{'free': {'a': 'fine'}}"), "/free", "", NULL);
    /* {"x":""} is 8 bytes of it. */
    assert_value(&RECORD, json_pack("{s:{s:s}}", "big", "x", letters(16384 - 8)), "/big", "", NULL);
    assert_value(&RECORD, json_pack("{s:{s:s}}", "big", "x", letters(16384 - 7)), "/big",
                 "too_long", "This may have at most 16 KiB, it has 16385 bytes.");
}

/* A prompt of 3 bytes and an input of 300 are 101 tokens, and 10 come back. */
static void the_first_round_and_its_input(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, NULL);
    for (int less = 0; less < 2; less++) {
        char codes[100];
        json_t *document = parse("{" HEAD "'members': [{'id': 'a', " MOCK ", 'max_tokens': 10,"
                                 " 'system_prompt': 'abc'}], " ROUNDS ", 'budget': {}}");
        json_object_set_new(at(document, "/budget"), "max_tokens", json_integer(111 - less));
        struct council_request request = {.council = document, .input_bytes = 300};
        assert_int_equal(result_of(&f, &request, codes, sizeof codes), less ? -EINVAL : 0);
        request.input_bytes = 0;
        assert_int_equal(result_of(&f, &request, codes, sizeof codes), 0);
        json_decref(document);
    }
    fixture_release(&f);
}

static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(what_the_parts_become);
    assert_keeps_nothing(limits_of_who_chose_it);
    assert_keeps_nothing(scores_are_read_once);
    assert_keeps_nothing(warnings_of_what_may_be_chosen);
    assert_keeps_nothing(each_limit_of_a_field);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_parts_become),
        cmocka_unit_test(limits_of_who_chose_it),
        cmocka_unit_test(scores_are_read_once),
        cmocka_unit_test(warnings_of_what_may_be_chosen),
        cmocka_unit_test(seats_of_what_may_be_chosen),
        cmocka_unit_test(seats_over_all_levels),
        cmocka_unit_test(values_and_levels),
        cmocka_unit_test(each_limit_of_a_field),
        cmocka_unit_test(the_first_round_and_its_input),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
