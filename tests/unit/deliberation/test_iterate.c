/* Loops must end when they should, never before, and a lost iteration must leave no trace. */
#include "drive.h"

#define LOOP(wrap, more)                                                                           \
    "{\"id\": \"x\", \"members\": " THREE                                                          \
    ", \"rounds\": [" ROUND("independent_analysis") ", {\"type\": \"iterate\", \"name\": "         \
                                                    "\"loop\", \"opts\": {\"wrap\": " wrap more    \
                                                    "}}]}"
#define CRITIQUE(call, text, changed)                                                              \
    "\"" call "\": [{\"text\": \"{\\\"critiques\\\": [{\\\"target\\\": \\\"Response A\\\", "       \
    "\\\"severity\\\": \\\"major\\\", \\\"point\\\": \\\"too salty\\\"}], "                        \
    "\\\"revised_answer\\\": \\\"" text "\\\", \\\"changed\\\": " changed "}\"}]"
#define ALL(i, text, changed)                                                                      \
    CRITIQUE("r1i" i ":member:ann", text, changed)                                                 \
    ", " CRITIQUE("r1i" i ":member:bob", text, changed) ", " CRITIQUE("r1i" i ":member:cy", text,  \
                                                                      changed)

static void critique_until_nobody_changes(void **state)
{
    (void)state;
    struct drive d = drive_new(LOOP("{\"type\": \"critique\"}", ", \"max_iterations\": 4"),
                               "{" ALL("0", "first", "true") ", " ALL("1", "second", "false") "}");
    drive_run(&d);
    assert_string_equal(d.outcome, "complete");
    assert_int_equal(json_array_size(at_path(d.result, "rounds")), 3);
    assert_at(d.result, "rounds.1.converged", "false");
    assert_at(d.result, "rounds.2.converged", "true");
    assert_at(d.result, "rounds.2.iteration", "1");
    assert_at(d.result, "rounds.2.index", "1");
    assert_at(d.result, "members.ann.current_answer",
              "{\"index\":1,\"iteration\":1,\"stale\":false}");
    /* the second time a member reads what was said against it */
    const char *holder = j_str(json_object_get(d.result, "labels"), "Response A", "?");
    char id[64];
    snprintf(id, sizeof id, "r1i1:member:%s", holder);
    assert_non_null(strstr(prompt_of(&d, id, 0), "on your answer"));
    assert_non_null(strstr(prompt_of(&d, id, 0), "(major) too salty"));
    assert_non_null(strstr(prompt_of(&d, id, 0), "yours"));
    drive_release(&d);
}

static void the_maximum_ends_it_with_a_warning(void **state)
{
    (void)state;
    struct drive d = drive_new(LOOP("{\"type\": \"critique\"}", ", \"max_iterations\": 2"),
                               "{" ALL("0", "first", "true") ", " ALL("1", "second", "true") "}");
    drive_run(&d);
    assert_at(d.result, "rounds.2.converged", "false");
    assert_true(has_warning(&d, "not_converged"));
    assert_string_equal(d.outcome, "complete");
    drive_release(&d);
}

static void one_that_changes_is_enough_to_go_on(void **state)
{
    (void)state;
    struct drive d =
        drive_new(LOOP("{\"type\": \"critique\"}", ", \"max_iterations\": 3"),
                  "{" CRITIQUE("r1i0:member:ann", "same", "false") ", " CRITIQUE(
                      "r1i0:member:bob", "new",
                      "true") ", " CRITIQUE("r1i0:member:cy", "same",
                                            "false") ", " ALL("1", "same", "false") "}");
    drive_run(&d);
    assert_at(d.result, "rounds.1.converged", "false");
    assert_at(d.result, "rounds.2.converged", "true");
    drive_release(&d);
}

static void an_unsaid_change_is_measured(void **state)
{
    (void)state;
    struct drive d =
        drive_new(LOOP("{\"type\": \"debate\"}", ""),
                  "{\"r0i0:member:ann\": [{\"text\": \"same words\"}],"
                  "\"r0i0:member:bob\": [{\"text\": \"same words\"}], \"r0i0:member:cy\": "
                  "[{\"text\": \"same words\"}],"
                  "\"r1i0:member:ann\": [{\"text\": \"Same words!\"}], \"r1i0:member:bob\": "
                  "[{\"text\": \"same words\"}],"
                  "\"r1i0:member:cy\": [{\"text\": \"other thing\\n{\\\"changed\\\": false}\"}]}");
    drive_run(&d);
    assert_at(d.result, "rounds.1.converged", "true");
    assert_at(d.result, "rounds.2", "null");
    assert_at(d.result, "rounds.1.member_results.cy.content", "\"other thing\"");
    drive_release(&d);
}

