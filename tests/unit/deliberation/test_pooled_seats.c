/* Of a loop that pools its ballots each seat is one of the numbers: as what it last chose, else as
 * what it last said, and only else as one of whom there is nothing. */
#include "drive.h"

#define LOOP(retain)                                                                               \
    "{\"id\": \"x\", \"members\": " THREE ", \"rounds\": [{\"type\": \"iterate\", \"name\": "      \
    "\"loop\", \"opts\": {\"wrap\": {\"type\": \"vote\", \"opts\": {\"question\": \"q?\", "        \
    "\"options\": [\"x\", \"y\"], \"allow_abstain\": true}}, \"retain\": \"" retain "\", "         \
    "\"until\": {\"never\": true}, \"max_iterations\": 2}}]}"
#define CHOSE(call, choice)                                                                        \
    "\"" call "\": [{\"text\": \"{\\\"rationale\\\": \\\"r\\\", \\\"choice\\\": \\\"" choice       \
    "\\\", \\\"confidence\\\": 0.5}\"}]"
#define FAILED(call) "\"" call "\": [{\"error\": \"invalid_request\"}]"

static void what_stands_for_a_seat(void **state)
{
    (void)state;
    struct drive d = drive_new(
        LOOP("pool"),
        "{" CHOSE("r0i0:member:ann", "x") ", " CHOSE("r0i0:member:bob", "abstain") ", " FAILED(
            "r0i0:member:cy") ", " CHOSE("r0i1:member:ann",
                                         "abstain") ", " FAILED("r0i1:member:bob") ", " CHOSE("r0i1"
                                                                                              ":mem"
                                                                                              "ber:"
                                                                                              "cy",
                                                                                              "abst"
                                                                                              "ain") "}");
    drive_run(&d);
    assert_at(d.result, "rounds.1.aggregate.ballots",
              "{\"seats\":3,\"cast\":1,\"abstained\":2,\"invalid\":0,\"missing\":0,\"carried\":1}");
    assert_at(d.result, "rounds.1.aggregate.winner", "\"x\"");
    drive_release(&d);
}

static void the_later_choice_of_two(void **state)
{
    (void)state;
    struct drive d = drive_new(
        LOOP("pool"),
        "{" CHOSE("r0i0:member:ann", "x") ", " CHOSE("r0i0:member:bob", "x") ", " FAILED(
            "r0i0:member:cy") ", " CHOSE("r0i1:member:ann",
                                         "y") ", " CHOSE("r0i1:member:bob",
                                                         "y") ", " FAILED("r0i1:member:cy") "}");
    drive_run(&d);
    assert_at(d.result, "rounds.1.aggregate.ballots",
              "{\"seats\":3,\"cast\":2,\"abstained\":0,\"invalid\":0,\"missing\":1,\"carried\":0}");
    assert_at(d.result, "rounds.1.aggregate.winner", "null"); /* a half for each of them */
    drive_release(&d);
}

/* Who is silent keeps its own ballot of the iteration before, when there is one. */
static void whose_ballot_is_carried(void **state)
{
    (void)state;
    struct drive d = drive_new(
        LOOP("last"),
        "{" CHOSE("r0i0:member:ann", "x") ", " CHOSE("r0i0:member:bob", "y") ", " FAILED(
            "r0i0:member:cy") ", " CHOSE("r0i1:member:ann",
                                         "x") ", " FAILED("r0i1:member:bob") ", " FAILED("r0i1:"
                                                                                         "member:"
                                                                                         "cy") "}");
    drive_run(&d);
    assert_at(d.result, "rounds.1.member_results.ann.carried", "false");
    assert_at(d.result, "rounds.1.member_results.bob.carried", "true");
    assert_at(d.result, "rounds.1.member_results.bob.ballot.choice", "\"y\"");
    assert_at(d.result, "rounds.1.member_results.cy.carried", "false");
    assert_at(d.result, "rounds.1.member_results.cy.ballot", "null");
    drive_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_stands_for_a_seat),
        cmocka_unit_test(the_later_choice_of_two),
        cmocka_unit_test(whose_ballot_is_carried),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
