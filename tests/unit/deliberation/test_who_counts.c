/* Who counts, and for how much: a vote that nobody cast, a ballot that could say nothing, one voice
 * in two seats must neither win nor break a tie, and the numbers of ballots add up to the seats. */
#include <math.h>

#include "ballots.h"
#include "drive.h"
#include "runner/deliberation/count/borda.h"
#include "runner/deliberation/count/ties.h"

#define DEAD_SEAT "[{\"error\": {\"kind\": \"permanent\", \"code\": \"auth\"}}]"
#define CHOOSES(choice, more)                                                                      \
    "[{\"text\": \"{\\\"choice\\\": \\\"" choice "\\\", \\\"confidence\\\": 0.5}\"" more "}]"
#define VOTER(id, model) "{\"id\": \"" id "\", \"provider\": \"mock\", \"model\": \"" model "\"}"
#define PAIRS                                                                                      \
    "[" VOTER("ann", "m1") ", " VOTER("bob", "m1") ", " VOTER("cy", "m2") ", " VOTER("dee",        \
                                                                                     "m2") "]"
#define ELECTION(members, opts)                                                                    \
    "{\"id\": \"x\", \"members\": " members                                                        \
    ", \"rounds\": [{\"type\": \"vote\", \"name\": \"v\", \"quorum\": 1, \"opts\": {" opts "}}]}"
#define YES_NO "\"options\": [\"yes\", \"no\"]"

static int settled(const struct ballots *b, const char *rule)
{
    size_t next = 0;
    struct tally t;
    struct tie_facts facts = {.ballots = b, .names = letter_names};
    json_t *rules = json_pack("[s]", rule);
    borda_count(b, BORDA_AVERAGE, letter_names, &t);
    assert_int_equal(t.leaders, 2);
    assert_int_equal(ties_run(&t, rules, &next, &facts), TIE_SETTLED);
    int winner = t.winner;
    json_decref(rules);
    tally_release(&t);
    return winner;
}

static void a_ballot_with_one_candidate_breaks_no_tie(void **state)
{
    (void)state;
    struct ballots b;
    ballots_init(&b, 2);
    add_ranked(&b, 1, "j", "AB", NULL);
    add_ranked(&b, 1, "k", "BA", NULL);
    add_ranked(&b, 1, "l", "B", "B");
    b.list[0].confidence = b.list[1].confidence = 0.5;
    b.list[2].confidence = 1;
    assert_int_equal(settled(&b, "votes"), -1);
    assert_int_equal(settled(&b, "confidence"), -1);
    assert_int_equal(settled(&b, "first"), 0);
    ballots_release(&b);
}

static void a_ballot_with_one_candidate_is_no_vote(void **state)
{
    (void)state;
    struct drive d = drive_new(
        "{\"id\": \"x\", \"anonymity\": {\"style\": \"ids\"}, \"members\": [" SEAT(
            "ann") ", {\"id\": \"bob\", \"provider\": \"mock\", \"model\": \"m-bob\", \"recuse\": "
                   "[\"cy\"]}, " SEAT("cy") "], \"rounds\": [" ROUND(
                       "independent_analysis") ", {\"type\": \"vote\", \"name\": \"v\", \"opts\": "
                                               "{\"candidates\": \"answers\"}}]}",
        "{\"r1i0:member:ann\": " CHOOSES("bob", "") ", \"r1i0:member:bob\": " CHOOSES(
            "ann", "") ", \"r1i0:member:cy\": " CHOOSES("bob", "") "}");
    drive_run(&d);
    assert_at(d.result, "rounds.1.aggregate.scores", "{\"ann\":0.0,\"bob\":2.0,\"cy\":0.0}");
    assert_at(d.result, "rounds.1.aggregate.raw.uninformative", "1");
    assert_at(d.result, "rounds.1.aggregate.ballots.cast", "3");
    assert_at(d.result, "rounds.1.agreement", "1.0");
    assert_at(d.result, "rounds.1.aggregate.tied", "[]");
    assert_at(d.result, "final.tied", "[]");
    drive_release(&d);
}

#define SCORES(list)     "\\\"scores\\\": [" list "]"
#define OF(id, score)    "{\\\"label\\\": \\\"" id "\\\", \\\"score\\\": " score "}"
#define BALLOT(id, text) "\"r1i0:member:" id "\": [{\"text\": \"{" text "}\"}]"

