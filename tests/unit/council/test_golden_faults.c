/* What an author is told of a council, word by word: a message that says less than it did, or
 * something else, is a change of tests/golden/faults.txt, which a reviewer reads. */
#include "common/cleanup.h"
#include "fault_cases.h"
#include "golden_text.h"
#include "heap_kept.h"

#define TOLD "tests/golden/faults.txt"

/* Members of one format each; the chair has a form to keep where the round asks for one. */
#define GEMINI(more) "{'id': 'g', 'provider': 'gemini', 'model': 'x'" more "}"
#define MOCK(id)     "{'id': '" id "', 'provider': 'mock', 'model': '" id "'}"
#define WITH_TOOL    ", 'tools': [{'name': 'd', 'kind': 'docs'}]"
#define OWN_FORM     ", 'output_schema_inline': {'type': 'object'}"
#define PANEL(first, rounds)                                                                       \
    "{" HEAD "'members': [" first ", " MOCK("b") ", " MOCK("c") "], 'rounds': [" rounds "]}"
#define LED(chair, round)                                                                          \
    "{" HEAD MEMBERS3 ", 'chair': {'provider': 'gemini', 'model': 'x'" chair "}, 'rounds': ["      \
    "{'type': 'independent_analysis'}, " round "]}"
#define ANALYSIS "{'type': 'independent_analysis'}"
#define VOTE     "{'type': 'vote', 'opts': {" AB "}}"
#define TIMED(ms, run)                                                                             \
    "{" HEAD MEMBERS3 ", 'rounds': [{'type': 'independent_analysis', 'deadline_ms': " ms "},"      \
    " {'type': 'peer_review', 'deadline_ms': 30000}], 'budget': {'deadline_ms': " run "}}"
#define PATIENT(ms)                                                                                \
    "{" HEAD                                                                                       \
    "'members': [{'id': 'a', 'provider': 'mock', 'model': 'x', 'timeouts': {'total_ms': " ms       \
    "}}, " MOCK("b") "], 'rounds': [" ANALYSIS "], 'budget': {'deadline_ms': 60000}}"
#define TWO(model, provider)                                                                       \
    "{" HEAD "'members': [" MOCK("x") ", {'id': 'b', 'provider': '" provider "', 'model': '" model \
                                      "'}], 'rounds': [" ANALYSIS "]}"
#define PAIR(round)                                                                                \
    "{" HEAD "'members': [" MOCK("a") ", " MOCK("b") "], 'rounds': [" ANALYSIS ", " round "]}"
#define WEIGHED(round)                                                                             \
    "{" HEAD "'members': [{'id': 'a', 'provider': 'mock', 'model': 'x', 'weight': 2}, " MOCK(      \
        "b") ", " MOCK("c") "], " CHAIR_MOCK ", 'rounds': [" ANALYSIS ", " round "]}"
#define AFTER(first) "{" HEAD MEMBERS3 ", 'rounds': [{'type': " first "}, {'type': 'ranking'}]}"
#define AUTO(fields) "{'auto': {" HEAD fields "}}"
#define VECTOR       "'vector': [1, 0]"

