/* Every code that validation knows is provoked once, alone: a fault that is not found would fail
 * in the middle of a paid run, one that is found twice or at the wrong place misleads its author.
 */
#include "support.h"

#define COUNCIL_OF(more) "{" HEAD MEMBERS3 ", " ROUNDS ", " more "}"
#define ROUND2(round)    "{" HEAD MEMBERS3 ", 'rounds': [{'type': 'independent_analysis'}, " round "]}"
#define SEAT(fields)                                                                               \
    "{" HEAD "'members': [{'id': 'a', 'provider': 'mock', 'model': 'x'}, {'id': 'b', 'provider': " \
    "'mock', 'model': 'y', " fields "}], " ROUNDS "}"
#define BARE(fields)                                                                               \
    "{" HEAD "'members': [{'id': 'a', 'provider': 'mock', 'model': 'x'}, {'id': 'b', " fields      \
    "}], " ROUNDS "}"

#define AB "'options': ['yes', 'no']"

static const char FILES[] =
    "{'councils': {'loop': {'schema_version': 1, 'id': 'loop', 'members': [{'id': 'a',"
    "   'sub_council': 'loop'}], 'rounds': [{'type': 'independent_analysis'}]},"
    "  'leaf': {'schema_version': 1, 'id': 'leaf', 'members': [{'id': 'a', 'provider': 'mock',"
    "   'model': 'x'}], 'rounds': [{'type': 'independent_analysis'}]},"
    "  'd1': {'schema_version': 1, 'id': 'd1', 'members': [{'id': 'a', 'sub_council': 'leaf'}],"
    "   'rounds': [{'type': 'independent_analysis'}]},"
    "  'd2': {'schema_version': 1, 'id': 'd2', 'members': [{'id': 'a', 'sub_council': 'd1'}],"
    "   'rounds': [{'type': 'independent_analysis'}]},"
    "  'd3': {'schema_version': 1, 'id': 'd3', 'members': [{'id': 'a', 'sub_council': 'd2'}],"
    "   'rounds': [{'type': 'independent_analysis'}]},"
    "  'broken': {'schema_version': 1, 'id': 'broken', 'members': [{'id': 'a'}],"
    "   'rounds': [{'type': 'nothing'}]},"
    "  'renamed': {'schema_version': 1, 'id': 'other', 'members': [{'id': 'a', 'provider':"
    "   'mock', 'model': 'x'}], 'rounds': [{'type': 'independent_analysis'}]}},"
    " 'profiles': {'good': {'provider': 'mock', 'model': 'm'}, 'bad': {'provider': 'nobody'}},"
    " 'schemas': {'plain': {'type': 'object'}, 'wrong': {'type': 'thing'}},"
    " 'rounds': {'half': {'type': 'vote', 'opts': {'options': ['a', 'b']}},"
    "  'twice': {'type': 'half'}},"
    " 'tools': {'run': {'kind': 'command', 'argv': ['/bin/true'], 'description': 'd'},"
    "  'look': {'kind': 'docs', 'description': 'd'}}}";