/* bob reads ann alone: what it says of her is neither for nor against her. */
static void such_a_ballot_is_no_approval_and_no_score(void **state)
{
    (void)state;
    static const struct {
        const char *ballot, *script, *scores;
    } CASES[] = {
        {"approval",
         "{" BALLOT("ann", "\\\"approved\\\": [\\\"cy\\\"]") ", " BALLOT(
             "bob", "\\\"approved\\\": []") ", " BALLOT("cy",
                                                        "\\\"approved\\\": [\\\"ann\\\"]") "}",
         "{\"ann\":1.0,\"bob\":0.0,\"cy\":1.0}"},
        {"approval",
         "{" BALLOT("ann", "\\\"approved\\\": [\\\"cy\\\"]") ", " BALLOT(
             "bob", "\\\"approved\\\": [\\\"ann\\\"]") ", " BALLOT("cy",
                                                                   "\\\"approved\\\": []") "}",
         "{\"ann\":0.0,\"bob\":0.0,\"cy\":1.0}"},
        {"score\", \"normalise\": \"none",
         "{" BALLOT("ann", SCORES(OF("bob", "3") ", " OF("cy", "7"))) ", " BALLOT(
             "bob",
             SCORES(OF("ann", "1"))) ", " BALLOT("cy",
                                                 SCORES(OF("ann", "9") ", " OF("bob", "5"))) "}",
         "{\"ann\":9.0,\"bob\":4.0,\"cy\":7.0}"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char council[1500];
        snprintf(council, sizeof council,
                 "{\"id\": \"x\", \"anonymity\": {\"style\": \"ids\"}, \"members\": [" SEAT(
                     "ann") ", {\"id\": \"bob\", \"provider\": \"mock\", \"model\": \"m-bob\", "
                            "\"recuse\": [\"cy\"]}, " SEAT("cy") "], \"rounds\": [" ROUND(
                                "independent_analysis") ", {\"type\": \"vote\", \"name\": \"v\", "
                                                        "\"opts\": {\"candidates\": "
                                                        "\"answers\", \"ballot\": \"%s\"}}]}",
                 CASES[i].ballot);
        struct drive d = drive_new(council, CASES[i].script);
        drive_run(&d);
        print_message("case %zu\n", i);
        assert_at(d.result, "rounds.1.aggregate.scores", CASES[i].scores);
        assert_at(d.result, "rounds.1.aggregate.raw.uninformative", "1");
        drive_release(&d);
    }
}

#define OF_PAIRS                                                                                   \
    "{\"r0i0:member:ann\": " CHOOSES("yes", "") ", \"r0i0:member:bob\": " DEAD_SEAT                \
                                                ", \"r0i0:member:cy\": " DEAD_SEAT                 \
                                                ", \"r0i0:member:dee\": " DEAD_SEAT "}"

static void one_voice_is_one_vote_also_when_seats_are_missing(void **state)
{
    (void)state;
    struct drive d = drive_new(ELECTION(PAIRS, YES_NO ", \"aggregator\": \"majority\", "
                                                      "\"one_vote_per\": \"model\", "
                                                      "\"missing_counts_as\": \"no\""),
                               OF_PAIRS);
    drive_run(&d);
    assert_at(d.result, "rounds.0.aggregate.scores", "{\"yes\":0.5,\"no\":1.5}");
    assert_at(d.result, "rounds.0.aggregate.raw.denominator", "2.0");
    assert_at(d.result, "rounds.0.aggregate.winner", "\"no\"");
    drive_release(&d);
    d = drive_new(ELECTION(PAIRS, YES_NO ", \"aggregator\": \"majority\", "
                                         "\"one_vote_per\": \"model\""),
                  OF_PAIRS);
    drive_run(&d);
    assert_at(d.result, "rounds.0.aggregate.scores", "{\"yes\":1.0,\"no\":0.0}");
    assert_at(d.result, "rounds.0.aggregate.raw.denominator", "2.0");
    assert_at(d.result, "rounds.0.aggregate.winner", "null");
    assert_at(d.result, "rounds.0.aggregate.ballots",
              "{\"seats\":4,\"cast\":1,\"abstained\":0,\"invalid\":0,\"missing\":3,\"carried\":0}");
    drive_release(&d);
}

#define OF_COUNCILS                                                                                \
    "[" SEAT("ann") ", {\"id\": \"law\", \"sub_council\": " INNER "}, {\"id\": \"tax\", "          \
                    "\"sub_council\": " INNER "}]"
#define INNER                                                                                      \
    "{\"schema_version\": 1, \"id\": \"in\", \"members\": [" SEAT("x") ", " SEAT(                  \
        "y") "], \"chair\": " CHAIR ", \"rounds\": [" ROUND("independent_analysis") "]}"

/* They have no model of their own that they could have in common. */
static void seats_that_are_councils_are_voices_of_their_own(void **state)
{
    (void)state;
    static const char *const groups[] = {"model", "provider"};
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        char council[4000];
        snprintf(council, sizeof council,
                 ELECTION(OF_COUNCILS, YES_NO ", \"one_vote_per\": \"%s\""), groups[i]);
        struct drive d = drive_new(
            council,
            "{\"r0i0:member:ann\": " CHOOSES("no", "") ", \"r0i0:law/r1i0:chair:chair\": " CHOOSES(
                "yes", "") ", \"r0i0:tax/r1i0:chair:chair\": " CHOOSES("yes", "") "}");
        drive_run(&d);
        assert_at(d.result, "rounds.0.aggregate.ballots.cast", "3");
        assert_at(d.result, "rounds.0.aggregate.scores", "{\"yes\":2.0,\"no\":1.0}");
        drive_release(&d);
    }
}

