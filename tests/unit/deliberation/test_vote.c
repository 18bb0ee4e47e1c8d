/* Votes: the denominator is all seats, a tie is no winner, an abstention says so. */
#include "drive.h"

#define OPTIONS                                                                                    \
    "\"options\": [{\"id\": \"ship\", \"text\": \"Ship it\"}, {\"id\": \"fix\", \"text\": \"Fix "  \
    "first\"}, \"wait\"]"
#define VOTE(opts)                                                                                 \
    "{\"id\": \"x\", \"members\": " THREE ", \"rounds\": [" ROUND(                                 \
        "independent_analysis") ", {\"type\": \"vote\", \"name\": \"vote\", \"opts\": {" opts      \
                                "}}]}"
#define SAYS(call, choice)                                                                         \
    "\"r1i0:member:" call                                                                          \
    "\": [{\"text\": \"{\\\"rationale\\\": \\\"because\\\", \\\"choice\\\": \\\"" choice           \
    "\\\", \\\"confidence\\\": 0.5}\"}]"

static void plurality_over_options(void **state)
{
    (void)state;
    struct drive d =
        drive_new(VOTE(OPTIONS),
                  "{" SAYS("ann", "ship") ", " SAYS("bob", "SHIP") ", " SAYS("cy", "wait") "}");
    drive_run(&d);
    assert_string_equal(d.outcome, "complete");
    assert_at(d.result, "rounds.1.aggregate.winner", "\"ship\"");
    assert_at(d.result, "rounds.1.aggregate.scores", "{\"ship\":2.0,\"fix\":0.0,\"wait\":1.0}");
    assert_at(d.result, "rounds.1.aggregate.order", "[[\"ship\"],[\"wait\"],[\"fix\"]]");
    assert_at(d.result, "rounds.1.agreement", "0.66666666666666663");
    assert_at(d.result, "final.content", "\"Ship it\"");
    assert_at(d.result, "final.winner", "\"ship\"");
    assert_at(d.result, "final.source", "\"aggregate\"");
    assert_at(d.result, "dissent.0.member_id", "\"cy\"");
    assert_at(d.result, "dissent.0.position", "\"wait\"");
    assert_at(d.result, "dissent.0.text", "\"because\"");
    const char *prompt = prompt_of(&d, "r1i0:member:ann", 0);
    assert_non_null(strstr(prompt, "- ship: Ship it"));
    assert_non_null(strstr(prompt, "- wait\n"));
    assert_non_null(strstr(prompt, "Answer of ann")); /* show: own */
    assert_null(strstr(prompt, "Answer of bob"));
    drive_release(&d);
}

static void a_tie_has_no_winner(void **state)
{
    (void)state;
    struct drive d = drive_new(
        VOTE(OPTIONS), "{" SAYS("ann", "ship") ", " SAYS("bob", "fix") ", " SAYS("cy", "wait") "}");
    drive_run(&d);
    assert_at(d.result, "rounds.1.aggregate.winner", "null");
    assert_at(d.result, "rounds.1.aggregate.tied", "[\"ship\",\"fix\",\"wait\"]");
    assert_at(d.result, "final.source", "\"tie\"");
    assert_true(has_warning(&d, "tie"));
    assert_string_equal(d.outcome, "complete");
    assert_int_equal(json_array_size(at_path(d.result, "dissent")), 3);
    drive_release(&d);
    d = drive_new(VOTE(OPTIONS ", \"tie_break\": [\"first\"]"),
                  "{" SAYS("ann", "ship") ", " SAYS("bob", "fix") ", " SAYS("cy", "wait") "}");
    drive_run(&d);
    assert_at(d.result, "rounds.1.aggregate.winner", "\"fix\"");
    drive_release(&d);
}