static const char *const WARNED[] = {
    /* a model that cannot be held to a form */
    PANEL(GEMINI(WITH_TOOL), ANALYSIS),
    PANEL(GEMINI(OWN_FORM), ANALYSIS),
    PANEL(GEMINI(WITH_TOOL OWN_FORM), ANALYSIS),
    PANEL(GEMINI(WITH_TOOL), ANALYSIS ", " VOTE),
    PANEL(GEMINI(""), ANALYSIS ", " VOTE),
    PANEL(GEMINI(WITH_TOOL), VOTE ", {'type': 'peer_review'}"),
    PANEL(GEMINI(WITH_TOOL), ANALYSIS ", {'type': 'critique', 'opts': {'revise': true}}"),
    PANEL(GEMINI(WITH_TOOL), ANALYSIS ", {'type': 'critique', 'opts': {'revise': false}}"),
    PANEL(GEMINI(WITH_TOOL), ANALYSIS ", {'type': 'iterate', 'opts': {'wrap': " VOTE "}}"),
    PANEL(GEMINI(WITH_TOOL), ANALYSIS ", {'type': 'iterate', 'opts': {'wrap': 'debate'}}"),
    LED("", "{'type': 'synthesis'}"),
    LED(WITH_TOOL, "{'type': 'synthesis'}"),
    LED(WITH_TOOL, "{'type': 'synthesis', 'opts': {'mode': 'select'}}"),
    LED(WITH_TOOL, "{'type': 'synthesis', 'opts': {'mode': 'verdict', " AB "}}"),
    LED(WITH_TOOL, "{'type': 'synthesis', 'opts': {'extract_dissent': true}}"),
    LED(WITH_TOOL, VOTE ", {'type': 'synthesis'}"),
    LED("", "{'type': 'synthesis', 'opts': {'mode': 'select'}}"),
    /* a schema of every keyword */
    SEAT("'output_schema_inline': {'type': ['object', 'null'], 'properties': {'x': {'type':"
         " 'string', 'minLength': 0, 'maxLength': 3, 'pattern': 'a', 'format': 'date'}, 'y':"
         " {'type': 'array', 'items': {'type': 'number', 'minimum': 0, 'maximum': 5.5,"
         " 'exclusiveMinimum': 0, 'exclusiveMaximum': 9}, 'minItems': 0, 'maxItems': 3,"
         " 'uniqueItems': true}, 'z': {'anyOf': [{'type': 'boolean'}, {'$ref': '#/$defs/d'}]}},"
         " 'required': ['x'], 'additionalProperties': false, '$defs': {'d': {'const': 1, 'enum':"
         " [1], 'type': 'integer', 'title': '', 'description': '', 'default': 1, 'examples': [],"
         " 'deprecated': true, 'readOnly': true, 'writeOnly': true, '$comment': '', '$schema': '',"
         " '$id': ''}}}"),
    /* answers to choose from */
    AFTER("'iterate', 'opts': {'wrap': 'independent_analysis'}"),
    AFTER("'iterate', 'opts': {'wrap': {'type': 'critique', 'opts': {'revise': true}}}"),
    AFTER("'debate'"),
    /* times */
    SEAT("'timeouts': {'total_ms': 1000, 'attempt_ms': 1000, 'first_token_ms': 1000, 'stall_ms':"
         " 1000}"),
    TIMED("30000", "60000"),
    TIMED("30001", "60000"),
    PATIENT("60000"),
    PATIENT("60001"),
    /* models, ballots and weights */
    TWO("x", "mock"),
    TWO("y", "mock"),
    TWO("x", "openai"),
    "{" HEAD "'members': [" MOCK("a") "], 'rounds': [" ANALYSIS "]}",
    PAIR("{'type': 'ranking'}"),
    PAIR("{'type': 'ranking', 'opts': {'exclude': 'none'}}"),
    PAIR("{'type': 'vote'}"),
    WEIGHED(VOTE),
    WEIGHED("{'type': 'vote', 'opts': {" AB ", 'weights': 'member'}}"),
    WEIGHED("{'type': 'weighted_synthesis'}"),
    WEIGHED("{'type': 'weighted_synthesis', 'opts': {'sources': ['equal']}}"),
    SEAT("'output_schema_inline': {'type': 'string', 'format': 'date'}"),
};