static void agreement_is_of_those_who_voted(void **state)
{
    (void)state;
    struct drive d =
        drive_new(ELECTION(THREE, YES_NO ", \"missing_counts_as\": \"no\""),
                  "{\"r0i0:member:ann\": " CHOOSES("yes", "") ", \"r0i0:member:bob\": " CHOOSES(
                      "yes", "") ", \"r0i0:member:cy\": " DEAD_SEAT "}");
    drive_run(&d);
    assert_at(d.result, "rounds.0.aggregate.scores", "{\"yes\":2.0,\"no\":1.0}");
    assert_at(d.result, "rounds.0.agreement", "1.0");
    drive_release(&d);
}

#define AGAIN(more)                                                                                \
    "{\"id\": \"x\", \"members\": " THREE                                                          \
    ", \"rounds\": [{\"type\": \"iterate\", \"name\": \"jury\", \"opts\": {\"wrap\": {\"type\": "  \
    "\"vote\", \"opts\": {" YES_NO ", \"reask\": 0}}, \"until\": {\"never\": true}, "              \
    "\"max_iterations\": 2" more "}}]}"

#define SAYS(call, choice) "\"" call "\": " CHOOSES(choice, "") ", "

static void a_seat_is_counted_once_whatever_is_retained(void **state)
{
    (void)state;
    static const char script[] = "{" SAYS("r0i0:member:ann", "yes") SAYS("r0i0:member:bob", "no")
        SAYS("r0i0:member:cy", "yes") SAYS("r0i1:member:ann", "yes")
            SAYS("r0i1:member:bob", "no") "\"r0i1:member:cy\": [{\"text\": \"what?\"}]}";
    struct drive d = drive_new(AGAIN(", \"retain\": \"pool\""), script);
    drive_run(&d);
    assert_at(d.result, "rounds.1.aggregate.scores", "{\"yes\":2.0,\"no\":1.0}");
    assert_at(d.result, "rounds.1.aggregate.ballots",
              "{\"seats\":3,\"cast\":3,\"abstained\":0,\"invalid\":0,\"missing\":0,\"carried\":1}");
    drive_release(&d);
    d = drive_new(AGAIN(""), script);
    drive_run(&d);
    assert_at(d.result, "rounds.1.aggregate.ballots",
              "{\"seats\":3,\"cast\":3,\"abstained\":0,\"invalid\":0,\"missing\":0,\"carried\":1}");
    drive_release(&d);
}

static void every_seat_is_one_of_the_numbers(void **state)
{
    (void)state;
    struct drive d =
        drive_new(ELECTION(PAIRS, YES_NO ", \"allow_abstain\": true, \"reask\": 0"),
                  "{\"r0i0:member:ann\": " CHOOSES("yes", "") ", \"r0i0:member:bob\": " CHOOSES(
                      "Abstain.", "") ", \"r0i0:member:cy\": [{\"text\": \"what?\"}], "
                                      "\"r0i0:member:dee\": " DEAD_SEAT "}");
    drive_run(&d);
    assert_at(d.result, "rounds.0.aggregate.ballots",
              "{\"seats\":4,\"cast\":1,\"abstained\":1,\"invalid\":1,\"missing\":1,\"carried\":0}");
    drive_release(&d);
    d = drive_new(
        ELECTION(THREE, YES_NO ", \"early_stop\": \"stop\""),
        "{\"r0i0:member:ann\": " CHOOSES("yes", "") ", \"r0i0:member:bob\": " CHOOSES(
            "yes", "") ", \"r0i0:member:cy\": " CHOOSES("no", ", \"delay_ms\": 60000") "}");
    drive_run(&d);
    assert_at(d.result, "rounds.0.aggregate.ballots",
              "{\"seats\":3,\"cast\":2,\"abstained\":0,\"invalid\":0,\"missing\":0,\"carried\":0}");
    drive_release(&d);
}