static void majority_of_all_seats(void **state)
{
    (void)state;
    const char *script =
        "{" SAYS("ann", "ship") ", \"r1i0:member:bob\": [{\"error\": {\"kind\": \"permanent\", "
                                "\"code\": \"auth\"}}], " SAYS("cy", "abstain") "}";
    struct drive d =
        drive_new(VOTE(OPTIONS ", \"aggregator\": \"majority\", \"allow_abstain\": true"), script);
    drive_run(&d);
    assert_at(d.result, "rounds.1.aggregate.winner", "null");
    assert_at(d.result, "rounds.1.aggregate.raw.denominator", "3.0");
    assert_at(d.result, "rounds.1.aggregate.ballots",
              "{\"seats\":3,\"cast\":1,\"abstained\":1,\"invalid\":0,\"missing\":1,\"carried\":0}");
    assert_at(d.result, "final.source", "\"none\"");
    drive_release(&d);
    d = drive_new(
        VOTE(OPTIONS ", \"aggregator\": \"majority\", \"of\": \"cast\", \"allow_abstain\": true"),
        script);
    drive_run(&d);
    assert_at(d.result, "rounds.1.aggregate.winner", "\"ship\"");
    drive_release(&d);
    d = drive_new(VOTE(OPTIONS ", \"aggregator\": \"majority\", \"missing_counts_as\": \"ship\", "
                               "\"allow_abstain\": true"),
                  script);
    drive_run(&d);
    assert_at(d.result, "rounds.1.aggregate.winner", "\"ship\""); /* two of three */
    drive_release(&d);
}

static void free_words_are_compared_leniently(void **state)
{
    (void)state;
    struct drive d = drive_new(VOTE("\"question\": \"Where?\""),
                               "{" SAYS("ann", "A cool  Cellar.") ", " SAYS(
                                   "bob", "a cool cellar") ", " SAYS("cy", "fridge") "}");
    drive_run(&d);
    assert_at(d.result, "rounds.1.aggregate.winner", "\"A cool  Cellar.\"");
    assert_at(d.result, "final.content", "\"A cool  Cellar.\"");
    assert_non_null(
        strstr(prompt_of(&d, "r1i0:member:ann", 0),
               "Where? Give your reasons first. Then give your choice in a few words."));
    drive_release(&d);
}

static void confidence_weights(void **state)
{
    (void)state;
    struct drive d =
        drive_new(VOTE(OPTIONS ", \"aggregator\": \"weighted_mean\""),
                  "{\"r1i0:member:ann\": [{\"text\": \"{\\\"choice\\\": \\\"fix\\\", "
                  "\\\"confidence\\\": 0.9}\"}],"
                  " \"r1i0:member:bob\": [{\"text\": \"{\\\"choice\\\": \\\"ship\\\", "
                  "\\\"confidence\\\": 0.3}\"}],"
                  " \"r1i0:member:cy\": [{\"text\": \"{\\\"choice\\\": \\\"ship\\\"}\"}]}");
    drive_run(&d);
    assert_at(d.result, "rounds.1.aggregate.aggregator", "\"confidence_weighted\"");
    assert_at(d.result, "rounds.1.aggregate.winner", "\"fix\"");
    assert_at(d.result, "rounds.1.aggregate.raw.imputed", "1"); /* 0.3 + 0.5 against 0.9 */
    drive_release(&d);
}

static void one_vote_per_provider(void **state)
{
    (void)state;
    struct drive d = drive_new(
        "{\"id\": \"x\", \"members\": [" SEAT("ann") ", " SEAT(
            "bob") ", {\"id\": \"cy\", \"provider\": \"other\", \"model\": \"m\"}], "
                   "\"rounds\": [" ROUND(
                       "independent_analysis") ", {\"type\": \"vote\", \"name\": \"v\", \"opts\": "
                                               "{" OPTIONS ", \"one_vote_per\": \"provider\"}}]}",
        "{" SAYS("ann", "ship") ", " SAYS("bob", "fix") ", " SAYS("cy", "fix") "}");
    drive_run(&d);
    assert_at(d.result, "rounds.1.aggregate.scores", "{\"ship\":0.5,\"fix\":1.5,\"wait\":0.0}");
    drive_release(&d);
}

