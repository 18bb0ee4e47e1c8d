/* A council that resolves otherwise than docs/council.md says would run otherwise than its author
 * wrote it; one that does not resolve to itself could not be resumed or checked. */
#include "heap_kept.h"
#include "proto/council/council_spec.h"
#include "support.h"

static const char THREE_STAGE[] =
    "{'schema_version': 1, 'id': 'three-stage', 'name': 'Three-stage council',"
    " 'default_profile': 'seat',"
    " 'profiles': {'seat': {'provider': 'openrouter', 'max_tokens': 4000,"
    "   'timeouts': {'total_ms': 240000}}},"
    " 'members': ["
    "   {'id': 'm1', 'model': 'vendor-a/large'},"
    "   {'id': 'm2', 'model': 'vendor-b/large',"
    "    'fallback': [{'provider': 'openrouter', 'model': 'vendor-b/mid'}]},"
    "   {'id': 'm3', 'model': 'vendor-c/large'},"
    "   {'id': 'm4', 'model': 'vendor-d/large', 'confidence': 'self_report'}],"
    " 'rounds': [{'type': 'independent_analysis'}, {'type': 'anonymized_peer_review'},"
    "   {'type': 'synthesis'}],"
    " 'chair': {'model': 'vendor-a/large', 'fallback_chairs': ['m3', 'm2']},"
    " 'budget': {'max_tokens': 200000, 'deadline_ms': 600000}}";

static const char RELEASE_GATE[] =
    "{'schema_version': 1, 'id': 'release-gate',"
    " 'members': ["
    "   {'id': 'security', 'role': 'security reviewer', 'provider': 'anthropic', 'model': 'x'},"
    "   {'id': 'performance', 'role': 'performance', 'provider': 'openai', 'model': 'y'},"
    "   {'id': 'api', 'role': 'API reviewer', 'provider': 'gemini', 'model': 'z'}],"
    " 'rounds': [{'type': 'independent_analysis', 'quorum': 2},"
    "   {'type': 'vote', 'quorum': {'min': 2, 'distinct': 'provider'},"
    "    'opts': {'options': [{'id': 'approve', 'text': 'ship it'},"
    "       {'id': 'revise', 'text': 'fix first'}, {'id': 'reject', 'text': 'do not ship'}],"
    "      'aggregator': 'majority', 'missing_counts_as': 'revise', 'tie_break': ['none']}}],"
    " 'on_degraded': 'label'}";

static const char AGREE[] =
    "{'schema_version': 1, 'id': 'agree', 'default_profile': 'balanced',"
    " 'members': ["
    "   {'id': 'optimist', 'role': 'argues for the plan'},"
    "   {'id': 'sceptic', 'role': 'looks for what fails'},"
    "   {'id': 'user', 'role': 'must use it', 'profile_overrides': {'temperature': 0.7}}],"
    " 'rounds': [{'type': 'independent_analysis'},"
    "   {'type': 'iterate', 'opts': {'wrap': {'type': 'critique'}, 'max_iterations': 4,"
    "     'until': {'any': [{'converged': true}, {'judge': {'score': 0.85}}]}}}],"
    " 'chair': {'system_prompt': 'You write the joint position of the council.',"
    "   'last_resort': 'best_answer'}}";

static const char BALANCED[] =
    "{'profiles': {'balanced': {'provider': 'mock', 'model': 'mid', 'description': 'd'}}}";

static void assert_again(struct fixture *f, const struct council_plan *plan)
{
    struct council_request request = {.council = plan->document};
    struct council_plan again;
    struct council_faults faults;
    int r = council_resolve(&f->context, &request, &again, &faults);
    print_faults(&faults);
    assert_int_equal(r, 0);
    assert_true(json_equal(plan->document, again.document));
    council_plan_release(&again);
    council_faults_release(&faults);
}