static void to_abstain_in_free_words_is_no_option(void **state)
{
    (void)state;
    struct drive d = drive_new(
        ELECTION(THREE, "\"question\": \"Where?\", \"allow_abstain\": true"),
        "{\"r0i0:member:ann\": " CHOOSES("Abstain.", "") ", \"r0i0:member:bob\": " CHOOSES(
            " ABSTAIN ", "") ", \"r0i0:member:cy\": " CHOOSES("Cellar", "") "}");
    drive_run(&d);
    assert_at(d.result, "rounds.0.aggregate.scores", "{\"Cellar\":1.0}");
    assert_at(d.result, "rounds.0.aggregate.ballots.abstained", "2");
    drive_release(&d);
}

/* Whoever is first by far is not called so early when weights may still change, or no bound is
 * known. */
static void nothing_stops_early_where_no_bound_is_known(void **state)
{
    (void)state;
    static const char *const opts[] = {
        ", \"early_stop\": \"stop\", \"one_vote_per\": \"model\"",
        ", \"aggregator\": \"median_confidence\"",
    };
    for (size_t i = 0; i < sizeof opts / sizeof opts[0]; i++) {
        char council[2000];
        snprintf(council, sizeof council, ELECTION(THREE, YES_NO "%s"), opts[i]);
        struct drive d = drive_new(
            council,
            "{\"r0i0:member:ann\": " CHOOSES("yes", "") ", \"r0i0:member:bob\": " CHOOSES(
                "yes", "") ", \"r0i0:member:cy\": " CHOOSES("no", ", \"delay_ms\": 60000") "}");
        drive_run(&d);
        assert_at(d.result, "rounds.0.member_results.cy.status", "\"ok\"");
        assert_at(d.result, "rounds.0.early_stop", "null");
        assert_int_equal(count_events(&d, "early_stop"), 0);
        assert_at(d.result, "rounds.0.aggregate.tied", "[]");
        drive_release(&d);
    }
}

static void reliable_seats_weigh_by_their_odds(void **state)
{
    (void)state;
    struct drive d =
        drive_new(ELECTION(THREE, YES_NO ", \"aggregator\": \"reliability_weighted\", "
                                         "\"weight_transform\": \"log_odds\""),
                  "{\"r0i0:member:ann\": " CHOOSES("yes", "") ", \"r0i0:member:bob\": " CHOOSES(
                      "no", "") ", \"r0i0:member:cy\": " CHOOSES("no", "") "}");
    d.reliability = parse_json("{\"mock/m-ann\": 0.9, \"mock/m-bob\": 0.6, \"mock/m-cy\": 0.2}");
    drive_run(&d);
    json_t *scores = at_path(d.result, "rounds.0.aggregate.scores");
    assert_float_equal(j_num(scores, "yes", 0), log(9), 1e-12);
    assert_float_equal(j_num(scores, "no", 0), log(1.5), 1e-12); /* worse than chance: nothing */
    drive_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ballot_with_one_candidate_breaks_no_tie),
        cmocka_unit_test(a_ballot_with_one_candidate_is_no_vote),
        cmocka_unit_test(such_a_ballot_is_no_approval_and_no_score),
        cmocka_unit_test(one_voice_is_one_vote_also_when_seats_are_missing),
        cmocka_unit_test(seats_that_are_councils_are_voices_of_their_own),
        cmocka_unit_test(agreement_is_of_those_who_voted),
        cmocka_unit_test(a_seat_is_counted_once_whatever_is_retained),
        cmocka_unit_test(every_seat_is_one_of_the_numbers),
        cmocka_unit_test(to_abstain_in_free_words_is_no_option),
        cmocka_unit_test(nothing_stops_early_where_no_bound_is_known),
        cmocka_unit_test(reliable_seats_weigh_by_their_odds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