static void vote_over_answers_excludes_oneself(void **state)
{
    (void)state;
    struct drive d = drive_new(VOTE("\"candidates\": \"answers\", \"aggregator\": \"plurality\""),
                               "{" SAYS("ann", "A") ", " SAYS("bob", "A") ", " SAYS("cy", "A") "}");
    drive_run(&d);
    const char *holder = j_str(json_object_get(d.result, "labels"), "Response A", "?");
    assert_string_equal(j_str(at_path(d.result, "rounds.1.aggregate"), "winner", ""), holder);
    assert_string_equal(j_str(json_object_get(d.result, "final"), "member_id", ""), holder);
    char path[64];
    snprintf(path, sizeof path, "rounds.1.member_results.%s.status", holder);
    assert_at(d.result, path, "\"invalid_output\"");
    drive_release(&d);
}

static void the_chair_breaks_a_tie(void **state)
{
    (void)state;
    struct drive d = drive_new(
        "{\"id\": \"x\", \"members\": " THREE ", \"chair\": " CHAIR ", \"rounds\": [" ROUND(
            "independent_analysis") ", {\"type\": \"vote\", \"name\": \"v\", \"opts\": {" OPTIONS
                                    ", \"tie_break\": [\"chair\", \"first\"]}}, " ROUND(
                                        "synthesis") "]}",
        "{" SAYS("ann", "ship") ", " SAYS("bob", "fix") ", " SAYS(
            "cy",
            "wait") ", \"r1i0:tiebreak:chair\": [{\"text\": \"{\\\"choice\\\": \\\"wait\\\"}\"}]}");
    drive_run(&d);
    assert_at(d.result, "rounds.1.aggregate.winner", "\"wait\"");
    assert_at(d.result, "rounds.1.calls.0.call_id", "\"r1i0:tiebreak:chair\"");
    assert_string_equal(d.outcome, "complete");
    drive_release(&d);
}

/* Answers that are tied are shown to it, each in a fence, by their labels. */
static void the_chair_breaks_a_tie_between_answers(void **state)
{
    (void)state;
    struct drive d = drive_new(
        "{\"id\": \"x\", \"members\": " THREE ", \"chair\": " CHAIR ", \"rounds\": [" ROUND(
            "independent_analysis") ", {\"type\": \"vote\", \"name\": \"v\", \"opts\": {"
                                    "\"candidates\": \"answers\", \"exclude\": \"none\", "
                                    "\"tie_break\": [\"chair\"]}}]}",
        "{" SAYS("ann", "Response A") ", " SAYS("bob", "Response B") ", " SAYS(
            "cy", "none at all") ", \"r1i0:tiebreak:chair\": [{\"text\": \"{\\\"choice\\\": "
                                 "\\\"Response B\\\"}\"}]}");
    drive_run(&d);
    json_t *labels = json_object_get(d.result, "labels");
    const char *prompt = prompt_of(&d, "r1i0:tiebreak:chair", 0);
    static const struct {
        const char *label;
        bool shown;
    } CASES[] = {{"Response A", true}, {"Response B", true}, {"Response C", false}};
    for (size_t i = 0; i < 3; i++) {
        char text[100];
        const char *id = j_str(labels, CASES[i].label, "?");
        snprintf(text, sizeof text, "Answer of %s in r0i0:member:%s.", id, id);
        assert_int_equal(strstr(prompt, text) != NULL, CASES[i].shown);
    }
    json_t *aggregate =
        json_object_get(json_array_get(json_object_get(d.result, "rounds"), 1), "aggregate");
    assert_string_equal(j_str(aggregate, "winner", "?"), j_str(labels, "Response B", "??"));
    drive_release(&d);
}