static const struct {
    const char *council, *faults;
} CASES[] = {
    /* parse and size */
    {"{" HEAD MEMBERS3 ", " ROUNDS ", 'description': 'a\\u0000b'}", "/description invalid_json"},
    /* shape */
    {"[]", " wrong_type"},
    {"{" HEAD MEMBERS3 ", " ROUNDS ", 'tools': {}}", "/tools wrong_type"},
    {SEAT("'max_tokens': 1.5"), "/members/1/max_tokens wrong_type"},
    {"{'schema_version': 1, 'id': 't', " ROUNDS "}", " missing_field"},
    {"{'members': [{'id': 'a', 'provider': 'mock', 'model': 'x'}], " ROUNDS "}",
     " missing_field\n missing_field"},
    {COUNCIL_OF("'nope': 1"), "/nope unknown_field"},
    {SEAT("'timeouts': {'total': 1}"), "/members/1/timeouts/total unknown_field"},
    {"{'schema_version': 2, 'id': 't', " MEMBERS3 ", " ROUNDS "}",
     "/schema_version unsupported_schema_version"},
    {"{'schema_version': 1, 'id': '-t', " MEMBERS3 ", " ROUNDS "}", "/id bad_id"},
    {"{" HEAD "'members': [{'id': 'a b', 'provider': 'mock', 'model': 'x', 'recuse': []}, "
     "{'id': 'c', 'provider': 'mock', 'model': 'x'}], " ROUNDS "}",
     "/members/0/id bad_id"},
    {COUNCIL_OF("'profiles': {'a b': {}}"), "/profiles/a b bad_id"},
    {"{" HEAD "'members': [{'id': 'a', 'provider': 'mock', 'model': 'x'}, {'id': 'a', "
     "'provider': 'mock', 'model': 'y'}], " ROUNDS "}",
     "/members/1/id duplicate_id"},
    {COUNCIL_OF("'chair': {'id': 'a', 'provider': 'mock', 'model': 'x'}"),
     "/chair/id duplicate_id"},
    {ROUND2("{'type': 'peer_review', 'name': 'x'}, {'type': 'debate', 'name': 'x'}"),
     "/rounds/2/name duplicate_id"},
    {ROUND2("{'type': 'vote', 'opts': {'options': ['yes', 'yes']}}"),
     "/rounds/1/opts/options/1/id duplicate_id"},
    {COUNCIL_OF("'documents': [{'id': 'd', 'text': ''}, {'id': 'd', 'text': ''}]"),
     "/documents/1/id duplicate_id"},
    {COUNCIL_OF("'tools': ['look', 'look']"), "/tools/1 duplicate_id"},
    {"{" HEAD "'members': [{'id': 'abstain', 'provider': 'mock', 'model': 'x'}], " ROUNDS "}",
     "/members/0/id reserved_id"},
    {ROUND2("{'type': 'vote', 'opts': {'options': ['abstain', 'yes']}}"),
     "/rounds/1/opts/options/0/id reserved_id"},
    {ROUND2("{'type': 'vote', 'opts': {'options': [{'id': 'a b', 'text': 'x'}, 'yes']}}"),
     "/rounds/1/opts/options/0/id bad_id"},
    {SEAT("'temperature': 2.5"), "/members/1/temperature out_of_range"},
    {SEAT("'top_p': 0"), "/members/1/top_p out_of_range"},
    {COUNCIL_OF("'budget': {'deadline_ms': 999}"), "/budget/deadline_ms out_of_range"},
    {ROUND2("{'type': 'iterate', 'opts': {'wrap': 'critique', 'min_iterations': 4}}"),
     "/rounds/1/opts/min_iterations out_of_range"},
    {ROUND2("{'type': 'vote', 'opts': {" AB ", 'ballot': 'score', 'scale': {'min': 10}}}"),
     "/rounds/1/opts/scale out_of_range"},
    {"{" HEAD "'members': [], " ROUNDS "}", "/members empty"},
    {COUNCIL_OF("'name': ''"), "/name empty"},
    {SEAT("'tier': 'huge'"), "/members/1/tier bad_enum"},
    {ROUND2("{'type': 'anonymized_peer_review', 'opts': {'rubric': [{'id': 'r', 'text': 't'}],"
            " 'ceiling': 'x'}}"),
     "/rounds/1/opts/ceiling bad_enum"},
    /* names */
    {SEAT("'profile': 'nope'"), "/members/1/profile unknown_profile"},
    {COUNCIL_OF("'default_profile': 'nope'"), "/default_profile unknown_profile"},
    {BARE("'model': 'x', 'provider': 'nope'"), "/members/1/provider unknown_provider"},
    {SEAT("'fallback': [{'provider': 'nope', 'model': 'x'}]"),
     "/members/1/fallback/0/provider unknown_provider"},
    {BARE("'profile': 'bad', 'model': 'x'"), "/members/1/profile unknown_provider"},
    {COUNCIL_OF("'profiles': {'p': {'provider': 'nope'}}"),
     "/profiles/p/provider unknown_provider"},
    {SEAT("'tools': ['nope']"), "/members/1/tools/0 unknown_tool"},
    {SEAT("'output_schema': 'nope'"), "/members/1/output_schema unknown_schema"},
    {COUNCIL_OF("'router': 'nope'"), "/router unknown_router"},
    {COUNCIL_OF("'router': {'kind': 'nope'}"), "/router/kind unknown_router"},
    {SEAT("'input_mapper': 'nope'"), "/members/1/input_mapper unknown_mapper"},
    {BARE("'sub_council': 'nope'"), "/members/1/sub_council unknown_council"},
    {"'nope'", " unknown_council"},
    {"{'auto': 'nope'}", "/auto unknown_council"},
    {"{" HEAD MEMBERS3 ", 'template': {'name': 'nope'}}", "/template/name unknown_template"},
    {ROUND2("{'type': 'nope'}"), "/rounds/1/type unknown_round_type"},
    {ROUND2("{'type': 'twice'}"), "/rounds/1/type unknown_round_type"},
    {ROUND2("{'type': 'vote', 'opts': {" AB ", 'aggregator': 'nope'}}"),
     "/rounds/1/opts/aggregator unknown_aggregator"},
    /* cross rules */
    {BARE("'model': 'x'"), "/members/1 missing_provider"},
    {BARE("'provider': 'mock'"), "/members/1 missing_model"},
    {SEAT("'output_schema': 'plain', 'output_schema_inline': {'type': 'object'}"),
     "/members/1 schema_conflict"},
    {"{" HEAD MEMBERS3 ", 'chair': {'provider': 'mock', 'model': 'x', 'output_schema': 'plain'},"
     " 'rounds': [{'type': 'independent_analysis'}, {'type': 'synthesis', 'opts': {'mode':"
     " 'select'}}]}",
     "/chair schema_conflict"},
    {SEAT("'output_schema': 'wrong'"), "/members/1/output_schema invalid_json_schema"},
    {SEAT("'output_schema_inline': {'oneOf': []}"),
     "/members/1/output_schema_inline/oneOf invalid_json_schema"},
    {SEAT("'output_schema_inline': {'$defs': {'x': {'items': {'$ref': '#/$defs/x'}}}, '$ref':"
          " '#/$defs/x'}"),
     "/members/1/output_schema_inline invalid_json_schema"},
    {SEAT("'tool_choice': 'look'"), "/members/1/tool_choice bad_tool_choice"},
    {SEAT("'tool_choice': 'required'"), "/members/1/tool_choice bad_tool_choice"},
    {SEAT("'tools': [{'name': 'x', 'kind': 'command'}]"), "/members/1/tools/0/kind bad_tool"},
    {SEAT("'tools': [{'name': 'x', 'kind': 'docs', 'parameters': {'type': 'x'}}]"),
     "/members/1/tools/0/parameters/type bad_tool"},
    {BARE("'provider': 'openai', 'model': 'x', 'provider_options': {'messages': []}"),
     "/members/1/provider_options reserved_provider_option"},
    {BARE("'provider': 'gemini', 'model': 'x', 'provider_options': {'generationConfig':"
          " {'temperature': 1}}"),
     "/members/1/provider_options reserved_provider_option"},
    {BARE("'provider': 'openai', 'model': 'x', 'provider_options': {'seed': 1, 'store': true}"),
     "/members/1/provider_options/store option_not_allowed"},
    {BARE("'provider': 'gemini', 'model': 'x', 'provider_options': {'generationConfig':"
          " {'topK': 1, 'responseModalities': []}}"),
     "/members/1/provider_options/generationConfig/responseModalities option_not_allowed"},
    {BARE("'provider': 'openrouter', 'model': 'x', 'provider_options': {'models': ['dear/one']}"),
     "/members/1/provider_options/models option_not_allowed"},
    {BARE("'provider': 'anthropic', 'model': 'x', 'provider_options': {'mcp_servers': []}"),
     "/members/1/provider_options/mcp_servers option_not_allowed"},
    {BARE("'provider': 'gemini', 'model': '../files/x'"), "/members/1/model bad_model"},
    {BARE("'provider': 'openai', 'model': 'x?y'"), "/members/1/model bad_model"},
    {SEAT("'fallback': [{'provider': 'gemini', 'model': 'cachedContents/x'}]"),
     "/members/1/fallback/0/model bad_model"},
    {SEAT("'fallback': [{'provider': 'mock', 'model': 'y'}]"),
     "/members/1/fallback/0 bad_fallback"},
    {SEAT("'fallback': [{'provider': 'mock', 'model': 'z'}, {'provider': 'mock', 'model': 'z'}]"),
     "/members/1/fallback/1 bad_fallback"},
    {SEAT("'timeouts': {'total_ms': 1000, 'stall_ms': 1001}"),
     "/members/1/timeouts/stall_ms bad_timeouts"},
    {COUNCIL_OF("'template': {'name': 'voting'}"), "/template template_conflict"},
    {"{" HEAD MEMBERS3 "}", " missing_rounds"},
    {"{" HEAD "'members': [{'id': 'a', 'provider': 'mock', 'model': 'x'}], 'rounds': [{'type':"
     " 'independent_analysis'}, {'type': 'peer_review'}]}",
     "/rounds/1 too_few_members"},
    {ROUND2("{'type': 'debate', 'members': ['a']}"), "/rounds/1 too_few_members"},
    {ROUND2("{'type': 'synthesis'}"), "/rounds/1 chair_required"},
    {ROUND2("{'type': 'pairwise_elimination', 'opts': {'judge': 'chair'}}"),
     "/rounds/1/opts/judge chair_required"},
    {ROUND2("{'type': 'vote', 'opts': {" AB ", 'tie_break': ['chair']}}"),
     "/rounds/1/opts/tie_break/0 chair_required"},
    {ROUND2("{'type': 'iterate', 'opts': {'wrap': 'critique', 'until': {'judge': {'score': 1}}}}"),
     "/rounds/1/opts/until/judge chair_required"},
    {SEAT("'confidence': {'semantic_entropy': {'cluster': 'judge'}}"),
     "/members/1/confidence/semantic_entropy/cluster chair_required"},
    {CHAIRED("{'type': 'synthesis'}, {'type': 'peer_review'}"), "/rounds/1 synthesis_not_last"},
    {CHAIRED("{'type': 'synthesis'}, {'type': 'synthesis'}"), "/rounds/1 synthesis_not_last"},
    {CHAIRED("{'type': 'iterate', 'opts': {'wrap': 'synthesis'}}"),
     "/rounds/1/opts/wrap invalid_wrap"},
    {ROUND2("{'type': 'iterate', 'opts': {'wrap': {'type': 'iterate', 'opts': {'wrap':"
            " 'critique'}}}}"),
     "/rounds/1/opts/wrap invalid_wrap"},
    {ROUND2("{'type': 'vote', 'opts': {'candidates': 'options'}}"),
     "/rounds/1/opts/candidates bad_candidates"},
    {ROUND2("{'type': 'vote', 'opts': {'options': ['one']}}"),
     "/rounds/1/opts/options bad_candidates"},
    {ROUND2("{'type': 'vote', 'opts': {" AB ", 'candidates': 'free'}}"),
     "/rounds/1/opts/candidates bad_candidates"},
    {"{" HEAD MEMBERS3 ", 'rounds': [{'type': 'ranking'}]}", "/rounds/0 bad_candidates"},
    {ROUND2("{'type': 'vote', 'opts': {" AB ", 'missing_counts_as': 'maybe'}}"),
     "/rounds/1/opts/missing_counts_as bad_candidates"},
    {CHAIRED("{'type': 'synthesis', 'opts': {'mode': 'verdict'}}"),
     "/rounds/1/opts bad_candidates"},
    {ROUND2("{'type': 'vote', 'opts': {" AB ", 'aggregator': 'borda'}}"),
     "/rounds/1/opts/aggregator aggregator_mismatch"},
    {ROUND2("{'type': 'vote', 'opts': {" AB ", 'threshold': 0.6}}"),
     "/rounds/1/opts/threshold aggregator_mismatch"},
    {ROUND2("{'type': 'ranking', 'opts': {'aggregator': 'condorcet', 'tie_break': ['lot']}}"),
     "/rounds/1/opts/tie_break aggregator_mismatch"},
    {ROUND2("{'type': 'vote', 'opts': {" AB ", 'tie_break': ['pairwise']}}"),
     "/rounds/1/opts/tie_break/0 aggregator_mismatch"},
    {ROUND2("{'type': 'peer_review', 'quorum': 4}"), "/rounds/1/quorum bad_quorum"},
    {ROUND2("{'type': 'peer_review', 'quorum': {'min': 2, 'distinct': 'provider'}}"),
     "/rounds/1/quorum/min bad_quorum"},
    {ROUND2("{'type': 'peer_review', 'quorum': {}}"), "/rounds/1/quorum bad_quorum"},
    {ROUND2("{'type': 'peer_review', 'members': ['a', 'x']}"),
     "/rounds/1/members/1 unknown_member"},
    {SEAT("'recuse': ['z']"), "/members/1/recuse/0 unknown_member"},
    {ROUND2("{'type': 'debate', 'opts': {'stances': {'z': 'for'}}}"),
     "/rounds/1/opts/stances/z unknown_member"},
    {COUNCIL_OF("'router': {'kind': 'rules', 'rules': [{'when': {'tie': true}, 'members':"
                " ['z']}]}"),
     "/router/rules/0/members/0 unknown_member"},
    {COUNCIL_OF("'chair': {'provider': 'mock', 'model': 'x', 'fallback_chairs': ['z']}"),
     "/chair/fallback_chairs/0 unknown_member"},
    {COUNCIL_OF("'router': {'kind': 'rules', 'rules': [{'when': {'tie': 1}, 'members': ['a']}]}"),
     "/router/rules/0/when/tie bad_condition"},
    {ROUND2("{'type': 'iterate', 'opts': {'wrap': 'critique', 'until': {'soon': true}}}"),
     "/rounds/1/opts/until/soon bad_condition"},
    {SEAT("'input_mapper': {'pointer': 'a'}"), "/members/1/input_mapper/pointer bad_input_mapper"},
    {SEAT("'input_mapper': {}"), "/members/1/input_mapper bad_input_mapper"},
    {SEAT("'system_prompt': 'Hi {{name}}'"), "/members/1/system_prompt bad_placeholder"},
    {ROUND2("{'type': 'peer_review', 'opts': {'instructions': '{{input:x}}'}}"),
     "/rounds/1/opts/instructions bad_placeholder"},
    {"{" HEAD "'members': [{'id': 'a', 'sub_council': 'leaf', 'model': 'x'}], " ROUNDS "}",
     "/members/0/model sub_council_conflict"},
    {"{" HEAD "'members': [{'id': 'a', 'sub_council': 'loop'}], " ROUNDS "}",
     "/members/0/sub_council sub_council_cycle"},
    {"'loop'", "/members/0/sub_council sub_council_cycle"},
    {"{" HEAD "'members': [{'id': 'a', 'sub_council': 'd3'}], " ROUNDS "}",
     "/members/0/sub_council sub_council_too_deep"},
    {"'renamed'", "/id id_name_mismatch"},
    {"{" HEAD "'members': [{'id': 'a', 'sub_council': 'broken'}], " ROUNDS "}",
     "/members/0/sub_council missing_model\n/members/0/sub_council missing_provider\n"
     "/members/0/sub_council unknown_round_type"},
    {COUNCIL_OF("'budget': {'max_cost': 5}"),
     "/members/0 price_unknown\n/members/1 price_unknown\n/members/2 price_unknown"},
    {COUNCIL_OF("'budget': {'max_tokens': 16000}"), "/budget/max_tokens budget_too_small"},
    {COUNCIL_OF("'budget': {'max_calls': 1}"), "/budget/max_calls budget_too_small"},
    {SEAT("'system_prompt': 'use sk-abcdef1234567890abcdef'"),
     "/members/1/system_prompt credential_in_document"},
    {SEAT("'provider_options': {'x': ['Bearer abcdefghijk0123456789']}"),
     "/members/1/provider_options/x/0 credential_in_document"},
    /* auto */
    {"{'auto': {" HEAD "'strategy': 'cascade', 'catalog': 'all', 'options': {'chain':"
     " ['cascade']}}}",
     "/auto/options/chain/0 auto_conflict"},
    {"{'auto': {" HEAD "'strategy': 'embedding', 'catalog': [{'council': 'leaf'}], 'options':"
     " {'backend': 'provider'}}}",
     "/auto/catalog/0 auto_conflict\n/auto/options missing_provider"},
    {"{'auto': {" HEAD "'strategy': 'rules', 'catalog': [{'council': 'nope'}],"
     " 'on_no_match': {'fallback': 'no'}}}",
     "/auto/catalog/0/council unknown_council\n/auto/on_no_match/fallback unknown_council"},
    {"{'auto': {" HEAD "'strategy': 'guess', 'catalog': 'all'}}", "/auto/strategy bad_enum"},
};

