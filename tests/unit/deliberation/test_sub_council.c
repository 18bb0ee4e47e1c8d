/* A member that is a council: its final is the member's answer, its money is the run's, and it dies
 * with the call that it runs in. */
#include "drive.h"

#define INNER(more)                                                                                \
    "{\"schema_version\": 1, \"id\": \"legal-council\", \"members\": [" SEAT("x") ", " SEAT(       \
        "y") "], \"chair\": " CHAIR ", \"rounds\": [" ROUND("independent_analysis") "]" more "}"
#define OUTER(inner, more)                                                                         \
    "{\"id\": \"x\", \"members\": [" SEAT(                                                         \
        "ann") ", {\"id\": \"legal\", \"sub_council\": " inner more                                \
               "}], \"rounds\": [" ROUND(                                                          \
                   "independent_analysis") ", {\"type\": \"vote\", \"name\": \"v\", \"opts\": "    \
                                           "{\"options\": [\"yes\", \"no\"]}}]}"
#define VOTES "\"r1i0:member:ann\": [{\"text\": \"Vote: yes\"}]"

static void its_final_is_the_members_answer(void **state)
{
    (void)state;
    struct drive d =
        drive_new(OUTER(INNER(""), ""),
                  "{" VOTES ", \"r1i0:legal/r1i0:chair:chair\": [{\"text\": \"Vote: yes\"}]}");
    drive_run(&d);
    assert_string_equal(d.outcome, "complete");
    assert_at(d.result, "rounds.0.member_results.legal.content",
              "\"Answer of chair in r0i0:legal/r1i0:chair:chair.\"");
    assert_at(d.result, "rounds.0.member_results.legal.sub_run.path", "\"r0i0:legal/\"");
    assert_at(d.result, "rounds.0.member_results.legal.sub_run.outcome", "\"complete\"");
    assert_at(d.result, "rounds.0.member_results.legal.usage.input_tokens", "30");
    assert_at(d.result, "rounds.1.aggregate.scores", "{\"yes\":2.0,\"no\":0.0}");
    assert_at(d.result, "heard", "{\"ok\":4,\"of\":4}");
    assert_at(d.result, "usage.calls", "8");
    assert_at(nth_event(&d, "sub_run_started", 0), "sub_path", "\"r0i0:legal/\"");
    assert_int_equal(count_events(&d, "sub_run_completed"), 2);
    assert_int_equal(count_events(&d, "run_completed"), 1);
    /* inner events carry their path; the vote's question reaches the inner members */
    assert_at(nth_event(&d, "round_started", 1), "path", "\"r0i0:legal/\"");
    assert_non_null(strstr(prompt_of(&d, "r1i0:legal/r0i0:member:x", 0), "asks this of it"));
    assert_non_null(
        strstr(prompt_of(&d, "r1i0:legal/r0i0:member:x", 0), "choose exactly one option"));
    drive_release(&d);
}

static void its_degradation_is_inherited(void **state)
{
    (void)state;
    struct drive d =
        drive_new(OUTER(INNER(""), ""),
                  "{" VOTES ", \"r1i0:legal/r1i0:chair:chair\": [{\"text\": \"Vote: no\"}], "
                  "\"r0i0:legal/r0i0:member:x\": [{\"error\": {\"kind\": \"permanent\", \"code\": "
                  "\"invalid_request\"}}]}");
    drive_run(&d);
    assert_string_equal(d.outcome, "degraded");
    assert_true(has_degraded(&d, "sub_council_degraded"));
    assert_at(d.result, "rounds.0.member_results.legal.status", "\"ok\"");
    drive_release(&d);
}

static void its_failure_is_the_members(void **state)
{
    (void)state;
    struct drive d =
        drive_new(OUTER(INNER(""), ""),
                  "{" VOTES ", \"r1i0:legal/r1i0:chair:chair\": [{\"text\": \"Vote: no\"}], "
                  "\"r0i0:legal/r0i0:member:x\": [{\"error\": {\"kind\": \"permanent\", \"code\": "
                  "\"invalid_request\"}}], "
                  "\"r0i0:legal/r0i0:member:y\": [{\"error\": {\"kind\": \"permanent\", \"code\": "
                  "\"invalid_request\"}}]}");
    drive_run(&d);
    assert_at(d.result, "rounds.0.member_results.legal.status", "\"error\"");
    assert_at(d.result, "rounds.0.member_results.legal.reason", "\"sub_council_failed\"");
    assert_int_equal(count_events(&d, "sub_run_failed"), 1);
    drive_release(&d);
}

static void the_calls_limit_cuts_it(void **state)
{
    (void)state;
    struct drive d =
        drive_new(OUTER(INNER(""), ", \"timeouts\": {\"total_ms\": 500}"),
                  "{" VOTES ", \"r0i0:legal/r0i0:member:x\": [{\"error\": \"never\"}], "
                  "\"r1i0:legal/r1i0:chair:chair\": [{\"text\": \"Vote: no\"}]}");
    drive_run(&d);
    assert_at(d.result, "rounds.0.member_results.legal.status", "\"timeout\"");
    assert_at(d.result, "rounds.0.member_results.legal.reason", "\"total\"");
    assert_at(d.result, "rounds.0.ended_ms", "500");
    assert_at(d.aborted, "0", "\"r0i0:legal/r0i0:member:x\"");
    drive_release(&d);
}

