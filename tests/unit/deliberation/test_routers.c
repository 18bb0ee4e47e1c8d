/* Whom each router takes, to the last seat, and what the round says of those that it left out. */
#include "drive.h"
#include "runner/deliberation/words/digest.h"

#define COUNT(cases) (sizeof(cases) / sizeof(*(cases)))
#define ROLES                                                                                      \
    "[{\"id\": \"ann\", \"role\": \"the cook\", \"provider\": \"mock\", \"model\": "               \
    "\"m-ann\"}, " SEAT("bob") ", " SEAT("cy") "]"
#define ROUTED(router, more)                                                                       \
    "{\"id\": \"x\", \"members\": " ROLES ", \"chair\": " CHAIR                                    \
    ", \"rounds\": [{\"type\": \"independent_analysis\", \"name\": \"first\", \"router\": " router \
        more "}]}"
#define RULES(rules, otherwise) "{\"kind\": \"rules\", \"rules\": [" rules "]" otherwise "}"
#define RULE(when, members)     "{\"when\": " when ", \"members\": [" members "]}"
#define HOLDS                   "{\"input\": {\"contains_any\": [\"eggs\"]}}"
#define FAILS                   "{\"input\": {\"contains_any\": [\"cars\"]}}"
#define BEST(k)                 "{\"kind\": \"reliability\", \"k\": " k "}"
#define MODEL(max)              "{\"kind\": \"llm\", \"max\": " max "}"
#define CHOSEN(members)                                                                            \
    "{\"r0i0:router:chair\": [{\"text\": \"{\\\"reason\\\": \\\"r\\\", \\\"members\\\": [" members \
    "]}\"}]}"
#define ALL "[\"ann\",\"bob\",\"cy\"]"

static void whom_a_router_takes(void **state)
{
    (void)state;
    static const struct {
        const char *council, *script, *reliability, *asked;
        bool failed;
    } CASES[] = {
        {ROUTED("{\"kind\": \"all\"}", ""), "{}", NULL, ALL, false},
        {ROUTED("{\"kind\": \"all\"}", ", \"members\": [\"cy\", \"bob\"]"), "{}", NULL,
         "[\"bob\",\"cy\"]", false},
        {ROUTED(RULES(RULE(HOLDS, "\"cy\", \"ann\""), ", \"otherwise\": [\"bob\"]"), ""), "{}",
         NULL, "[\"ann\",\"cy\"]", false},
        {ROUTED(RULES(RULE(FAILS, "\"cy\""), ", \"otherwise\": [\"bob\"]"), ""), "{}", NULL,
         "[\"bob\"]", false},
        {ROUTED(RULES(RULE(FAILS, "\"cy\""), ""), ""), "{}", NULL, ALL, false},
        {ROUTED(RULES(RULE(FAILS, "\"cy\"") ", " RULE(HOLDS, "\"bob\"") ", " RULE(HOLDS, "\"ann\""),
                      ""),
                ""),
         "{}", NULL, "[\"bob\"]", false},
        {ROUTED(RULES(RULE("{\"round\": [\"first\"]}", "\"bob\""), ""), ""), "{}", NULL,
         "[\"bob\"]", false},
        {ROUTED(RULES(RULE("{\"round\": [\"independent_analysis\"]}", "\"bob\""), ""), ""), "{}",
         NULL, "[\"bob\"]", false},
        {ROUTED(RULES(RULE("{\"iteration_from\": 0}", "\"bob\""), ""), ""), "{}", NULL, "[\"bob\"]",
         false},
        {ROUTED(RULES(RULE("{\"iteration_from\": 1}", "\"bob\""), ""), ""), "{}", NULL, ALL, false},
        {ROUTED(RULES(RULE("{\"agreement_below\": 1}", "\"bob\""), ""), ""), "{}", NULL, ALL,
         false},
        {ROUTED(RULES(RULE(HOLDS, "\"bob\""), ""), ", \"members\": [\"ann\", \"cy\"]"), "{}", NULL,
         "[\"ann\",\"cy\"]", true},
        {ROUTED(BEST("1"), ""), "{}", "{\"mock/m-bob\": 0.9, \"mock/m-ann\": 0.2}", "[\"bob\"]",
         false},
        {ROUTED(BEST("2"), ""), "{}", "{\"mock/m-bob\": 0.9, \"mock/m-ann\": 0.2}",
         "[\"bob\",\"cy\"]", false}, /* who is unknown stands at a half */
        {ROUTED(BEST("2"), ""), "{}", "{\"mock/m-bob\": 0.9, \"mock/m-ann\": 0.6}",
         "[\"ann\",\"bob\"]", false},
        {ROUTED(BEST("1"), ""), "{}", "{\"mock/m-cy\": 0.5, \"mock/m-bob\": 0.4}", "[\"ann\"]",
         false},
        {ROUTED(BEST("1"), ""), "{}", "{\"mock/m-cy\": 0.51, \"mock/m-bob\": 0.4}", "[\"cy\"]",
         false},
        {ROUTED(BEST("2"), ""), "{}", "{\"mock/m-cy\": 0.9, \"mock/m-bob\": 0.8}",
         "[\"bob\",\"cy\"]", false},
        {ROUTED(BEST("3"), ""), "{}", NULL, ALL, false},
        {ROUTED(BEST("2"), ", \"members\": [\"cy\"]"), "{}", NULL, "[\"cy\"]", false},
        {ROUTED(MODEL("2"), ""), CHOSEN("\\\"cy\\\", \\\"ann\\\""), NULL, "[\"ann\",\"cy\"]",
         false},
        {ROUTED(MODEL("1"), ""), CHOSEN("\\\"cy\\\", \\\"ann\\\""), NULL, "[\"ann\"]", false},
        {ROUTED(MODEL("3"), ""), CHOSEN("\\\"cy\\\", \\\"ann\\\", \\\"bob\\\""), NULL, ALL, false},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct drive d = drive_new(CASES[i].council, CASES[i].script);
        d.reliability = CASES[i].reliability ? parse_json(CASES[i].reliability) : NULL;
        drive_run(&d);
        print_message("case %zu\n", i);
        assert_at(d.result, "rounds.0.asked", CASES[i].asked);
        assert_int_equal(has_warning(&d, "router_failed"), CASES[i].failed);
        assert_string_equal(d.outcome, "complete");
        drive_release(&d);
    }
}

