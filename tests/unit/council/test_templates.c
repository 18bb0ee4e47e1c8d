/* A template that expands to other rounds than docs/council.md says is another procedure. */
#include "heap_kept.h"
#include "support.h"

static json_t *expanded(struct fixture *f, const char *name, const char *opts, bool chair,
                        struct council_plan *plan)
{
    char council[2048];
    snprintf(council, sizeof(council),
             "{" HEAD MEMBERS3 "%s, 'template': {'name': '%s', 'opts': %s}}",
             chair ? ", " CHAIR_MOCK : "", name, opts);
    *plan = resolve_with(f, council, NULL);
    assert_json(plan->document, "/template", "null");
    return at(plan->document, "/rounds");
}

/* The types of the rounds, wrapped ones in brackets. */
static void assert_types(struct fixture *f, const char *name, const char *opts, bool chair,
                         const char *expected)
{
    struct council_plan plan;
    json_t *rounds = expanded(f, name, opts, chair, &plan), *round;
    char got[512] = "";
    size_t i, len = 0;
    json_array_foreach (rounds, i, round) {
        const char *wrapped = json_string_value(at(round, "/opts/wrap/type"));
        len += (size_t)snprintf(got + len, sizeof(got) - len, "%s%s", i ? " " : "",
                                json_string_value(at(round, "/type")));
        if (wrapped)
            len += (size_t)snprintf(got + len, sizeof(got) - len, "(%s)", wrapped);
    }
    assert_string_equal(got, expected);
    council_plan_release(&plan);
}

static void every_row(void **state)
{
    (void)state;
    static const struct {
        const char *name, *opts;
        bool chair;
        const char *rounds;
    } ROWS[] = {
        {"parallel_panel", "{}", false, "independent_analysis"},
        {"parallel_panel", "{}", true, "independent_analysis synthesis"},
        {"voting", "{'options': ['a', 'b']}", false, "independent_analysis vote"},
        {"voting", "{'options': ['a', 'b']}", true, "independent_analysis vote synthesis"},
        {"specialist", "{}", true, "independent_analysis peer_review synthesis"},
        {"peer_review", "{}", true, "independent_analysis anonymized_peer_review synthesis"},
        {"karpathy", "{}", false, "independent_analysis anonymized_peer_review"},
        {"tournament", "{}", false, "independent_analysis iterate(pairwise_elimination)"},
        {"tournament", "{}", true, "independent_analysis iterate(pairwise_elimination) synthesis"},
        {"consensus", "{}", true, "independent_analysis iterate(critique) synthesis"},
        {"weighted_consensus", "{}", true, "independent_analysis weighted_synthesis"},
        {"jury_with_retry", "{}", false, "iterate(independent_analysis)"},
        {"jury_with_retry", "{'options': ['a', 'b']}", true, "iterate(vote) synthesis"},
        {"debate", "{}", false, "independent_analysis iterate(debate)"},
        {"debate", "{'options': ['a', 'b']}", true,
         "independent_analysis iterate(debate) vote synthesis"},
    };
    struct fixture f;
    fixture_init(&f, NULL);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++)
        assert_types(&f, ROWS[i].name, ROWS[i].opts, ROWS[i].chair, ROWS[i].rounds);
    fixture_release(&f);
}

static void their_opts(void **state)
{
    (void)state;
    struct fixture f;
    struct council_plan plan;
    fixture_init(&f, NULL);
    json_t *rounds = expanded(&f, "tournament", "{}", true, &plan);
    assert_json(rounds, "/1/opts/max_iterations", "16");
    assert_json(rounds, "/1/opts/wrap/opts/judge", "'chair'");
    assert_json(rounds, "/2/opts/scope", "'remaining'");
    council_plan_release(&plan);
    rounds =
        expanded(&f, "karpathy",
                 "{'rubric': [{'id': 'a', 'text': 'true?'}], 'ceiling': 'a', 'scale': {'max': 5}}",
                 true, &plan);
    assert_json(rounds, "/1/opts/ceiling", "'a'");
    assert_json(rounds, "/1/opts/scale/max", "5");
    council_plan_release(&plan);
    rounds = expanded(&f, "tournament", "{'swap': false, 'judge': 'members'}", false, &plan);
    assert_json(rounds, "/1/opts/wrap/opts/swap", "false");
    assert_json(rounds, "/1/opts/wrap/opts/judge", "'members'");
    council_plan_release(&plan);
    rounds = expanded(&f, "consensus", "{'until': {'agreement': 0.9}, 'max_iterations': 5}", false,
                      &plan);
    assert_json(rounds, "/1/opts/until", "{'agreement': 0.9}");
    assert_json(rounds, "/1/opts/max_iterations", "5");
    council_plan_release(&plan);
    rounds =
        expanded(&f, "debate", "{'turns': 'sequential', 'stances': {'a': 'for'}}", false, &plan);
    assert_json(rounds, "/1/opts/wrap/opts/turns", "'sequential'");
    assert_json(rounds, "/1/opts/wrap/opts/stances", "{'a': 'for'}");
    assert_json(rounds, "/1/opts/max_iterations", "2");
    council_plan_release(&plan);
    rounds = expanded(&f, "karpathy",
                      "{'exclude': 'same_model', 'weights': 'member', 'quorum': 3,"
                      " 'failure_mode': 'fail_fast'}",
                      false, &plan);
    assert_json(rounds, "/1/opts/exclude", "'same_model'");
    assert_json(rounds, "/1/opts/weights", "'member'");
    assert_json(rounds, "/0/quorum/min", "3");
    assert_json(rounds, "/1/failure_mode", "'fail_fast'");
    council_plan_release(&plan);
    fixture_release(&f);
}