static void each_fault_alone(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, FILES);
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++)
        assert_faults(&f, CASES[i].council, CASES[i].faults);
    fixture_release(&f);
}

static void all_at_once_and_sorted(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, FILES);
    assert_faults(
        &f,
        "{'schema_version': 1, 'id': 't', 'colour': 1, 'members': ["
        "{'id': 'm0', 'provider': 'mock', 'model': 'x'},"
        "{'id': 'm1', 'provider': 'mock', 'model': 'x'},"
        "{'id': 'm2', 'provider': 'mock', 'model': 'x', 'tier': 'x', 'weight': -1},"
        "{'id': 'm3', 'provider': 'mock', 'model': 'x'},"
        "{'id': 'm4', 'provider': 'mock', 'model': 'x'},"
        "{'id': 'm5', 'provider': 'mock', 'model': 'x'},"
        "{'id': 'm6', 'provider': 'mock', 'model': 'x'},"
        "{'id': 'm7', 'provider': 'mock', 'model': 'x'},"
        "{'id': 'm8', 'provider': 'mock', 'model': 'x'},"
        "{'id': 'm9', 'provider': 'mock', 'model': 'x'},"
        "{'id': 'm0', 'provider': 'nope', 'model': 'x'}],"
        "'rounds': [{'type': 'nope'}, {'type': 'synthesis'}]}",
        "/colour unknown_field\n/members/2/tier bad_enum\n/members/2/weight out_of_range\n"
        "/members/10/id duplicate_id\n/members/10/provider unknown_provider\n"
        "/rounds/0/type unknown_round_type\n/rounds/1 chair_required");
    fixture_release(&f);
}