static const char *const MORE_FAULTS[] = {
    "5",
    "{'auto': 5}",
    "{'auto': 'nope', 'more': 1}",
    "{'schema_version': 1, 'id': 't', 'members': {}, 'rounds': 1, 'template': [], 'name': 5}",
    SEAT("'tools': [1], 'temperature': '1', 'weight': true, 'metadata': 1"),
    COUNCIL_OF("'profiles': {'p': {'nope': 1}}"),
    SEAT("'timeouts': {'total_ms': 0, 'connect_ms': 99999999}"),
    ROUND2("{'type': 5}"),
    ROUND2("{}"),
    ROUND2("{'type': 'vote', 'opts': 5}"),
    ROUND2("{'type': 'vote', 'opts': {" AB ", 'ballot': 'ranking', 'candidates': 'free'}}"),
    ROUND2("{'type': 'vote', 'opts': {'ballot': 'score'}}"),
    ROUND2("{'type': 'iterate', 'opts': {}}"),
    ROUND2("{'type': 'iterate', 'opts': {'wrap': 'nope'}}"),
    ROUND2("{'type': 'anonymized_peer_review', 'opts': {'rubric': [{'id': 'r', 'text': 't'},"
           " {'id': 'r', 'text': 'u'}]}}"),
    CHAIRED("{'type': 'synthesis', 'opts': {'mode': 'select', 'extract_dissent': true}}"),
    CHAIRED("{'type': 'synthesis', 'opts': {" AB "}}"),
    COUNCIL_OF("'router': {}"),
    COUNCIL_OF("'router': {'kind': 5}"),
    COUNCIL_OF("'router': {'kind': 'llm'}"),
    COUNCIL_OF("'router': {'kind': 'sample', 'k': 0}"),
    SEAT("'tools': [{'name': 'x'}]"),
    SEAT("'tools': [{'kind': 'docs'}]"),
    SEAT("'tools': [{'name': 'x', 'kind': 'docs', 'argv': ['/bin/true']}]"),
    SEAT("'provider_options': 5"),
    SEAT("'output_schema_inline': {'type': 'object', 'minItems': -1, 'required': [1], 'enum': []}"),
    SEAT("'output_schema_inline': {'$ref': '#/$defs/none'}"),
    CHAIRED("{'type': 'pairwise_elimination', 'opts': {'judge': 5}}"),
    CHAIRED("{'type': 'pairwise_elimination', 'opts': {'judge': 'z'}}"),
    COUNCIL_OF("'chair': {'id': 'q', 'sub_council': 'leaf'}"),
    "{" HEAD "'members': [{'id': 'a', 'sub_council': 'leaf'}, " MOCK(
        "b") "], 'chair':"
             " {'provider': 'mock', 'model': 'x', 'fallback_chairs': ['a']}, " ROUNDS "}",
    SEAT("'timeouts': {'total_ms': 1000, 'attempt_ms': 1001, 'first_token_ms': 1001, 'stall_ms':"
         " 1001}"),
    SEAT("'output_schema_inline': {'type': 'x', 'properties': [], 'required': 'x',"
         " 'additionalProperties': {}, 'items': [], 'enum': {}, 'minimum': '1', 'maximum': true,"
         " 'exclusiveMinimum': true, 'exclusiveMaximum': null, 'minLength': 1.5, 'maxLength': -1,"
         " 'maxItems': '1', 'uniqueItems': 1, 'anyOf': [], '$defs': [], '$ref': 1}"),
    SEAT("'output_schema_inline': {'properties': {'x': 1}, 'anyOf': [1], 'items': {'type': []}}"),
    AFTER("'vote', 'opts': {" AB "}"),
    AFTER("'iterate', 'opts': {'wrap': {'type': 'critique', 'opts': {'revise': false}}}"),
    AFTER("'iterate', 'opts': {'wrap': {'type': 'vote', 'opts': {" AB "}}}"),
    AFTER("'pairwise_elimination'"),
    /* what is too much is not looked into */
    ROUND2("{'type': 'vote', 'opts': {" AB ", 'tie_break': ['a', 'b', 'c', 'd', 'e', 'f', 'g',"
           " 'h']}}"),
    SEAT("'fallback': [1, 2, 3, 4, 5]"),
    SEAT("'input_mapper': 5"),
    SEAT("'input_mapper': {'pointer': '', 'template': ''}"),
    SEAT("'input_mapper': {'template': '{{x}}'}"),
    SEAT("'input_mapper': {'object': {'a': 5}}"),
    SEAT("'price': {'input': -1}"),
    SEAT("'confidence': 'guess'"),
    SEAT("'confidence': {'semantic_entropy': {'samples': 1}}"),
    SEAT("'retry': {'max_attempts': 11}"),
    SEAT("'sub_council': 'leaf'"),
    /* auto documents */
    AUTO("'strategy': 'embedding', 'catalog': [{'council': 'leaf', " VECTOR "},"
         " {'council': 'd1', 'id': 'e'}], 'options': {'backend': 'provider'}"),
    AUTO("'strategy': 'embedding', 'catalog': [{'council': 'leaf', " VECTOR "}],"
         " 'options': {'backend': 'provider'}"),
    AUTO("'strategy': 'embedding', 'catalog': 'all', 'options': {'backend': 'provider'}"),
    AUTO("'strategy': 'embedding', 'catalog': 'all', 'options': {'provider': 'mock'}"),
    AUTO("'strategy': 'embedding', 'catalog': 'all', 'options': {'provider': 'nobody',"
         " 'model': 'm'}"),
    AUTO("'strategy': 'rules', 'catalog': [{'council': 'leaf'}, {'council': 'd1', 'id': 'leaf'}]"),
    AUTO("'strategy': 'rules', 'catalog': [{'council': 'leaf'}, {'council': 'leaf'}]"),
    AUTO("'strategy': 'rules', 'catalog': [{'council': 'leaf', 'match': {'x': 1}}]"),
    AUTO("'strategy': 'llm_build', 'catalog': 'all', 'options': {'profiles': ['good', 'none'],"
         " 'templates': ['voting', 'none']}"),
    AUTO("'strategy': 'cascade', 'catalog': 'all', 'options': {'chain': ['rules', {'strategy':"
         " 'cascade'}, 5, 'guess']}"),
    "{'auto': {'schema_version': 2, 'id': 'u', 'strategy': 'rules', 'catalog': 'all'}}",
    "{'auto': {'id': 'u'}}",
};

