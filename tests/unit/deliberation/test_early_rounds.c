/* Rounds that end early, rule by rule: the round stops with the ballot that decides, neither one
 * before nor one after, also where ballots leave candidates out. */
#include "drive.h"

#define FAST(id, ballot) "\"r0i0:member:" id "\": [{\"text\": \"" ballot "\"}]"
#define SLOW(id, ballot) "\"r0i0:member:" id "\": [{\"delay_ms\": 60000, \"text\": \"" ballot "\"}]"
#define FOUR             "[" SEAT("ann") ", " SEAT("bob") ", " SEAT("cy") ", " SEAT("dee") "]"
#define ELECTION                                                                                   \
    "{\"id\": \"x\", \"members\": " FOUR ", \"rounds\": [{\"type\": \"%s\", \"name\": \"v\", "     \
    "\"quorum\": 1, \"opts\": {\"options\": [\"ship\", \"fix\", \"wait\"], "                       \
    "\"early_stop\": \"stop\", %s}}]}"

struct rule {
    const char *type, *opts, *first, *rest; /* rest: the ballot of all but the first */
};

#define SCORE(label, score) "{\\\"label\\\": \\\"" label "\\\", \\\"score\\\": " score "}"
#define SCORES(list)        "{\\\"scores\\\": [" list "]}"
#define SHIP                "{\\\"choice\\\": \\\"ship\\\"}"
#define ORDER               "{\\\"ordering\\\": [\\\"ship\\\", \\\"fix\\\", \\\"wait\\\"]}"
#define APPROVES            "{\\\"approved\\\": [\\\"ship\\\"]}"
#define ALL_SCORES          SCORES(SCORE("ship", "5") ", " SCORE("fix", "0") ", " SCORE("wait", "0"))
#define ONE_SCORE           SCORES(SCORE("ship", "5"))

static void stops_with(const struct rule *rule)
{
    char council[2000], script[2000];
    snprintf(council, sizeof council, ELECTION, rule->type, rule->opts);
    snprintf(
        script, sizeof script,
        "{" FAST("ann", "%s") ", " FAST(
            "bob", "%s") ", "
                         "\"r0i0:member:cy\": [{\"delay_ms\": 30000, \"text\": \"%s\"}], " SLOW(
                             "dee", "%s") "}",
        rule->first, rule->rest, rule->rest, rule->rest);
    struct drive d = drive_new(council, script);
    drive_run(&d);
    print_message("%s\n", rule->opts);
    assert_at(d.result, "rounds.0.early_stop.mode", "\"stop\"");
    assert_at(d.result, "rounds.0.early_stop.leader", "\"ship\"");
    assert_at(d.result, "rounds.0.early_stop.cast", "3");
    assert_at(d.result, "rounds.0.early_stop.outstanding", "1");
    assert_at(d.result, "rounds.0.aggregate.winner", "\"ship\"");
    assert_at(d.result, "rounds.0.member_results.cy.status", "\"ok\"");
    assert_at(d.result, "rounds.0.member_results.dee.reason", "\"early_stop\"");
    drive_release(&d);
}

static void each_rule_stops_with_the_ballot_that_decides(void **state)
{
    (void)state;
    static const struct rule RULES[] = {
        {"vote", "\"aggregator\": \"plurality\"", SHIP, SHIP},
        {"vote", "\"aggregator\": \"majority\"", SHIP, SHIP},
        {"vote", "\"ballot\": \"approval\"", APPROVES, APPROVES},
        {"vote", "\"ballot\": \"score\", \"scale\": {\"min\": 0, \"max\": 5}", ALL_SCORES,
         ALL_SCORES},
        {"ranking", "\"aggregator\": \"borda\"", ORDER, ORDER},
        {"ranking", "\"aggregator\": \"condorcet\"", ORDER, ORDER},
    };
    for (size_t i = 0; i < sizeof RULES / sizeof RULES[0]; i++)
        stops_with(&RULES[i]);
}

static void a_score_that_was_not_given_hides_no_lead(void **state)
{
    (void)state;
    const struct rule rule = {"vote", "\"ballot\": \"score\", \"scale\": {\"min\": 0, \"max\": 5}",
                              ONE_SCORE, ALL_SCORES};
    stops_with(&rule);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_stops_with_the_ballot_that_decides),
        cmocka_unit_test(a_score_that_was_not_given_hides_no_lead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
