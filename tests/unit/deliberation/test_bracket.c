/* A judge that prefers a side and not an answer must not decide a match; nobody meets twice. */
#include "drive.h"

#define FOUR "[" SEAT("ann") ", " SEAT("bob") ", " SEAT("cy") ", " SEAT("dee") "]"
#define BRACKET(members, chair, opts)                                                              \
    "{\"id\": \"x\", \"members\": " members chair                                                  \
    ", \"rounds\": [" ROUND("independent_analysis") ", {\"type\": \"iterate\", \"name\": "         \
                                                    "\"cup\", \"opts\": {\"wrap\": {\"type\": "    \
                                                    "\"pairwise_elimination\", \"opts\": {" opts   \
                                                    "}}}}]}"
#define SIDE(call, side)                                                                           \
    "\"" call "\": [{\"text\": \"{\\\"choice\\\": \\\"Response " side "\\\"}\"}]"

static void swapped_judging_to_the_last_one(void **state)
{
    (void)state;
    /* seeded by document: m0 = ann-dee, m1 = bob-cy; then ann-bob */
    struct drive d = drive_new(
        BRACKET(FOUR, ", \"chair\": " CHAIR, "\"seeding\": \"document\""),
        "{" SIDE("r1i0:judge:chair:m0s0", "A") ", " SIDE("r1i0:judge:chair:m0s1", "B") ", " SIDE(
            "r1i0:judge:chair:m1s0",
            "A") ", " SIDE("r1i0:judge:chair:m1s1",
                           "B") ", " SIDE("r1i1:judge:chair:m0s0",
                                          "B") ", " SIDE("r1i1:judge:chair:m0s1", "A") "}");
    drive_run(&d);
    assert_string_equal(d.outcome, "complete");
    assert_at(d.result, "rounds.1.remaining", "[\"ann\",\"bob\"]");
    assert_at(d.result, "rounds.1.matches.0.method", "\"judge\"");
    assert_at(d.result, "rounds.1.member_results.dee.status", "\"eliminated\"");
    assert_at(d.result, "rounds.1.member_results.ann.content",
              "\"Answer of ann in r0i0:member:ann.\"");
    assert_at(d.result, "rounds.2.remaining", "[\"bob\"]");
    assert_at(d.result, "rounds.2.converged", "true");
    assert_at(d.result, "rounds.2.aggregate.winner", "\"bob\"");
    assert_at(d.result, "rounds.2.aggregate.order", "[[\"bob\"],[\"ann\"],[\"cy\",\"dee\"]]");
    assert_at(d.result, "rounds.3.type", "\"synthesis\"");
    /* the chair is shown the one who remains */
    const char *prompt = prompt_of(&d, "r2i0:chair:chair", 0);
    assert_non_null(strstr(prompt, "Answer of bob"));
    assert_null(strstr(prompt, "Answer of cy"));
    drive_release(&d);
}

static void without_chair_the_survivor_is_the_answer(void **state)
{
    (void)state;
    struct drive d = drive_new(
        "{\"id\": \"x\", \"members\": " THREE
        ", \"rounds\": [" ROUND("independent_analysis") ", {\"type\": \"iterate\", \"name\": "
                                                        "\"cup\", \"opts\": {\"wrap\": {\"type\": "
                                                        "\"pairwise_elimination\", \"opts\": "
                                                        "{\"seeding\": \"document\"}}}}]}",
        "{" SIDE("r1i0:judge:ann:m0", "A") ", " SIDE("r1i1:judge:bob:m0",
                                                     "A") ", " SIDE("r1i1:judge:cy:m0", "A") "}");
    drive_run(&d);
    /* three: the best seed (ann) has a bye, bob meets cy, ann alone may judge it */
    assert_at(d.result, "rounds.1.matches.0.method", "\"members\"");
    assert_int_equal(json_array_size(at_path(d.result, "rounds.1.calls")), 1);
    assert_at(d.result, "rounds.1.member_results.ann.status", "\"ok\"");
    /* in the second level the one who lost votes: eliminated members judge too */
    assert_int_equal(json_array_size(at_path(d.result, "rounds.2.calls")), 1);
    assert_at(d.result, "rounds.2.remaining.1", "null");
    assert_at(d.result, "final.source", "\"aggregate\"");
    assert_true(json_equal(at_path(d.result, "final.member_id"),
                           at_path(d.result, "rounds.2.remaining.0")));
    drive_release(&d);
}

static void an_inconsistent_judge_leaves_it_to_the_rules(void **state)
{
    (void)state;
    struct drive d = drive_new(
        "{\"id\": \"x\", \"members\": [{\"id\": \"ann\", \"provider\": \"mock\", \"model\": \"m\", "
        "\"confidence\": \"self_report\"},"
        " {\"id\": \"bob\", \"provider\": \"mock\", \"model\": \"n\", \"confidence\": "
        "\"self_report\"}], \"chair\": " CHAIR ", \"rounds\": [" ROUND(
            "independent_analysis") ", {\"type\": \"pairwise_elimination\", \"name\": \"p\"}]}",
        "{\"r0i0:member:ann\": [{\"text\": \"x\\n{\\\"confidence\\\": 0.2}\"}], "
        "\"r0i0:member:bob\": [{\"text\": \"y\\n{\\\"confidence\\\": 0.8}\"}], " SIDE(
            "r1i0:judge:chair:m0s0", "A") ", " SIDE("r1i0:judge:chair:m0s1", "A") "}");
    drive_run(&d);
    assert_at(d.result, "rounds.1.matches.0.method", "\"tie_rule\"");
    assert_at(d.result, "rounds.1.matches.0.winner", "\"bob\""); /* by confidence */
    assert_at(d.result, "rounds.1.matches.0.flags", "[\"position_inconsistent\"]");
    assert_string_equal(d.outcome, "complete");
    drive_release(&d);
}

static void a_failed_judge_degrades(void **state)
{
    (void)state;
    struct drive d =
        drive_new("{\"id\": \"x\", \"members\": [" SEAT("ann") ", " SEAT(
                      "bob") "], \"chair\": " CHAIR
                             ", \"rounds\": [" ROUND(
                                 "independent_analysis") ", {\"type\": \"pairwise_elimination\", "
                                                         "\"name\": \"p\", \"opts\": {\"swap\": "
                                                         "false, \"reask\": 0}}]}",
                  "{\"r1i0:judge:chair:m0s0\": [{\"text\": \"neither\"}]}");
    drive_run(&d);
    assert_at(d.result, "rounds.1.matches.0.method", "\"tie_rule\"");
    assert_true(has_degraded(&d, "judge_failed"));
    assert_string_equal(d.outcome, "degraded");
    drive_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(swapped_judging_to_the_last_one),
        cmocka_unit_test(without_chair_the_survivor_is_the_answer),
        cmocka_unit_test(an_inconsistent_judge_leaves_it_to_the_rules),
        cmocka_unit_test(a_failed_judge_degrades),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