static void add_list(struct buf *to, const char *what, const struct faults *list)
{
    for (size_t i = 0; i < list->count; i++)
        assert_int_equal(buf_addf(to, "  %s%s %s: %s\n", what, list->at[i].path, list->at[i].code,
                                  list->at[i].message),
                         0);
}

static void add_warnings(struct buf *to, const json_t *warnings)
{
    size_t i;
    json_t *one;
    json_array_foreach (warnings, i, one)
        assert_int_equal(buf_addf(to, "  (%s %s: %s)\n", json_string_value(at(one, "/path")),
                                  json_string_value(at(one, "/code")),
                                  json_string_value(at(one, "/message"))),
                         0);
}

static void add_told(struct buf *to, struct fixture *f, const char *council)
{
    struct council_plan plan = {0};
    struct council_faults faults;
    json_t *document = parse(council);
    struct council_request request = {.council = document};
    int r = council_resolve(&f->context, &request, &plan, &faults);
    assert_int_equal(buf_addf(to, "%s\n", council), 0);
    add_list(to, "", &faults.council);
    if (r == 0)
        add_warnings(to, plan.warnings);
    council_faults_release(&faults);
    council_plan_release(&plan);
    json_decref(document);
}

static void every_message(void **state)
{
    (void)state;
    struct buf text = BUF_INIT(1 << 20);
    struct fixture f;
    fixture_init(&f, FAULT_FILES);
    for (size_t i = 0; i < ARRAY_LEN(FAULT_CASES); i++)
        add_told(&text, &f, FAULT_CASES[i].council);
    for (size_t i = 0; i < ARRAY_LEN(MORE_FAULTS); i++)
        add_told(&text, &f, MORE_FAULTS[i]);
    for (size_t i = 0; i < ARRAY_LEN(WARNED); i++)
        add_told(&text, &f, WARNED[i]);
    golden_compare(TOLD, &text);
    buf_release(&text);
    fixture_release(&f);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(every_message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