/* Errors of a template's opts point at where they were written. */
static void template_faults(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, FILES);
    assert_faults(&f,
                  "{" HEAD MEMBERS3 ", 'template': {'name': 'voting', 'opts': {'options':"
                  " ['a'], 'tie_break': ['chair'], 'quorum': 9, 'nope': 1, 'ballot': 'x'}}}",
                  "/template/opts/ballot bad_enum\n/template/opts/nope unknown_field\n"
                  "/template/opts/options bad_candidates\n/template/opts/quorum bad_quorum");
    assert_faults(
        &f,
        "{" HEAD MEMBERS3 ", 'template': {'name': 'consensus', 'opts': {'until':"
        " {'x': 1}, 'max_iterations': 17}}}",
        "/template/opts/max_iterations out_of_range\n/template/opts/until/x bad_condition");
    assert_faults(&f, "{" HEAD MEMBERS3 ", 'template': {'name': 'weighted_consensus'}}",
                  "/template chair_required");
    fixture_release(&f);
}

/* What the tables name, the engine does: no word is left that only tests may use. */
static void nothing_is_switched_off(void **state)
{
    (void)state;
    static const char *const COUNCILS[] = {
        ROUND2("{'type': 'vote', 'opts': {'options': ['a', 'b'], 'weights': 'reliability'}}"),
        ROUND2("{'type': 'vote', 'opts': {'options': ['a', 'b'], 'aggregator': "
               "'reliability_weighted'}}"),
        COUNCIL_OF("'router': {'kind': 'reliability', 'k': 2}"),
        SEAT("'confidence': {'semantic_entropy': {'samples': 3}}"),
    };
    struct fixture f;
    fixture_init(&f, FILES);
    for (size_t i = 0; i < sizeof(COUNCILS) / sizeof(COUNCILS[0]); i++) {
        struct council_plan one = resolve_with(&f, COUNCILS[i], NULL);
        council_plan_release(&one);
    }
    struct council_plan plan = resolve_with(&f, SEAT("'input_mapper': null, 'tools': []"), NULL);
    council_plan_release(&plan);
    fixture_release(&f);
}

