/* What a plan says beside the document: warnings, limits in force, calls, what the run reaches,
 * and the options that were refused. */
#include "heap_kept.h"
#include "proto/council/document_hash.h"
#include "support.h"

#define ANALYSIS "'rounds': [{'type': 'independent_analysis'}]"

static void assert_warnings(struct fixture *f, const char *council, const char *expected)
{
    struct council_plan plan = resolve_with(f, council, NULL);
    char got[1024] = "";
    size_t i, len = 0;
    json_t *one;
    json_array_foreach (plan.warnings, i, one)
        len += (size_t)snprintf(got + len, sizeof(got) - len, "%s%s %s", i ? "\n" : "",
                                json_string_value(at(one, "/path")),
                                json_string_value(at(one, "/code")));
    assert_string_equal(got, expected);
    council_plan_release(&plan);
}

static void warnings(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, NULL);
    assert_warnings(&f, "{" HEAD MEMBERS3 ", " ANALYSIS "}", "");
    assert_warnings(&f,
                    "{" HEAD "'members': [{'id': 'a', 'provider': 'mock', 'model': 'x'}, {'id':"
                    " 'b', 'provider': 'mock', 'model': 'x'}], 'rounds': [{'type':"
                    " 'independent_analysis'}, {'type': 'anonymized_peer_review'}]}",
                    "/members same_model_seats\n/rounds/1 ranking_needs_three");
    assert_warnings(&f,
                    "{" HEAD MEMBERS3 ", 'rounds': [{'type': 'vote'}], 'budget': {'deadline_ms':"
                    " 60000}}",
                    "/rounds/0 free_vote");
    assert_warnings(&f,
                    "{" HEAD MEMBERS3 ", 'rounds': [{'type': 'independent_analysis',"
                    " 'deadline_ms': 40000}, {'type': 'peer_review', 'deadline_ms': 40000}],"
                    " 'budget': {'deadline_ms': 60000}}",
                    " deadline_tight");
    assert_warnings(&f,
                    "{" HEAD "'members': [{'id': 'a', 'provider': 'mock', 'model': 'x', 'timeouts':"
                    " {'total_ms': 90000}, 'weight': 2}], " ANALYSIS
                    ", 'budget': {'deadline_ms': 60000}}",
                    "/members/0 deadline_tight\n/members/0 weights_unused");
    assert_warnings(&f,
                    "{" HEAD "'members': [{'id': 'a', 'provider': 'gemini', 'model': 'x', 'tools':"
                    " [{'name': 'd', 'kind': 'docs'}], 'output_schema_inline': {'type': 'object',"
                    " 'properties': {'x': {'type': 'string', 'pattern': 'a+'}}}}], " ANALYSIS "}",
                    "/members/0 schema_by_prompt\n"
                    "/members/0/output_schema_inline/properties/x/pattern pattern_not_enforced");
    fixture_release(&f);
}

/* ---- options ----------------------------------------------------------------------------------
 */

static void assert_option(struct fixture *f, const char *options, const char *field)
{
    struct council_plan plan;
    struct council_faults faults;
    json_t *council = parse("{" HEAD MEMBERS3 ", " ANALYSIS "}"), *given = parse(options);
    struct council_request request = {.council = council, .options = given};
    int r = council_resolve(&f->context, &request, &plan, &faults);
    assert_int_equal(faults.council.count, 0);
    if (!field) {
        print_faults(&faults);
        assert_int_equal(r, 0);
        council_plan_release(&plan);
    } else {
        assert_int_equal(r, -EINVAL);
        assert_non_null(faults.option_field);
        assert_string_equal(faults.option_field, field);
        assert_true(strlen(faults.option_message) > 10);
    }
    council_faults_release(&faults);
    json_decref(council);
    json_decref(given);
}