static void approvals_and_scores(void **state)
{
    (void)state;
    struct drive d = drive_new(
        VOTE(OPTIONS ", \"ballot\": \"approval\""),
        "{\"r1i0:member:ann\": [{\"text\": \"{\\\"approved\\\": [\\\"ship\\\", \\\"fix\\\"]}\"}],"
        " \"r1i0:member:bob\": [{\"text\": \"{\\\"approved\\\": [\\\"fix\\\"]}\"}],"
        " \"r1i0:member:cy\": [{\"text\": \"{\\\"approved\\\": []}\"}]}");
    drive_run(&d);
    assert_at(d.result, "rounds.1.aggregate.winner", "\"fix\"");
    assert_at(d.result, "rounds.1.aggregate.aggregator", "\"approval\"");
    drive_release(&d);
    d = drive_new(
        VOTE(OPTIONS ", \"ballot\": \"score\", \"scale\": {\"min\": 0, \"max\": 5}"),
        "{\"r1i0:member:ann\": [{\"text\": \"{\\\"scores\\\": [{\\\"label\\\": \\\"ship\\\", "
        "\\\"score\\\": 9}, {\\\"label\\\": \\\"fix\\\", \\\"score\\\": 1}]}\"}],"
        " \"r1i0:member:bob\": [{\"text\": \"{\\\"scores\\\": [{\\\"label\\\": \\\"ship\\\", "
        "\\\"score\\\": 2}]}\"}],"
        " \"r1i0:member:cy\": [{\"text\": \"{\\\"scores\\\": [{\\\"label\\\": \\\"wait\\\", "
        "\\\"score\\\": 3}]}\"}]}");
    drive_run(&d);
    assert_at(d.result, "rounds.1.aggregate.scores", "{\"ship\":3.5,\"fix\":1.0,\"wait\":3.0}");
    assert_true(has_warning(&d, "ballot_repaired"));
    drive_release(&d);
}

/* Who did not want the winner, in every kind of ballot, and why. */
static void dissent_of_approvals_and_scores(void **state)
{
    (void)state;
    struct drive d = drive_new(
        VOTE(OPTIONS ", \"ballot\": \"approval\""),
        "{\"r1i0:member:ann\": [{\"text\": \"{\\\"approved\\\": [\\\"ship\\\", \\\"fix\\\"]}\"}],"
        " \"r1i0:member:bob\": [{\"text\": \"{\\\"rationale\\\": \\\"later\\\", "
        "\\\"approved\\\": [\\\"wait\\\"]}\"}],"
        " \"r1i0:member:cy\": [{\"text\": \"{\\\"approved\\\": [\\\"fix\\\"]}\"}]}");
    drive_run(&d);
    assert_at(
        d.result, "dissent",
        "[{\"index\":1,\"member_id\":\"bob\",\"kind\":\"vote\",\"position\":[\"wait\"],\"text\":"
        "\"later\"}]");
    drive_release(&d);
    d = drive_new(
        VOTE(OPTIONS ", \"ballot\": \"score\""),
        "{\"r1i0:member:ann\": [{\"text\": \"{\\\"scores\\\": [{\\\"label\\\": \\\"ship\\\", "
        "\\\"score\\\": 9}, {\\\"label\\\": \\\"fix\\\", \\\"score\\\": 9}], "
        "\\\"ordering\\\": [\\\"ship\\\", \\\"fix\\\"]}\"}],"
        " \"r1i0:member:bob\": [{\"text\": \"{\\\"scores\\\": [{\\\"label\\\": \\\"wait\\\", "
        "\\\"rationale\\\": \\\"no hurry\\\", \\\"score\\\": 8}, {\\\"label\\\": \\\"fix\\\", "
        "\\\"rationale\\\": \\\"dear\\\", \\\"score\\\": 7}]}\"}],"
        " \"r1i0:member:cy\": [{\"text\": \"{\\\"scores\\\": [{\\\"label\\\": \\\"fix\\\", "
        "\\\"score\\\": 9}, {\\\"label\\\": \\\"ship\\\", \\\"score\\\": 1}, "
        "{\\\"label\\\": \\\"wait\\\", \\\"score\\\": 0}]}\"}]}");
    drive_run(&d);
    assert_at(d.result, "rounds.1.aggregate.winner", "\"fix\"");
    assert_at(
        d.result, "dissent",
        "[{\"index\":1,\"member_id\":\"bob\",\"kind\":\"vote\",\"position\":\"wait\",\"text\":"
        "\"wait: no hurry\\nfix: dear\\n\"}]");
    drive_release(&d);
}