static void three_stage(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, NULL);
    struct council_plan plan = resolve_with(&f, THREE_STAGE, NULL);
    assert_string_equal(plan.council_id, "dynamic:three-stage");
    assert_int_equal(plan.deadline_ms, 600000);
    assert_json(plan.document, "/members/1/provider", "'openrouter'");
    assert_json(plan.document, "/members/1/max_tokens", "4000");
    assert_json(plan.document, "/members/1/timeouts",
                "{'total_ms': 240000, 'attempt_ms': null, 'first_token_ms': 180000,"
                " 'stall_ms': 60000}");
    assert_json(plan.document, "/members/1/fallback",
                "[{'provider': 'openrouter', 'model': 'vendor-b/mid', 'temperature': null,"
                " 'max_tokens': null, 'price': null}]");
    assert_json(plan.document, "/members/3/confidence", "'self_report'");
    assert_json(plan.document, "/rounds/1/opts/aggregator", "'peer_ranking'");
    assert_json(plan.document, "/rounds/1/opts/tie_break", "['pairwise', 'none']");
    assert_json(plan.document, "/rounds/1/quorum",
                "{'min': null, 'ratio': 0.5, 'distinct': 'member'}");
    assert_json(plan.document, "/chair/id", "'chair'");
    assert_json(plan.document, "/profiles", "{}");
    assert_json(plan.document, "/default_profile", "null");
    assert_json(plan.warnings, "", "[]");
    assert_json(plan.providers, "", "{'openrouter': {'type': 'openrouter'}}");
    assert_again(&f, &plan);
    council_plan_release(&plan);
    fixture_release(&f);
}

static void release_gate(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, NULL);
    struct council_plan plan = resolve_with(&f, RELEASE_GATE, NULL);
    assert_json(plan.document, "/rounds/0/quorum",
                "{'min': 2, 'ratio': null, 'distinct': 'member'}");
    assert_json(plan.document, "/rounds/1/opts/candidates", "'options'");
    assert_json(plan.document, "/rounds/1/opts/threshold", "0.5");
    assert_null(at(plan.document, "/rounds/1/opts/min_share"));
    assert_json(plan.document, "/chair", "null");
    assert_json(plan.document, "/budget/chair_reserve", "0.0");
    assert_int_equal(json_object_size(plan.providers), 3);
    assert_again(&f, &plan);
    council_plan_release(&plan);
    fixture_release(&f);
}

static void agree(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, BALANCED);
    struct council_plan plan = resolve_with(&f, AGREE, NULL);
    assert_json(plan.document, "/members/2/temperature", "0.7");
    assert_json(plan.document, "/members/0/model", "'mid'");
    assert_json(plan.document, "/rounds/1/opts/wrap/type", "'critique'");
    assert_json(plan.document, "/rounds/1/opts/wrap/opts/revise", "true");
    assert_json(plan.document, "/rounds/1/opts/until",
                "{'any': [{'converged': true}, {'judge': {'score': 0.85, 'seat': null}}]}");
    assert_json(plan.document, "/rounds/2/type", "'synthesis'");
    assert_int_equal(json_array_size(at(plan.document, "/rounds")), 3);
    assert_json(plan.catalogue, "/profiles/balanced/model", "'mid'");
    assert_json(plan.warnings, "/0/code", "'same_model_seats'");
    assert_again(&f, &plan);
    council_plan_release(&plan);
    fixture_release(&f);
}

/* The runner resolves again from what the spec holds: that must give the same document. */
static void spec_round_trip(void **state)
{
    (void)state;
    struct fixture f;
    struct council_context context;
    struct error err = {0};
    fixture_init(&f, "{'profiles': {'balanced': {'provider': 'openai', 'model': 'gpt'},"
                     " 'unused': {'provider': 'mock', 'model': 'mid'}},"
                     " 'councils': {'agree': {}}}");
    f.budget = parse("{'max_cost': 5}");
    f.context.budget = f.budget;
    struct council_plan plan = resolve_with(&f, AGREE, NULL);
    json_t *spec = json_object(), *document = parse(AGREE);
    assert_int_equal(council_spec_fill(spec, &f.context, &plan), 0);
    assert_json(spec, "/catalogue",
                "{'profiles': {'balanced': {'provider': 'openai',"
                " 'model': 'gpt'}}}");
    assert_json(spec, "/prices",
                "{'openai/gpt': {'input': 2, 'output': 8,"
                " 'date': '2026-11-01'}}");
    assert_int_equal(council_context_from_spec(spec, &context, &err), 0);
    struct council_request request = {.council = document};
    struct council_plan again;
    struct council_faults faults;
    assert_int_equal(council_resolve(&context, &request, &again, &faults), 0);
    assert_true(json_equal(plan.document, again.document));
    assert_json(again.document, "/budget/max_cost", "5");
    assert_json(again.document, "/members/0/price",
                "{'input': 2, 'output': 8, 'cached_input': null}");
    council_faults_release(&faults);
    council_plan_release(&again);
    council_context_release(&context);
    council_plan_release(&plan);
    json_decref(spec);
    json_decref(document);
    fixture_release(&f);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(three_stage);
    assert_keeps_nothing(release_gate);
    assert_keeps_nothing(agree);
    assert_keeps_nothing(spec_round_trip);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_stage),     cmocka_unit_test(release_gate),
        cmocka_unit_test(agree),           cmocka_unit_test(spec_round_trip),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