static void a_sample_is_drawn_by_the_seed(void **state)
{
    (void)state;
    static const char *const ids[] = {"ann", "bob", "cy"};
    for (int k = 1; k <= 3; k++) {
        char council[800];
        int order[] = {0, 1, 2};
        struct stream s;
        json_t *expected = json_array();
        snprintf(council, sizeof council, ROUTED("{\"kind\": \"sample\", \"k\": %d}", ""), k);
        stream_init(&s, "council", "router/%s", "r0i0");
        stream_shuffle(&s, order, 3);
        stream_release(&s);
        for (int i = 0; i < 3; i++) {
            bool drawn = false;
            for (int j = 0; j < k; j++)
                drawn |= order[j] == i;
            if (drawn)
                json_array_append_new(expected, json_string(ids[i]));
        }
        struct drive d = drive_new(council, "{}");
        drive_run(&d);
        assert_true(json_equal(at_path(d.result, "rounds.0.asked"), expected));
        json_decref(expected);
        drive_release(&d);
    }
}

static void what_a_model_is_asked_as_router(void **state)
{
    (void)state;
    struct drive d = drive_new(ROUTED(MODEL("2"), ""), CHOSEN("\\\"bob\\\""));
    drive_run(&d);
    const char *prompt = prompt_of(&d, "r0i0:router:chair", 0);
    assert_non_null(strstr(prompt, "Choose the members best fitted for the task, at most 2.\n"
                                   "\n- ann: the cook\n- bob\n- cy"));
    assert_at(asked_of(&d, "r0i0:router:chair", 0), "schema.properties.members.items.enum", ALL);
    assert_at(d.result, "rounds.0.skipped",
              "[{\"id\":\"ann\",\"reason\":\"router_excluded\"},{\"id\":\"cy\",\"reason\":"
              "\"router_excluded\"}]");
    drive_release(&d);
    d = drive_new(ROUTED("{\"kind\": \"llm\", \"max\": 1, \"seat\": {\"id\": \"clerk\", "
                         "\"provider\": \"mock\", \"model\": \"m\"}}",
                         ""),
                  "{\"r0i0:router:clerk\": [{\"error\": {\"kind\": \"permanent\", \"code\": "
                  "\"auth\"}}]}");
    drive_run(&d);
    assert_non_null(asked_of(&d, "r0i0:router:clerk", 0));
    assert_null(asked_of(&d, "r0i0:router:chair", 0));
    assert_at(d.result, "rounds.0.asked", ALL);
    assert_at(nth_event(&d, "warning", 0), "code", "\"router_failed\"");
    assert_at(nth_event(&d, "warning", 0), "message",
              "\"the router chose nobody; everybody takes part\"");
    assert_at(nth_event(&d, "warning", 0), "index", "0");
    drive_release(&d);
}