static void options(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, NULL);
    assert_option(&f, "{}", NULL);
    assert_option(&f,
                  "{'seed': 's', 'budget': {'max_calls': 9}, 'history': [{'role': 'user',"
                  " 'content': 'x'}], 'documents': [{'id': 'd', 'text': 't'}], 'features':"
                  " {'x': [1]}, 'reports': ['flips'], 'resume_from': null, 'resume_policy':"
                  " 'matching', 'metadata': {'k': 1}, 'defaults': {'temperature': 1},"
                  " 'overrides': {'all': {'top_p': 1}, 'seats': {'b': {'tier': 'nano'}}}}",
                  NULL);
    assert_option(&f, "[]", "/options");
    assert_option(&f, "{'nope': 1}", "/options/nope");
    assert_option(&f, "{'seed': ''}", "/options/seed");
    assert_option(&f, "{'seed': 5}", "/options/seed");
    assert_option(&f, "{'budget': {'max_tokens': '1'}}", "/options/budget/max_tokens");
    assert_option(&f, "{'budget': {'max_tokens': 1.5}}", "/options/budget/max_tokens");
    assert_option(&f, "{'defaults': {'provider': 'x'}}", "/options/defaults/provider");
    assert_option(&f, "{'overrides': {'all': {'model': ''}}}", "/options/overrides/all/model");
    assert_option(&f, "{'overrides': {'seats': {'z': {}}}}", "/options/overrides/seats/z");
    assert_option(&f, "{'history': [{'role': 'system', 'content': ''}]}",
                  "/options/history/0/role");
    assert_option(&f, "{'documents': [{'id': 'd', 'text': ''}, {'id': 'd', 'text': ''}]}",
                  "/options/documents/1/id");
    assert_option(&f, "{'reports': ['x']}", "/options/reports/0");
    assert_option(&f, "{'resume_policy': 'x'}", "/options/resume_policy");
    fixture_release(&f);
}

/* A bad council is told before a bad option, and alone. */
static void council_before_options(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, NULL);
    assert_faults_with(&f, "{" HEAD MEMBERS3 "}", "{'nope': 1}", " missing_rounds");
    fixture_release(&f);
}

/* ---- limits ------------------------------------------------------------------------------------
 */

static void smallest_limit(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, NULL);
    f.context.budget = f.budget =
        parse("{'max_tokens': 500000, 'deadline_ms': 50000, 'allow_unknown_price': false}");
    f.context.max_parallel = 3;
    struct council_plan plan = resolve_with(
        &f,
        "{" HEAD MEMBERS3 ", 'rounds': [{'type': 'independent_analysis', 'max_parallel': 5},"
        " {'type': 'peer_review', 'max_parallel': 2}], 'budget': {'max_tokens': 400000,"
        " 'deadline_ms': 90000, 'max_calls': 50}, " CHAIR_MOCK "}",
        "{'budget': {'max_tokens': 450000, 'max_calls': 40, 'chair_reserve': 0.5}}");
    assert_json(plan.document, "/budget",
                "{'max_tokens': 400000, 'max_cost': null, 'max_calls': 40, 'deadline_ms': 50000,"
                " 'chair_reserve': 0.5, 'allow_unknown_price': false}");
    assert_int_equal(plan.deadline_ms, 50000);
    assert_json(plan.document, "/rounds/0/max_parallel", "3");
    assert_json(plan.document, "/rounds/1/max_parallel", "2");
    council_plan_release(&plan);
    assert_faults_with(&f, "{" HEAD MEMBERS3 ", " ANALYSIS "}", "{'budget': {'max_tokens': 100}}",
                       " budget_too_small");
    f.context.defaults = f.defaults = parse("{'max_tokens': 0}");
    assert_faults(&f, "{" HEAD MEMBERS3 ", " ANALYSIS "}", " out_of_range");
    fixture_release(&f);
}

/* With the quorum of one, one cheap seat is enough, whatever the others would take. */
static void cheapest_quorum(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, NULL);
#define PRICED(max, quorum)                                                                        \
    "{" HEAD "'members': [{'id': 'a', 'provider': 'mock', 'model': 'x', 'max_tokens': 1000,"       \
    " 'system_prompt': '', 'price': {'input': 0, 'output': 1}}, {'id': 'b', 'provider': 'mock',"   \
    " 'model': 'y', 'max_tokens': 900000, 'price': {'input': 0, 'output': 1}}], 'rounds':"         \
    " [{'type': 'independent_analysis', 'quorum': " quorum "}], 'budget': {'max_cost': " max "}}"
    struct council_plan plan = resolve_with(&f, PRICED("0.001", "1"), NULL);
    council_plan_release(&plan);
    assert_faults(&f, PRICED("0.0009", "1"), "/budget/max_cost budget_too_small");
    assert_faults(&f, PRICED("0.9", "2"), "/budget/max_cost budget_too_small");
    fixture_release(&f);
}

