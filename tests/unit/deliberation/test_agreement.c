/* How far a council is said to agree: heads behind the leading option, whatever they weigh; of
 * rankings and of texts how near they are to each other; nothing where there is nothing to compare.
 */
#include "drive.h"

#define OVER(type, more)                                                                           \
    "{\"id\": \"x\", \"members\": [{\"id\": \"ann\", \"provider\": \"mock\", \"model\": \"m\", "   \
    "\"weight\": 9}, " SEAT("bob") ", " SEAT(                                                      \
        "cy") "], \"rounds\": [{\"type\": \"" type                                                 \
              "\", \"name\": \"r\", \"quorum\": 1, \"opts\": {\"reask\": 0" more "}}]}"
#define OPTIONS      ", \"options\": [\"a\", \"b\", \"c\"]"
#define SAYS(id, t)  "\"r0i0:member:" id "\": [{\"text\": \"" t "\"}]"
#define VOTES(id, c) SAYS(id, "{\\\"choice\\\": \\\"" c "\\\"}")
#define RANKS(id, o) SAYS(id, "{\\\"ordering\\\": [" o "]}")
#define ABC          "\\\"a\\\", \\\"b\\\", \\\"c\\\""
#define CBA          "\\\"c\\\", \\\"b\\\", \\\"a\\\""
#define BAC          "\\\"b\\\", \\\"a\\\", \\\"c\\\""

static const struct {
    const char *council, *script, *agreement;
} CASES[] = {
    {OVER("vote", OPTIONS), VOTES("ann", "a") ", " VOTES("bob", "a") ", " VOTES("cy", "a"), "1.0"},
    {OVER("vote", OPTIONS), VOTES("ann", "b") ", " VOTES("bob", "c") ", " SAYS("cy", ""), "0.5"},
    {OVER("vote", OPTIONS), VOTES("ann", "b") ", " SAYS("bob", "") ", " SAYS("cy", ""), "1.0"},
    {OVER("vote", OPTIONS ", \"allow_abstain\": true"),
     VOTES("ann", "b") ", " VOTES("bob", "abstain") ", " VOTES("cy", "abstain"), "1.0"},
    {OVER("vote", OPTIONS ", \"allow_abstain\": true"),
     VOTES("ann", "abstain") ", " VOTES("bob", "abstain") ", " VOTES("cy", "abstain"), "null"},
    {OVER("vote", OPTIONS ", \"weights\": \"member\""),
     VOTES("ann", "b") ", " VOTES("bob", "a") ", " SAYS("cy", ""), "0.5"},
    {OVER("ranking", OPTIONS), RANKS("ann", ABC) ", " RANKS("bob", ABC) ", " SAYS("cy", ""), "1.0"},
    {OVER("ranking", OPTIONS), RANKS("ann", ABC) ", " RANKS("bob", CBA) ", " SAYS("cy", ""), "0.0"},
    {OVER("ranking", OPTIONS), RANKS("ann", ABC) ", " RANKS("bob", BAC) ", " SAYS("cy", ""),
     "0.66666666666666663"},
    {OVER("ranking", OPTIONS), RANKS("ann", ABC) ", " SAYS("bob", "") ", " SAYS("cy", ""), "null"},
    {OVER("independent_analysis", ""),
     SAYS("ann", "one two") ", " SAYS("bob", "one two") ", " SAYS("cy", ""), "1.0"},
    {OVER("independent_analysis", ""),
     SAYS("ann", "one two") ", " SAYS("bob", "three four") ", " SAYS("cy", ""), "0.0"},
    {OVER("independent_analysis", ""),
     SAYS("ann", "one two") ", " SAYS("bob", "") ", " SAYS("cy", ""), "null"},
};

static void of_each_kind_of_round(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char script[1000];
        snprintf(script, sizeof script, "{%s}", CASES[i].script);
        print_message("case %zu\n", i);
        struct drive d = drive_new(CASES[i].council, script);
        drive_run(&d);
        assert_at(d.result, "rounds.0.agreement", CASES[i].agreement);
        drive_release(&d);
    }
}

static void a_round_without_answers_or_ballots_has_none(void **state)
{
    (void)state;
    struct drive d =
        drive_new("{\"id\": \"x\", \"members\": " THREE
                  ", \"rounds\": [" ROUND("independent_analysis") ", " ROUND("peer_review") "]}",
                  "{}");
    drive_run(&d);
    assert_true(json_is_real(at_path(d.result, "rounds.0.agreement")));
    assert_at(d.result, "rounds.1.agreement", "null");
    drive_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_each_kind_of_round),
        cmocka_unit_test(a_round_without_answers_or_ballots_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