static void a_lost_iteration_leaves_the_state_before(void **state)
{
    (void)state;
    struct drive d = drive_new(LOOP("{\"type\": \"critique\", \"quorum\": 3}", ""),
                               "{" ALL("0", "first", "true") ", " CRITIQUE(
                                   "r1i1:member:ann", "second",
                                   "true") ", \"r1i1:member:bob\": [{\"error\": {\"kind\": "
                                           "\"permanent\", \"code\": \"invalid_request\"}}]}");
    drive_run(&d);
    assert_string_equal(d.outcome, "degraded");
    assert_true(has_degraded(&d, "iteration_lost"));
    assert_at(d.result, "rounds.2.status", "\"lost_quorum\"");
    assert_at(d.result, "members.ann.current_answer.iteration", "0");
    drive_release(&d);
}

#define VOTES(i, a, b, c)                                                                          \
    "\"r0i" i ":member:ann\": [" a "], \"r0i" i ":member:bob\": [" b "], \"r0i" i                  \
    ":member:cy\": [" c "]"
#define FOR(x, conf) "{\"text\": \"{\\\"choice\\\": \\\"" x "\\\", \\\"confidence\\\": " conf "}\"}"
#define DEAD         "{\"error\": {\"kind\": \"permanent\", \"code\": \"invalid_request\"}}"
#define JURY(more)                                                                                 \
    "{\"id\": \"x\", \"members\": " THREE                                                          \
    ", \"rounds\": [{\"type\": \"iterate\", \"name\": \"jury\", \"opts\": {"                       \
    "\"wrap\": {\"type\": \"vote\", \"opts\": {\"options\": [\"yes\", \"no\"], \"early_stop\": "   \
    "\"off\"}}" more "}}]}"

static void a_silent_member_keeps_its_ballot(void **state)
{
    (void)state;
    struct drive d =
        drive_new(JURY(", \"until\": {\"never\": true}, \"max_iterations\": 2"),
                  "{" VOTES("0", FOR("yes", "0.5"), FOR("no", "0.5"), FOR("yes", "0.5")) ", " VOTES(
                      "1", FOR("yes", "0.5"), FOR("no", "0.5"), DEAD) "}");
    drive_run(&d);
    assert_at(d.result, "rounds.1.aggregate.winner", "\"yes\"");
    assert_at(d.result, "rounds.1.aggregate.ballots.carried", "1");
    assert_at(d.result, "rounds.1.member_results.cy.carried", "true");
    assert_at(d.result, "rounds.1.member_results.cy.ballot", "{\"choice\":\"yes\"}");
    assert_at(d.result, "rounds.1.quorum.ok", "2"); /* a carried ballot is no answer */
    drive_release(&d);
}

static void a_pool_shares_each_vote(void **state)
{
    (void)state;
    struct drive d = drive_new(
        JURY(", \"until\": {\"never\": true}, \"max_iterations\": 2, \"retain\": \"pool\""),
        "{" VOTES("0", FOR("yes", "0.5"), FOR("no", "0.5"),
                  FOR("yes", "0.5")) ", " VOTES("1", FOR("no", "0.5"), FOR("no", "0.5"), DEAD) "}");
    drive_run(&d);
    assert_at(d.result, "rounds.1.aggregate.scores", "{\"yes\":1.5,\"no\":1.5}");
    drive_release(&d);
}

static void blind_repeats_the_prompt(void **state)
{
    (void)state;
    struct drive d = drive_new(
        JURY(", \"until\": {\"mean_confidence\": 0.7}, \"max_iterations\": 3, \"blind\": true"),
        "{" VOTES("0", FOR("yes", "0.5"), FOR("no", "0.5"), FOR("yes", "0.6")) ", " VOTES(
            "1", FOR("yes", "0.9"), FOR("no", "0.5"), FOR("yes", "0.7")) "}");
    drive_run(&d);
    assert_at(d.result, "rounds.1.converged", "true");
    assert_at(d.result, "rounds.2", "null");
    assert_string_equal(prompt_of(&d, "r0i0:member:ann", 0), prompt_of(&d, "r0i1:member:ann", 0));
    drive_release(&d);
}