/* What nothing would be done for is no word, and the message names those that are. */
static void words_without_a_meaning_are_refused(void **state)
{
    (void)state;
    static const char *const OPTS[][3] = {
        {"'aggregator': 'condorcet', 'completion': 'order'", "completion bad_enum",
         "none, schulze, ranked_pairs"},
        {"'aggregator': 'bracket'", "aggregator unknown_aggregator", "plurality, majority, borda"},
    };
    struct fixture f;
    fixture_init(&f, FILES);
    for (size_t i = 0; i < sizeof(OPTS) / sizeof(OPTS[0]); i++) {
        char council[2048], expected[128];
        snprintf(council, sizeof(council),
                 ROUND2("{'type': 'ranking', 'opts': {'options': ['a', 'b'], %s}}"), OPTS[i][0]);
        snprintf(expected, sizeof(expected), "/rounds/1/opts/%s", OPTS[i][1]);
        assert_faults(&f, council, expected);
        assert_message_with(&f, council, OPTS[i][2]);
    }
    fixture_release(&f);
}

/* Councils come from anybody: what is wrong with one is kept in bounded memory. */
static void long_paths_cut_the_list(void **state)
{
    (void)state;
    enum { MIB = 1 << 20 };
    struct faults list = {0};
    char *path = malloc(MIB + 1);
    assert_non_null(path);
    memset(path, 'x', MIB);
    path[MIB] = '\0';
    for (int i = 0; i < 12; i++)
        assert_int_equal(faults_add(&list, path, "unknown_field", "%d", i), 0);
    assert_int_equal(list.count, 9);
    assert_int_equal(list.found, 12);
    assert_true(list.cut);
    faults_release(&list);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_alone),
        cmocka_unit_test(all_at_once_and_sorted),
        cmocka_unit_test(template_faults),
        cmocka_unit_test(nothing_is_switched_off),
        cmocka_unit_test(words_without_a_meaning_are_refused),
        cmocka_unit_test(long_paths_cut_the_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