/* ---- calls --------------------------------------------------------------------------------------
 */

static void assert_planned(struct fixture *f, const char *council, int min, int max, double score)
{
    struct council_planned planned;
    struct council_plan plan = resolve_with(f, council, NULL);
    council_planned(plan.document, &planned);
    assert_int_equal(planned.calls_min, min);
    assert_int_equal(planned.calls_max, max);
    if (score > 0)
        assert_true(planned.score_min > score - 1e-9 && planned.score_min < score + 1e-9);
    council_plan_release(&plan);
}

static void planned_calls(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, NULL);
    /* 3 x 2; 3 x 2 x 1.4 x 1.2; 2 x 1.6 */
    assert_planned(&f, "{" HEAD MEMBERS3 ", " CHAIR_MOCK ", 'template': {'name': 'karpathy'}}", 7,
                   7, 6 + 10.08 + 3.2);
    assert_planned(&f, "{" HEAD MEMBERS3 ", " CHAIR_MOCK ", 'template': {'name': 'tournament'}}",
                   3 + 4 + 1, 3 + 4 + 1, 0);
    assert_planned(&f,
                   "{" HEAD MEMBERS3 ", " CHAIR_MOCK ", 'template': {'name': 'consensus', 'opts':"
                   " {'until': {'judge': {'score': 0.9}}}}}",
                   3 + 3 + 1, 3 + 3 * 3 + 3 + 1, 0);
    assert_planned(&f,
                   "{" HEAD "'members': [{'id': 'a', 'provider': 'mock', 'model': 'x',"
                   " 'confidence': {'semantic_entropy': {'samples': 4}}}, {'id': 's',"
                   " 'sub_council': {'schema_version': 1, 'id': 'in', " MEMBERS3 ", " ANALYSIS
                   "}}], " ANALYSIS "}",
                   7, 7, 0);
    assert_planned(&f, "{" HEAD MEMBERS3 ", 'router': {'kind': 'sample', 'k': 2}, " ANALYSIS "}", 2,
                   3, 0);
    fixture_release(&f);
}

/* ---- ids, sub-councils, auto
 * ---------------------------------------------------------------------- */

static void council_ids(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, "{'councils': {'named': {'schema_version': 1, 'id': 'named', " MEMBERS3
                     ", " ANALYSIS "}}, 'autos': {'pick': {'schema_version': 1, 'id': 'pick',"
                     " 'strategy': 'rules', 'catalog': 'all'}}}");
    static const char *const IDS[][2] = {
        {"'named'", "named"},
        {"{" HEAD MEMBERS3 ", " ANALYSIS "}", "dynamic:t"},
        {"{'auto': 'pick'}", "auto:pick"},
        {"{'auto': {'schema_version': 1, 'id': 'here', 'strategy': 'rules', 'catalog':"
         " [{'council': 'named', 'match': {'input': {'exists': true}}}]}}",
         "auto:here"},
    };
    for (size_t i = 0; i < sizeof(IDS) / sizeof(IDS[0]); i++) {
        struct council_plan plan = resolve_with(&f, IDS[i][0], NULL);
        assert_string_equal(plan.council_id, IDS[i][1]);
        assert_int_equal(plan.is_auto, i >= 2);
        if (plan.is_auto) {
            assert_json(plan.document, "/catalog/0/id", "'named'");
            assert_non_null(at(plan.catalogue, "/councils/named"));
            assert_non_null(at(plan.providers, "/mock"));
        }
        council_plan_release(&plan);
    }
    fixture_release(&f);
}