static void same_winner_and_unanimous(void **state)
{
    (void)state;
    struct drive d =
        drive_new(JURY(", \"until\": {\"same_winner\": 2}, \"max_iterations\": 5"),
                  "{" VOTES("0", FOR("yes", "0.5"), FOR("no", "0.5"), FOR("yes", "0.5")) ", " VOTES(
                      "1", FOR("no", "0.5"), FOR("no", "0.5"),
                      FOR("yes", "0.5")) ", " VOTES("2", FOR("no", "0.5"), FOR("no", "0.5"),
                                                    FOR("yes", "0.5")) "}");
    drive_run(&d);
    assert_int_equal(json_array_size(at_path(d.result, "rounds")), 3);
    drive_release(&d);
    d = drive_new(JURY(", \"until\": {\"unanimous\": true}, \"min_iterations\": 2"),
                  "{" VOTES("0", FOR("no", "0.5"), FOR("no", "0.5"), FOR("no", "0.5")) ", " VOTES(
                      "1", FOR("no", "0.5"), FOR("no", "0.5"), FOR("no", "0.5")) "}");
    drive_run(&d);
    assert_int_equal(json_array_size(at_path(d.result, "rounds")), 2);
    drive_release(&d);
}

#define JUDGED(until)                                                                              \
    "{\"id\": \"x\", \"members\": " THREE ", \"chair\": " CHAIR ", \"rounds\": [" ROUND(           \
        "independent_analysis") ", {\"type\": \"iterate\", \"name\": \"loop\", \"opts\": "         \
                                "{\"wrap\": {\"type\": \"debate\"}, \"max_iterations\": 3, "       \
                                "\"until\": " until "}}, " ROUND("synthesis") "]}"

static void a_judge_is_asked_only_when_it_can_decide(void **state)
{
    (void)state;
    const char *says =
        "{\"r1i0:consensus:chair\": [{\"text\": \"{\\\"open_points\\\": [\\\"salt\\\"], "
        "\\\"agree\\\": false, \\\"score\\\": 0.9}\"}],"
        " \"r1i1:consensus:chair\": [{\"text\": \"{\\\"agree\\\": true, \\\"score\\\": 0.85}\"}]}";
    struct drive d = drive_new(
        JUDGED("{\"any\": [{\"converged\": true}, {\"judge\": {\"score\": 0.85}}]}"), says);
    drive_run(&d);
    assert_int_equal(json_array_size(at_path(d.result, "rounds")), 4);
    assert_at(d.result, "rounds.1.converged", "false");
    assert_at(d.result, "rounds.2.converged", "true");
    assert_at(d.result, "rounds.2.calls.0.call_id", "\"r1i1:consensus:chair\"");
    drive_release(&d);
    d = drive_new(JUDGED("{\"all\": [{\"never\": true}, {\"judge\": {\"score\": 0.1}}]}"), says);
    drive_run(&d);
    assert_null(asked_of(&d, "r1i0:consensus:chair", 0));
    drive_release(&d);
}

static void sequential_debate_hears_the_speakers_before(void **state)
{
    (void)state;
    struct drive d = drive_new(
        "{\"id\": \"x\", \"members\": " THREE
        ", \"rounds\": [" ROUND("independent_analysis") ", {\"type\": \"debate\", \"name\": \"d\", "
                                                        "\"opts\": {\"turns\": \"sequential\", "
                                                        "\"stances\": {\"bob\": \"against\"}}}]}",
        "{}");
    drive_run(&d);
    json_t *second = json_array_get(d.asked, 4), *third = json_array_get(d.asked, 5);
    const char *first_id = j_str(json_array_get(d.asked, 3), "call_id", "");
    char said[100];
    snprintf(said, sizeof said, "Answer of %s in %s", strrchr(first_id, ':') + 1, first_id);
    assert_non_null(strstr(prompt_of(&d, j_str(second, "call_id", ""), 0), said));
    assert_non_null(strstr(prompt_of(&d, j_str(third, "call_id", ""), 0), said));
    assert_non_null(strstr(prompt_of(&d, "r1i0:member:bob", 0),
                           "Argue against it, whatever you think yourself"));
    assert_null(strstr(prompt_of(&d, "r1i0:member:ann", 0), "Argue against"));
    assert_at(d.result, "rounds.1.ended_ms", "400");
    drive_release(&d);
}

