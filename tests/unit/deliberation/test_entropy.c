/* A seat that says something else each time is not sure, whatever it claims. */
#include <math.h>

#include "runner/deliberation/round/entropy.h"

#include "drive.h"

static void the_formula(void **state)
{
    (void)state;
    const int three_one_one[] = {3, 1, 1}, all[] = {5}, none[] = {1, 1, 1}, one[] = {1};
    assert_float_equal(entropy_confidence(three_one_one, 3), 0.4096, 5e-5);
    assert_float_equal(entropy_confidence(all, 1), 1, 1e-12);
    assert_float_equal(entropy_confidence(none, 3), 0, 1e-12);
    assert_true(isnan(entropy_confidence(one, 1)));
}

static void lexical_clusters(void **state)
{
    (void)state;
    const char *texts[] = {"keep them cold", "boil at once", "keep them very cold",
                           "boil it at once"};
    int cluster[4];
    assert_int_equal(entropy_lexical(texts, 4, cluster), 2);
    assert_int_equal(cluster[2], 0);
    assert_int_equal(cluster[3], 1);
}

#define SURE(id, more)                                                                             \
    "{\"id\": \"" id "\", \"provider\": \"mock\", \"model\": \"m\", \"temperature\": 0.1, "        \
    "\"confidence\": {\"semantic_entropy\": {\"samples\": 5" more "}}}"
#define SAYS(call, text) "\"" call "\": [{\"text\": \"" text "\"}]"

static void votes_are_clustered_exactly(void **state)
{
    (void)state;
    struct drive d = drive_new(
        "{\"id\": \"x\", \"members\": [" SURE("ann", "") ", " SEAT(
            "bob") "], \"rounds\": [{\"type\": \"vote\", \"name\": \"v\", \"opts\": {\"options\": "
                   "[\"a\", \"b\", \"c\"]}}]}",
        "{" SAYS("r0i0:member:ann", "Vote: a") ", " SAYS("r0i0:member:bob", "Vote: a") ", " SAYS(
            "r0i0:sample:ann:1",
            "Vote: a") ", " SAYS("r0i0:sample:ann:2",
                                 "Vote: b") ", " SAYS("r0i0:sample:ann:3",
                                                      "Vote: a") ", " SAYS("r0i0:sample:ann:4",
                                                                           "Vote: c") "}");
    drive_run(&d);
    json_t *ann = at_path(d.result, "rounds.0.member_results.ann");
    assert_float_equal(j_num(ann, "confidence", 0), 0.4096, 5e-5);
    assert_at(ann, "confidence_method", "\"semantic_entropy\"");
    assert_at(d.result, "rounds.0.aggregate.ballots.cast", "2"); /* samples have no vote */
    assert_int_equal(json_array_size(at_path(d.result, "rounds.0.calls")), 4);
    assert_at(asked_of(&d, "r0i0:sample:ann:1", 0), "params.temperature", "0.69999999999999996");
    assert_at(asked_of(&d, "r0i0:member:ann", 0), "params.temperature", "0.10000000000000001");
    assert_string_equal(prompt_of(&d, "r0i0:sample:ann:1", 0), prompt_of(&d, "r0i0:member:ann", 0));
    drive_release(&d);
}

static void failed_samples_change_nothing_else(void **state)
{
    (void)state;
    struct drive d = drive_new(
        "{\"id\": \"x\", \"members\": [" SURE(
            "ann",
            ", \"cluster\": \"lexical\"") "], \"rounds\": [" ROUND("independent_analysis") "]}",
        "{" SAYS("r0i0:member:ann", "keep them cold") ", " SAYS(
            "r0i0:sample:ann:1",
            "keep them cold") ", "
                              "\"r0i0:sample:ann:2\": [{\"error\": {\"kind\": \"permanent\", "
                              "\"code\": \"auth\"}}], \"r0i0:sample:ann:3\": [{\"error\": "
                              "{\"kind\": \"permanent\", \"code\": \"auth\"}}],"
                              " \"r0i0:sample:ann:4\": [{\"error\": {\"kind\": \"permanent\", "
                              "\"code\": \"auth\"}}]}");
    drive_run(&d);
    assert_string_equal(d.outcome, "complete");
    assert_at(d.result, "rounds.0.member_results.ann.confidence", "1.0");
    assert_at(d.result, "final.confidence", "1.0");
    drive_release(&d);
}

static void a_judge_groups_the_texts(void **state)
{
    (void)state;
    struct drive d = drive_new(
        "{\"id\": \"x\", \"members\": [" SURE(
            "ann", "") "], \"chair\": " CHAIR ", \"rounds\": [" ROUND("independent_analysis") "]}",
        "{" SAYS("r0i0:judge:chair:ann",
                 "{\\\"reason\\\": \\\"r\\\", \\\"groups\\\": [[1, 2, 3], [4], [5]]}") "}");
    drive_run(&d);
    json_t *ann = at_path(d.result, "rounds.0.member_results.ann");
    assert_float_equal(j_num(ann, "confidence", 0), 0.4096, 5e-5);
    assert_non_null(strstr(prompt_of(&d, "r0i0:judge:chair:ann", 0), "Group the texts"));
    drive_release(&d);
}

static void log_probabilities(void **state)
{
    (void)state;
    struct drive d = drive_new(
        "{\"id\": \"x\", \"members\": [{\"id\": \"ann\", \"provider\": \"mock\", \"model\": \"m\", "
        "\"confidence\": \"logprob\"}], \"rounds\": [" ROUND("independent_analysis") "]}",
        "{\"r0i0:member:ann\": [{\"error\": \"never\"}]}");
    drive_at(
        &d, 10,
        "{\"type\": \"exchange_completed\", \"call_id\": \"r0i0:member:ann\", \"attempt\": 1, "
        "\"content\": \"x\", \"finish_reason\": \"stop\", \"logprob\": -0.5, \"usage\": null}");
    drive_run(&d);
    assert_float_equal(j_num(at_path(d.result, "rounds.0.member_results.ann"), "confidence", 0),
                       exp(-0.5), 1e-12);
    assert_at(d.result, "rounds.0.member_results.ann.confidence_method", "\"logprob\"");
    assert_at(asked_of(&d, "r0i0:member:ann", 0), "params.logprobs", "true");
    drive_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_formula),
        cmocka_unit_test(lexical_clusters),
        cmocka_unit_test(votes_are_clustered_exactly),
        cmocka_unit_test(failed_samples_change_nothing_else),
        cmocka_unit_test(a_judge_groups_the_texts),
        cmocka_unit_test(log_probabilities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