/* A router of a later round looks at what the round before has come to. */
static void what_a_rule_sees_of_the_round_before(void **state)
{
    (void)state;
    static const struct {
        const char *when, *asked;
    } CASES[] = {
        {"{\"agreement_below\": 0.5}", "[\"bob\"]"},
        {"{\"agreement_below\": 0.1}", ALL},
        {"{\"member_status\": {\"cy\": [\"ok\"]}}", "[\"bob\"]"},
        {"{\"member_status\": {\"cy\": [\"error\"]}}", ALL},
        {"{\"round\": [\"first\"]}", ALL},
        {"{\"round\": [\"second\"]}", "[\"bob\"]"},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        char council[1200];
        snprintf(council, sizeof council,
                 "{\"id\": \"x\", \"members\": " THREE
                 ", \"rounds\": [{\"type\": \"independent_analysis\", \"name\": \"first\"}, "
                 "{\"type\": \"debate\", \"name\": \"second\", \"router\": " RULES(
                     RULE("%s", "\"bob\""), "") "}]}",
                 CASES[i].when);
        struct drive d =
            drive_new(council, "{\"r0i0:member:ann\": [{\"text\": \"a b\"}], \"r0i0:member:bob\": "
                               "[{\"text\": \"a c\"}], \"r0i0:member:cy\": [{\"text\": \"a d\"}]}");
        drive_run(&d);
        print_message("case %zu\n", i);
        assert_at(d.result, "rounds.1.asked", CASES[i].asked);
        drive_release(&d);
    }
}

#define PEERS(recuse, round)                                                                       \
    "{\"id\": \"x\", \"members\": [{\"id\": \"ann\", \"provider\": \"mock\", \"model\": "          \
    "\"m-ann\", \"recuse\": [" recuse                                                              \
    "]}, " SEAT("bob") ", " SEAT("cy") "], \"rounds\": [" ROUND("independent_analysis") ", " round \
                                                                                        "]}"
#define OVER_ANSWERS(type)                                                                         \
    "{\"type\": \"" type "\", \"name\": \"v\", \"opts\": {\"candidates\": \"answers\"}}"

/* Who may judge nobody is not asked. */
static void who_has_nobody_to_judge(void **state)
{
    (void)state;
    static const char *const NOBODY = "[{\"id\":\"ann\",\"reason\":\"no_peers\"}]";
    static const struct {
        const char *council;
        bool asked;
    } CASES[] = {
        {PEERS("\"bob\", \"cy\"", ROUND("peer_review")), false},
        {PEERS("\"bob\"", ROUND("peer_review")), true},
        {PEERS("\"bob\", \"cy\"", ROUND("critique")), false},
        {PEERS("\"bob\", \"cy\"", ROUND("debate")), false},
        {PEERS("\"cy\"", ROUND("debate")), true},
        {PEERS("\"bob\", \"cy\"", ROUND("anonymized_peer_review")), false},
        {PEERS("\"cy\"", ROUND("anonymized_peer_review")), true},
        {PEERS("\"bob\", \"cy\"", OVER_ANSWERS("vote")), false},
        {PEERS("\"bob\"", OVER_ANSWERS("vote")), true},
        {PEERS("\"bob\", \"cy\"", OVER_ANSWERS("ranking")), false},
        {PEERS("\"bob\", \"cy\"", "{\"type\": \"vote\", \"name\": \"v\", \"opts\": {\"options\": "
                                  "[\"a\", \"b\"]}}"),
         true}, /* of options there is no writer */
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct drive d = drive_new(CASES[i].council, "{}");
        d.fills = true;
        drive_run(&d);
        print_message("case %zu\n", i);
        assert_at(d.result, "rounds.1.skipped", CASES[i].asked ? "[]" : NOBODY);
        assert_int_equal(asked_of(&d, "r1i0:member:ann", 0) != NULL, CASES[i].asked);
        if (!CASES[i].asked) {
            assert_at(d.result, "rounds.1.member_results.ann.status", "\"skipped\"");
            assert_at(d.result, "rounds.1.member_results.ann.reason", "\"no_peers\"");
        }
        drive_release(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whom_a_router_takes),
        cmocka_unit_test(a_sample_is_drawn_by_the_seed),
        cmocka_unit_test(what_a_model_is_asked_as_router),
        cmocka_unit_test(what_a_rule_sees_of_the_round_before),
        cmocka_unit_test(who_has_nobody_to_judge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