static void an_inner_budget_is_a_further_limit(void **state)
{
    (void)state;
    struct drive d = drive_new(
        OUTER(INNER(", \"budget\": {\"max_calls\": 2, \"chair_reserve\": 0}"), ""), "{" VOTES "}");
    drive_run(&d);
    assert_at(d.result, "rounds.0.member_results.legal.sub_run.final.source", "\"best_answer\"");
    assert_null(asked_of(&d, "r0i0:legal/r1i0:chair:chair", 0));
    drive_release(&d);
}

static void cancel_reaches_it(void **state)
{
    (void)state;
    struct drive d =
        drive_new(OUTER(INNER(""), ""), "{\"r0i0:legal/r0i0:member:x\": [{\"delay_ms\": 900}]}");
    drive_at(&d, 150, "{\"type\": \"cancel_requested\", \"mode\": \"drain\"}");
    drive_run(&d);
    assert_string_equal(d.outcome, "cancelled");
    assert_at(d.result, "timing.duration_ms", "900");
    assert_at(d.result, "rounds.0.member_results.legal.status", "\"cancelled\"");
    drive_release(&d);
    d = drive_new(OUTER(INNER(""), ""), "{\"r0i0:legal/r0i0:member:x\": [{\"delay_ms\": 900}]}");
    drive_at(&d, 150, "{\"type\": \"cancel_requested\", \"mode\": \"now\"}");
    drive_run(&d);
    assert_at(d.result, "timing.duration_ms", "150");
    drive_release(&d);
}

#define BALLOT "{\"text\": \"{\\\"rationale\\\": \\\"law\\\", \\\"choice\\\": \\\"yes\\\"}\"}"

/* The inner chair answers in the form that the outer round wants, and is asked again like anybody.
 */
static void the_outer_form_reaches_the_inner_chair(void **state)
{
    (void)state;
    struct drive d = drive_new(
        OUTER(INNER(""), ""),
        "{" VOTES ", \"r1i0:legal/r1i0:chair:chair\": [{\"text\": \"We should.\"}, " BALLOT "]}");
    drive_run(&d);
    assert_string_equal(d.outcome, "complete");
    assert_at(d.result, "rounds.1.member_results.legal.ballot", "{\"choice\":\"yes\"}");
    json_t *form = json_object_get(asked_of(&d, "r1i0:legal/r1i0:chair:chair", 0), "schema");
    json_t *choices = at_path(form, "properties.choice.enum");
    assert_true(j_array_has(choices, "yes") && j_array_has(choices, "no"));
    assert_non_null(asked_of(&d, "r1i0:legal/r1i0:chair:chair", 1)); /* the re-ask */
    assert_at(asked_of(&d, "r0i0:legal/r1i0:chair:chair", 0), "schema", "null");
    assert_at(asked_of(&d, "r1i0:legal/r0i0:member:x", 0), "schema", "null");
    drive_release(&d);
}

/* Labels of the outer council mean the same inside; so do fallback chairs, and councils in
 * councils. */
static void labels_of_outside_mean_the_same_inside(void **state)
{
    (void)state;
    struct drive d = drive_new(
        "{\"id\": \"x\", \"members\": [" SEAT("ann") ", " SEAT(
            "bob") ", {\"id\": \"legal\", "
                   "\"sub_council\": {\"schema_version\": 1, \"id\": \"in\", "
                   "\"members\": [" SEAT("x") ", " SEAT(
                       "y") "], \"chair\": {\"id\": \"chair\", \"provider\": "
                            "\"mock\", \"model\": \"c\", "
                            "\"fallback_chairs\": [\"x\"]}, \"rounds\": "
                            "[" ROUND("independent_analysis") "]}}], "
                                                              "\"rounds\": "
                                                              "[" ROUND(
                                                                  "indep"
                                                                  "enden"
                                                                  "t_"
                                                                  "analy"
                                                                  "sis") ", " ROUND("anonymized_"
                                                                                    "peer_"
                                                                                    "review") "]"
                                                                                              "}",
        "{\"r1i0:legal/r1i0:chair:chair\": [{\"error\": {\"kind\": \"permanent\", \"code\": "
        "\"auth\"}}], \"r1i0:legal/r1i0:chair:x\": [{\"text\": \"{\\\"ordering\\\": [\\\"Response "
        "A\\\", \\\"Response B\\\", \\\"Response C\\\"]}\"}]}");
    drive_run(&d);
    assert_at(d.result, "rounds.1.member_results.legal.status", "\"ok\"");
    json_t *order = at_path(d.result, "rounds.1.member_results.legal.ballot.ordering");
    assert_int_equal(json_array_size(order), 2);
    assert_true(j_array_has(order, "ann") && j_array_has(order, "bob"));
    /* inside, others are called otherwise: one name means one text in a prompt */
    const char *prompt = prompt_of(&d, "r1i0:legal/r1i0:chair:x", 0);
    assert_non_null(strstr(prompt, "BEGIN answer \"Draft A\""));
    assert_non_null(strstr(prompt, "BEGIN answer \"Draft B\""));
    assert_at(d.result, "rounds.1.member_results.legal.sub_run.final.source", "\"fallback_chair\"");
    drive_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_final_is_the_members_answer),
        cmocka_unit_test(its_degradation_is_inherited),
        cmocka_unit_test(its_failure_is_the_members),
        cmocka_unit_test(the_calls_limit_cuts_it),
        cmocka_unit_test(an_inner_budget_is_a_further_limit),
        cmocka_unit_test(the_outer_form_reaches_the_inner_chair),
        cmocka_unit_test(labels_of_outside_mean_the_same_inside),
        cmocka_unit_test(cancel_reaches_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