static void sub_councils(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, "{'councils': {'inner': {'schema_version': 1, 'id': 'inner',"
                     " 'default_profile': 'deep', 'members': [{'id': 'x'}, {'id': 'y'}], " ANALYSIS
                     "}}, 'profiles': {'deep': {'provider': 'openai', 'model': 'gpt'}}}");
    struct council_plan plan = resolve_with(
        &f,
        "{" HEAD "'members': [{'id': 'a', 'provider': 'mock', 'model': 'x'}, {'id': 'legal',"
        " 'sub_council': 'inner', 'timeouts': {'total_ms': 5000}}], " ANALYSIS "}",
        "{'defaults': {'temperature': 1}, 'overrides': {'all': {'top_p': 1}}}");
    assert_json(plan.document, "/members/1/sub_council/members/1/model", "'gpt'");
    assert_json(plan.document, "/members/1/sub_council/members/1/temperature", "1");
    assert_json(plan.document, "/members/1/sub_council/members/1/top_p", "null");
    assert_json(plan.document, "/members/0/top_p", "1");
    assert_json(plan.document, "/members/1/provider", "null");
    assert_json(plan.document, "/members/1/timeouts/first_token_ms", "5000");
    assert_int_equal(json_object_size(plan.catalogue), 2);
    assert_int_equal(json_object_size(plan.providers), 2);
    struct council_plan again;
    struct council_faults faults;
    struct council_request request = {.council = plan.document};
    assert_int_equal(council_resolve(&f.context, &request, &again, &faults), 0);
    assert_true(json_equal(plan.document, again.document));
    council_plan_release(&again);
    council_plan_release(&plan);
    fixture_release(&f);
}

static void auto_documents(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, "{'councils': {'one': {'schema_version': 1, 'id': 'one', 'description': 'd1',"
                     " " MEMBERS3 ", " ANALYSIS "}}, 'profiles': {'p': {'provider': 'openai',"
                     " 'model': 'm'}}}");
    struct council_plan plan = resolve_with(
        &f,
        "{'auto': {'schema_version': 1, 'id': 'x', 'strategy': 'cascade', 'catalog': 'all',"
        " 'on_no_match': {'fallback': 'one'}, 'budget': {'max_calls': 7}, 'options': {'chain':"
        " ['rules', {'strategy': 'llm_classify', 'options': {'seat': {'id': 'j', 'provider':"
        " 'mock', 'model': 'y'}}}, 'embedding', {'strategy': 'llm_build', 'options': {'seat':"
        " {'id': 'j', 'profile': 'p'}, 'profiles': ['p']}}]}}}",
        NULL);
    json_t *chain = at(plan.document, "/options/chain");
    assert_json(plan.document, "/catalog/0/desc", "'d1'");
    assert_json(plan.document, "/budget/max_calls", "7");
    assert_json(chain, "/1/options/min_confidence", "0.5");
    assert_json(chain, "/1/options/seat/stream", "true");
    assert_json(chain, "/2/options/backend", "'lexical'");
    assert_json(chain, "/2/options/threshold", "0.15");
    assert_json(chain, "/3/options/max_members", "6");
    assert_json(chain, "/3/options/seat/model", "'m'");
    char hash[SHA256_HEX_SIZE];
    assert_int_equal(council_ask_sha256(plan.document, hash), 0);
    council_plan_release(&plan);
    fixture_release(&f);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(warnings);
    assert_keeps_nothing(options);
    assert_keeps_nothing(council_before_options);
    assert_keeps_nothing(smallest_limit);
    assert_keeps_nothing(cheapest_quorum);
    assert_keeps_nothing(planned_calls);
    assert_keeps_nothing(council_ids);
    assert_keeps_nothing(sub_councils);
    assert_keeps_nothing(auto_documents);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(warnings),
        cmocka_unit_test(options),
        cmocka_unit_test(council_before_options),
        cmocka_unit_test(smallest_limit),
        cmocka_unit_test(cheapest_quorum),
        cmocka_unit_test(planned_calls),
        cmocka_unit_test(council_ids),
        cmocka_unit_test(sub_councils),
        cmocka_unit_test(auto_documents),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
