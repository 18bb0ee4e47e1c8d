/* A council for every code that validation knows, each with its one fault, and the catalogue that
 * they name. */
#ifndef TESTS_UNIT_COUNCIL_FAULT_CASES_H
#define TESTS_UNIT_COUNCIL_FAULT_CASES_H

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

static const char FAULT_FILES[] =
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
    "  'strays': {'kind': 'command', 'argv': ['/bin/true'], 'read': ['/a', 'b'], 'network': [0],"
    "   'disk_bytes': 1},"
    "  'writes': {'kind': 'mcp', 'argv': ['/bin/true'], 'write': ['a']},"
    "  'look': {'kind': 'docs', 'description': 'd'}}}";

static const struct {
    const char *council, *faults;
} FAULT_CASES[] = {
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
    {COUNCIL_OF("'router': {'kind': 'rules', 'rules': [{'when': {'tie': true}, 'members': "
                "['a']}], 'otherwise': []}"),
     "/router/otherwise empty"},
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
    {SEAT("'tools': ['strays']"), "/members/1/tools/0 bad_tool\n/members/1/tools/0 out_of_range\n"
                                  "/members/1/tools/0 out_of_range"},
    {SEAT("'tools': ['writes']"), "/members/1/tools/0 bad_tool"},
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

#endif