static void juries(void **state)
{
    (void)state;
    struct fixture f;
    struct council_plan plan;
    fixture_init(&f, NULL);
    json_t *rounds = expanded(&f, "jury_with_retry", "{'options': ['a', 'b']}", false, &plan);
    assert_json(rounds, "/0/opts/blind", "true");
    assert_json(rounds, "/0/opts/retain", "'pool'");
    assert_json(rounds, "/0/opts/max_iterations", "2");
    assert_json(rounds, "/0/opts/until", "{'mean_confidence': 0.7}");
    assert_json(rounds, "/0/opts/wrap/opts/show", "'none'");
    assert_json(plan.document, "/members/1/confidence", "'self_report'");
    council_plan_release(&plan);
    rounds = expanded(&f, "jury_with_retry", "{'threshold': 0.9}", false, &plan);
    assert_json(rounds, "/0/opts/retain", "'last'");
    assert_json(rounds, "/0/opts/until", "{'mean_confidence': 0.9}");
    council_plan_release(&plan);
    rounds = expanded(&f, "jury_with_retry",
                      "{'options': ['a', 'b'], 'aggregator': 'majority', 'threshold': 0.9}", false,
                      &plan);
    assert_json(rounds, "/0/opts/until", "{'mean_confidence': 0.9}");
    assert_json(rounds, "/0/opts/wrap/opts/threshold", "0.5"); /* of votes, not of confidence */
    council_plan_release(&plan);
    fixture_release(&f);
}

/* Names are unique, and a default never takes one that was written by hand. */
static void round_names(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, "{'rounds': {'second_look': {'type': 'peer_review'}}}");
    struct council_plan plan =
        resolve_with(&f,
                     "{" HEAD MEMBERS3 ", 'rounds': [{'type': 'independent_analysis'}, {'type':"
                     " 'second_look'}, {'type': 'critique', 'name': 'independent_analysis_2'},"
                     " {'type': 'independent_analysis'}, {'type': 'second_look'}]}",
                     NULL);
    assert_json(plan.document, "/rounds/0/name", "'independent_analysis'");
    assert_json(plan.document, "/rounds/1/name", "'second_look'");
    assert_json(plan.document, "/rounds/1/type", "'peer_review'");
    assert_json(plan.document, "/rounds/3/name", "'independent_analysis_3'");
    assert_json(plan.document, "/rounds/4/name", "'second_look_2'");
    council_plan_release(&plan);
    fixture_release(&f);
}

static void loops_hand_down(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, NULL);
    struct council_plan plan = resolve_with(
        &f,
        "{" HEAD MEMBERS3 ", 'anonymity': {'style': 'codes'}, 'rounds': ["
        "{'type': 'independent_analysis'}, {'type': 'iterate', 'quorum': 2, 'failure_mode':"
        " 'fail_fast', 'opts': {'wrap': {'type': 'debate', 'opts': {'reask': 2}},"
        " 'exclude': 'same_model', 'reask': 0, 'anonymity': {'prefix': 'P'}}}]}",
        NULL);
    json_t *wrap = at(plan.document, "/rounds/1/opts/wrap");
    assert_json(wrap, "/quorum/min", "2");
    assert_json(wrap, "/failure_mode", "'fail_fast'");
    assert_json(wrap, "/opts/exclude", "'same_model'");
    assert_json(wrap, "/opts/reask", "2");
    assert_json(wrap, "/opts/anonymity/prefix", "'P'");
    assert_json(wrap, "/opts/anonymity/style", "'codes'");
    council_plan_release(&plan);
    fixture_release(&f);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(every_row);
    assert_keeps_nothing(their_opts);
    assert_keeps_nothing(juries);
    assert_keeps_nothing(round_names);
    assert_keeps_nothing(loops_hand_down);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row),       cmocka_unit_test(their_opts),
        cmocka_unit_test(juries),          cmocka_unit_test(round_names),
        cmocka_unit_test(loops_hand_down), cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