/* One who could not choose the winner did not speak against it. */
static void no_dissent_of_those_who_could_not_agree(void **state)
{
    (void)state;
    struct drive d = drive_new(
        "{\"id\": \"x\", \"anonymity\": {\"style\": \"ids\"}, \"members\": " THREE
        ", \"rounds\": [" ROUND("independent_analysis") ", {\"type\": \"vote\", \"name\": "
                                                        "\"vote\", \"opts\": {\"candidates\": "
                                                        "\"answers\"}}]}",
        "{" SAYS("ann", "bob") ", " SAYS("bob", "ann") ", " SAYS("cy", "bob") "}");
    drive_run(&d);
    assert_at(d.result, "rounds.1.aggregate.winner", "\"bob\"");
    assert_at(d.result, "dissent", "[]");
    drive_release(&d);
}

static void ranking_of_options(void **state)
{
    (void)state;
    struct drive d =
        drive_new("{\"id\": \"x\", \"members\": " THREE
                  ", \"rounds\": [{\"type\": \"ranking\", \"name\": \"r\", \"opts\": {" OPTIONS
                  ", \"aggregator\": \"condorcet\"}}]}",
                  "{\"r0i0:member:ann\": [{\"text\": \"{\\\"ordering\\\": [\\\"ship\\\", "
                  "\\\"fix\\\", \\\"wait\\\"]}\"}],"
                  " \"r0i0:member:bob\": [{\"text\": \"{\\\"ordering\\\": [\\\"fix\\\", "
                  "\\\"wait\\\", \\\"ship\\\"]}\"}],"
                  " \"r0i0:member:cy\": [{\"text\": \"{\\\"ordering\\\": [\\\"wait\\\", "
                  "\\\"ship\\\", \\\"fix\\\"]}\"}]}");
    drive_run(&d);
    assert_at(d.result, "rounds.0.aggregate.raw.cycle", "true");
    assert_at(d.result, "rounds.0.aggregate.tied", "[\"ship\",\"fix\",\"wait\"]");
    assert_at(d.result, "final.source", "\"tie\"");
    drive_release(&d);
}

static void early_stop_cancels_what_cannot_matter(void **state)
{
    (void)state;
    const char *script = "{" SAYS("ann", "ship") ", " SAYS(
        "bob", "ship") ", \"r1i0:member:cy\": [{\"delay_ms\": 60000, \"text\": \"{\\\"choice\\\": "
                       "\\\"fix\\\"}\"}]}";
    struct drive d = drive_new(VOTE(OPTIONS ", \"early_stop\": \"stop\""), script);
    drive_run(&d);
    assert_string_equal(d.outcome, "complete");
    assert_at(d.result, "rounds.1.member_results.cy.status", "\"cancelled\"");
    assert_at(d.result, "rounds.1.member_results.cy.reason", "\"early_stop\"");
    assert_at(d.result, "rounds.1.early_stop.outstanding", "1");
    assert_at(d.result, "rounds.1.aggregate.winner", "\"ship\"");
    assert_at(nth_event(&d, "early_stop", 0), "leader", "\"ship\"");
    drive_release(&d);
    d = drive_new(VOTE(OPTIONS), script); /* shadow: told, not done */
    drive_run(&d);
    assert_at(d.result, "rounds.1.member_results.cy.status", "\"ok\"");
    assert_at(d.result, "rounds.1.early_stop.mode", "\"shadow\"");
    drive_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plurality_over_options),
        cmocka_unit_test(a_tie_has_no_winner),
        cmocka_unit_test(majority_of_all_seats),
        cmocka_unit_test(free_words_are_compared_leniently),
        cmocka_unit_test(confidence_weights),
        cmocka_unit_test(one_vote_per_provider),
        cmocka_unit_test(vote_over_answers_excludes_oneself),
        cmocka_unit_test(the_chair_breaks_a_tie),
        cmocka_unit_test(the_chair_breaks_a_tie_between_answers),
        cmocka_unit_test(approvals_and_scores),
        cmocka_unit_test(dissent_of_approvals_and_scores),
        cmocka_unit_test(no_dissent_of_those_who_could_not_agree),
        cmocka_unit_test(ranking_of_options),
        cmocka_unit_test(early_stop_cancels_what_cannot_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