#define IN_TURN(until, seat)                                                                       \
    "{\"id\": \"x\", \"members\": [" seat                                                          \
    ", " SEAT("bob") ", " SEAT("cy") "], \"chair\": " CHAIR ", \"rounds\": [" ROUND(               \
        "independent_analysis") ", {\"type\": \"iterate\", \"name\": \"loop\", "                   \
                                "\"opts\": {\"wrap\": {\"type\": \"debate\", \"opts\": "           \
                                "{\"turns\": \"sequential\"}}, "                                   \
                                "\"max_iterations\": 3, \"until\": " until                         \
                                "}}, " ROUND("synthesis") "]}"

static void whoever_does_not_debate_is_no_speaker(void **state)
{
    (void)state;
    struct drive d = drive_new(
        IN_TURN("{\"judge\": {\"score\": 0.8}}", SEAT("ann")),
        "{\"r1i0:consensus:chair\": [{\"text\": \"{\\\"open_points\\\": [], \\\"agree\\\": true, "
        "\\\"score\\\": 0.9}\"}]}");
    drive_run(&d);
    assert_at(d.result, "rounds.1.converged", "true");
    assert_int_equal(json_array_size(at_path(d.result, "rounds")), 3);
    assert_at(asked_of(&d, "r1i0:consensus:chair", 0), "schema.required",
              "[\"open_points\",\"agree\",\"score\"]");
    drive_release(&d);
    d = drive_new(IN_TURN("{\"never\": true}",
                          "{\"id\": \"ann\", \"provider\": \"mock\", \"model\": \"m\", "
                          "\"confidence\": {\"semantic_entropy\": {\"samples\": 2, \"cluster\": "
                          "\"lexical\"}}}"),
                  "{}");
    drive_run(&d);
    assert_non_null(asked_of(&d, "r1i0:sample:ann:1", 0));
    assert_string_equal(prompt_of(&d, "r1i0:sample:ann:1", 0), prompt_of(&d, "r1i0:member:ann", 0));
    drive_release(&d);
}

static void a_seats_confidence_is_that_of_its_answer(void **state)
{
    (void)state;
    struct drive d = drive_new(
        JUDGED("{\"judge\": {\"score\": 0.8}}"),
        "{\"r1i0:consensus:chair\": [{\"text\": \"{\\\"open_points\\\": [], \\\"agree\\\": true, "
        "\\\"score\\\": 0.9}\"}]}");
    drive_run(&d);
    assert_at(d.result, "final.confidence", "null");
    assert_at(d.result, "members.chair.confidence", "null");
    drive_release(&d);
}

static void peer_review_names_its_authors(void **state)
{
    (void)state;
    struct drive d =
        drive_new("{\"id\": \"x\", \"members\": [{\"id\": \"ann\", \"role\": \"the \\\"cook\\\"\", "
                  "\"provider\": \"mock\", \"model\": \"m\"}, " SEAT(
                      "bob") "], \"chair\": " CHAIR
                             ", \"rounds\": [" ROUND("independent_analysis") ", " ROUND(
                                 "peer_review") ", " ROUND("synthesis") "]}",
                  "{}");
    drive_run(&d);
    const char *prompt = prompt_of(&d, "r1i0:member:bob", 0);
    assert_non_null(strstr(prompt, "ann (role: the cook):"));
    assert_null(strstr(prompt, "Answer of bob"));
    assert_at(d.result, "members.ann.current_answer.index", "0"); /* a review is no answer */
    assert_non_null(strstr(prompt_of(&d, "r2i0:chair:chair", 0), "said in round peer_review"));
    drive_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(critique_until_nobody_changes),
        cmocka_unit_test(the_maximum_ends_it_with_a_warning),
        cmocka_unit_test(one_that_changes_is_enough_to_go_on),
        cmocka_unit_test(an_unsaid_change_is_measured),
        cmocka_unit_test(a_lost_iteration_leaves_the_state_before),
        cmocka_unit_test(a_silent_member_keeps_its_ballot),
        cmocka_unit_test(a_pool_shares_each_vote),
        cmocka_unit_test(blind_repeats_the_prompt),
        cmocka_unit_test(same_winner_and_unanimous),
        cmocka_unit_test(a_judge_is_asked_only_when_it_can_decide),
        cmocka_unit_test(sequential_debate_hears_the_speakers_before),
        cmocka_unit_test(whoever_does_not_debate_is_no_speaker),
        cmocka_unit_test(a_seats_confidence_is_that_of_its_answer),
        cmocka_unit_test(peer_review_names_its_authors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
