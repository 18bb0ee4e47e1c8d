/* A judge that prefers a side and not an answer must not decide a match; nobody meets twice. */
#include "drive.h"
#include "runner/deliberation/words/digest.h"

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
    assert_at(d.result, "rounds.1.aggregate.tied", "[\"ann\",\"bob\"]");
    assert_at(d.result, "rounds.2.aggregate.tied", "[]");
    assert_at(d.result, "rounds.2.aggregate.order", "[[\"bob\"],[\"ann\"],[\"cy\",\"dee\"]]");
    assert_at(d.result, "rounds.3.type", "\"synthesis\"");
    /* the chair is shown the one who remains */
    const char *prompt = prompt_of(&d, "r2i0:chair:chair", 0);
    assert_non_null(strstr(prompt, "Answer of bob"));
    assert_null(strstr(prompt, "Answer of cy"));
    assert_null(strstr(prompt, "seats have no answer")); /* they lost, they did not fail */
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

#define RECUSING(id, whom)                                                                         \
    "{\"id\": \"" id "\", \"provider\": \"mock\", \"model\": \"m-" id "\", \"recuse\": [\"" whom   \
    "\"]}"

/* m0 = ann-dee, m1 = bob-cy: ann stands in the one and may not judge bob in the other. */
static void nobody_judges_itself_or_whom_it_may_not(void **state)
{
    (void)state;
    struct drive d = drive_new(
        BRACKET("[" RECUSING("ann", "bob") ", " SEAT("bob") ", " SEAT("cy") ", " SEAT("dee") "]",
                ", \"chair\": " CHAIR, "\"seeding\": \"document\", \"judge\": \"ann\""),
        "{" SIDE("r1i0:judge:bob:m0", "A") ", " SIDE("r1i0:judge:cy:m0",
                                                     "A") ", " SIDE("r1i0:judge:dee:m1", "A") "}");
    drive_run(&d);
    assert_null(asked_of(&d, "r1i0:judge:ann:m0s0", 0));
    assert_null(asked_of(&d, "r1i0:judge:ann:m1s0", 0));
    assert_at(d.result, "rounds.1.matches.0.method", "\"members\"");
    assert_int_equal(json_array_size(at_path(d.result, "rounds.1.matches.0.votes")), 2);
    assert_at(d.result, "rounds.1.matches.1.method", "\"members\"");
    assert_at(d.result, "rounds.1.matches.1.votes.0.judge", "\"dee\"");
    assert_int_equal(json_array_size(at_path(d.result, "rounds.1.matches.1.votes")), 1);
    drive_release(&d);
    /* It does judge the others. */
    d = drive_new(
        BRACKET(FOUR, ", \"chair\": " CHAIR, "\"seeding\": \"document\", \"judge\": \"ann\""),
        "{" SIDE("r1i0:judge:ann:m1s0", "A") ", " SIDE("r1i0:judge:ann:m1s1", "B") "}");
    drive_run(&d);
    assert_at(d.result, "rounds.1.matches.1.method", "\"judge\"");
    assert_at(d.result, "rounds.1.matches.1.winner", "\"bob\"");
    drive_release(&d);
    /* A chair that recuses itself from both leaves nobody: the tie rules. */
    d = drive_new(BRACKET("[" SEAT("ann") ", " SEAT("bob") "]",
                          ", \"chair\": " RECUSING("chair", "ann"), "\"seeding\": \"document\""),
                  "{}");
    drive_run(&d);
    assert_at(d.result, "rounds.1.matches.0.method", "\"tie_rule\"");
    assert_at(d.result, "rounds.1.matches.0.votes", "[]");
    assert_string_equal(d.outcome, "complete");
    drive_release(&d);
}

/* Nobody judges, so that the lot decides every match; it is drawn among those who stood when the
 * level began. */
static void lots_are_drawn_among_those_who_stand(void **state)
{
    (void)state;
    for (int before = 1; before < 7; before++) {
        char council[4000] = "{\"id\": \"x\", \"members\": " FOUR ", \"rounds\": [";
        for (int i = 0; i < before; i++)
            snprintf(council + strlen(council), sizeof council - strlen(council),
                     "{\"type\": \"independent_analysis\", \"name\": \"a%d\"}, ", i);
        snprintf(council + strlen(council), sizeof council - strlen(council),
                 "{\"type\": \"iterate\", \"name\": \"cup\", \"opts\": {\"wrap\": {\"type\": "
                 "\"pairwise_elimination\", \"opts\": {\"seeding\": \"document\", \"tie_break\": "
                 "[\"lot\"], \"reask\": 0}}}}]}");
        struct drive d = drive_new(council, "{}");
        drive_run(&d);
        json_t *level = json_array_get(json_object_get(d.result, "rounds"), (size_t)before + 1);
        json_t *pair = json_array_get(json_object_get(level, "matches"), 0);
        int order[] = {0, 1};
        struct stream s;
        stream_init(&s, "council", "lot/r%di1", before);
        stream_shuffle(&s, order, 2);
        stream_release(&s);
        const char *a = j_str(pair, "a", "?"), *b = j_str(pair, "b", "?");
        const char *first = strcmp(a, b) < 0 ? a : b, *second = strcmp(a, b) < 0 ? b : a;
        assert_at(pair, "method", "\"tie_rule\"");
        assert_string_equal(j_str(pair, "winner", ""), order[0] == 0 ? first : second);
        drive_release(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(swapped_judging_to_the_last_one),
        cmocka_unit_test(without_chair_the_survivor_is_the_answer),
        cmocka_unit_test(an_inconsistent_judge_leaves_it_to_the_rules),
        cmocka_unit_test(a_failed_judge_degrades),
        cmocka_unit_test(nobody_judges_itself_or_whom_it_may_not),
        cmocka_unit_test(lots_are_drawn_among_those_who_stand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
