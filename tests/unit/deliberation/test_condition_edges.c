/* Conditions, matches and ends of loops at their very edge: one that holds a step too early or too
 * late asks other members, or asks them once more. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runner/deliberation/round/condition.h"
#include "runner/deliberation/round/until.h"

#define COUNT(cases) (sizeof(cases) / sizeof(*(cases)))

static json_t *value_of(const char *text)
{
    json_t *value = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
    if (text && !value)
        fail_msg("the test's JSON: %s", text);
    return value;
}

static const struct {
    const char *match, *value; /* value NULL: there is none */
    bool holds;
} MATCHES[] = {
    {"{\"equals\": \"aZz\"}", "\"Azz\"", true},
    {"{\"equals\": \"az\"}", "\"azz\"", false},
    {"{\"equals\": \"azz\"}", "\"az\"", false},
    {"{\"equals\": \"\"}", "\"\"", true},
    {"{\"equals\": \"3\"}", "3", false},
    {"{\"equals\": 3}", "3.0", true},
    {"{\"equals\": 3}", "4", false},
    {"{\"equals\": null}", "null", true},
    {"{\"equals\": null}", NULL, false},
    {"{\"equals\": false}", "false", true},
    {"{\"equals\": false}", "true", false},
    {"{\"equals\": [\"A\"]}", "[\"a\"]", false}, /* case counts inside of values */
    {"{\"equals\": \"[\"}", "\"{\"", false},     /* only letters have a case */
    {"{\"equals\": \"@\"}", "\"`\"", false},
    {"{\"in\": []}", "\"a\"", false},
    {"{\"in\": [\"b\", \"A\"]}", "\"a\"", true},
    {"{\"in\": [\"b\", \"c\"]}", "\"a\"", false},
    {"{\"in\": [\"a\", \"c\"]}", "\"a\"", true},
    {"{\"in\": [1, 2]}", "2", true},
    {"{\"in\": [1, 2]}", NULL, false},
    {"{\"contains_any\": [\"x\", \"ab\"]}", "\"aAB\"", true},
    {"{\"contains_any\": [\"x\", \"ab\"]}", "\"a b\"", false},
    {"{\"contains_any\": [\"b\"]}", "\"ab\"", true},
    {"{\"contains_any\": [\"abc\"]}", "\"ab\"", false},
    {"{\"contains_any\": [\"ab\"]}", "\"ab\"", true},
    {"{\"contains_any\": [\"\"]}", "\"\"", true},
    {"{\"contains_any\": [\"\"]}", "\"a\"", true},
    {"{\"contains_any\": [\"a\"]}", "\"\"", false},
    {"{\"contains_any\": []}", "\"a\"", false},
    {"{\"contains_all\": []}", "\"a\"", true},
    {"{\"contains_all\": [\"a\", \"b\"]}", "\"ba\"", true},
    {"{\"contains_all\": [\"a\", \"b\"]}", "\"a\"", false},
    {"{\"contains_all\": [\"a\", \"b\"]}", "\"b\"", false},
    {"{\"contains_all\": [\"a\", \"b\"]}", "[\"b\", \"A\"]", true},
    {"{\"contains_all\": [\"a\", \"b\"]}", "[\"b\", \"aa\"]", false}, /* members are whole */
    {"{\"contains_any\": [\"a\", \"b\"]}", "[7, \"B\"]", true},
    {"{\"contains_any\": [\"7\"]}", "[7]", false},
    {"{\"contains_any\": [\"a\"]}", "[]", false},
    {"{\"contains_any\": [\"\\\"k\\\":\"]}", "{\"k\": 1}", true}, /* as it is written */
    {"{\"contains_any\": [\"12\"]}", "3120", true},
    {"{\"glob\": \"\"}", "\"\"", true},
    {"{\"glob\": \"\"}", "\"a\"", false},
    {"{\"glob\": \"a\"}", "\"A\"", true},
    {"{\"glob\": \"A\"}", "\"a\"", true},
    {"{\"glob\": \"a\"}", "\"ab\"", false},
    {"{\"glob\": \"ab\"}", "\"a\"", false},
    {"{\"glob\": \"?\"}", "\"\"", false},
    {"{\"glob\": \"a?\"}", "\"a\"", false},
    {"{\"glob\": \"??\"}", "\"ab\"", true},
    {"{\"glob\": \"**\"}", "\"\"", true},
    {"{\"glob\": \"a**\"}", "\"a\"", true},
    {"{\"glob\": \"a*\"}", "\"ba\"", false},
    {"{\"glob\": \"*a\"}", "\"ba\"", true},
    {"{\"glob\": \"*a\"}", "\"ab\"", false},
    {"{\"glob\": \"*ab\"}", "\"aab\"", true},
    {"{\"glob\": \"*ab*ab\"}", "\"ababcab\"", true},
    {"{\"glob\": \"a*b?d\"}", "\"axbxbcd\"", true},
    {"{\"glob\": \"a*b?d\"}", "\"axbxbcde\"", false},
    {"{\"glob\": \"*\"}", "\"a*b\"", true},
    {"{\"glob\": \"?b\"}", "\"\u00e9b\"", true},
    {"{\"glob\": \"???\"}", "\"\u20ac\u00e9x\"", true},
    {"{\"glob\": \"12?\"}", "123", true},
    {"{\"min_chars\": 0}", "\"\"", true},
    {"{\"min_chars\": 1}", "\"\"", false},
    {"{\"min_chars\": 2}", "\"\u00e9\u20ac\"", true},
    {"{\"min_chars\": 3}", "\"\u00e9\u20ac\"", false},
    {"{\"max_chars\": 2}", "\"\u00e9\u20ac\"", true},
    {"{\"max_chars\": 1}", "\"\u00e9\u20ac\"", false},
    {"{\"max_chars\": 0}", "\"\"", true},
    {"{\"max_chars\": 9}", NULL, false},
    {"{\"max_chars\": 3}", "123", true},
    {"{\"max_chars\": 3}", "1234", false},
    {"{\"exists\": true}", "null", true},
    {"{\"exists\": true}", NULL, false},
    {"{\"exists\": false}", "\"\"", false},
    {"{\"exists\": false}", NULL, true},
};

static void what_a_match_holds_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(MATCHES); i++) {
        int64_t steps = CONDITION_STEPS;
        json_t *match = value_of(MATCHES[i].match), *value = value_of(MATCHES[i].value);
        if (match_holds(match, value, &steps) != MATCHES[i].holds)
            fail_msg("%s of %s", MATCHES[i].match, MATCHES[i].value ? MATCHES[i].value : "nothing");
        json_decref(match);
        json_decref(value);
    }
}

#define OK(id, more) "\"" id "\": {\"status\": \"ok\"" more "}"
#define SURE(x)      ", \"confidence\": " x

static const struct {
    const char *condition, *last; /* of the round `second`, a vote */
    int iteration;
    bool holds;
} CONDITIONS[] = {
    {"{\"round\": [\"second\"]}", NULL, -1, true},
    {"{\"round\": [\"x\", \"vote\"]}", NULL, -1, true},
    {"{\"round\": [\"first\", \"debate\"]}", NULL, -1, false},
    {"{\"iteration_from\": 0}", NULL, -1, false},
    {"{\"iteration_from\": 0}", NULL, 0, true},
    {"{\"iteration_from\": 2}", NULL, 1, false},
    {"{\"iteration_from\": 2}", NULL, 2, true},
    {"{\"iteration_from\": 2}", NULL, 3, true},
    {"{\"tie\": true}", NULL, 0, false},
    {"{\"tie\": true}", "{\"aggregate\": {\"tied\": []}}", 0, false},
    {"{\"tie\": true}", "{\"aggregate\": {\"tied\": [\"a\"]}}", 0, false},
    {"{\"tie\": true}", "{\"aggregate\": {\"tied\": [\"a\", \"b\"]}}", 0, true},
    {"{\"tie\": true}", "{\"aggregate\": {\"tied\": [\"a\", \"b\", \"c\"]}}", 0, true},
    {"{\"tie\": true}", "{\"aggregate\": null}", 0, false},
    {"{\"agreement_below\": 0.5}", NULL, 0, false},
    {"{\"agreement_below\": 0.5}", "{\"agreement\": null}", 0, false},
    {"{\"agreement_below\": 0.5}", "{\"agreement\": 0.5}", 0, false},
    {"{\"agreement_below\": 0.5}", "{\"agreement\": 0.499}", 0, true},
    {"{\"agreement_below\": 0.5}", "{\"agreement\": 0.501}", 0, false},
    {"{\"agreement_below\": 0.5}", "{\"agreement\": 0}", 0, true},
    {"{\"mean_confidence_below\": 0.5}", NULL, 0, false},
    {"{\"mean_confidence_below\": 0.5}", "{\"member_results\": {}}", 0, false},
    {"{\"mean_confidence_below\": 0.5}",
     "{\"member_results\": {" OK("a", SURE("0.4")) ", " OK("b", SURE("0.6")) "}}", 0, false},
    {"{\"mean_confidence_below\": 0.5}",
     "{\"member_results\": {" OK("a", SURE("0.3")) ", " OK("b", SURE("0.6")) "}}", 0, true},
    {"{\"mean_confidence_below\": 0.3}",
     "{\"member_results\": {" OK("a", SURE("0.3")) ", " OK("b", SURE("0.6")) "}}", 0, false},
    {"{\"mean_confidence_below\": 0.5}",
     "{\"member_results\": {" OK("a", SURE("null")) ", " OK("b", SURE("0.6")) ", " OK("c", "") "}}",
     0, false}, /* who told none is no zero */
    {"{\"mean_confidence_below\": 0.5}",
     "{\"member_results\": {" OK("a", SURE("0.9")) ", " OK("b", SURE("0")) "}}", 0, true},
    {"{\"member_status\": {}}", NULL, 0, false},
    {"{\"member_status\": {}}", "{}", 0, true},
    {"{\"member_status\": {\"a\": [\"ok\"]}}", "{\"member_results\": {" OK("a", "") "}}", 0, true},
    {"{\"member_status\": {\"a\": [\"error\", \"ok\"]}}", "{\"member_results\": {" OK("a", "") "}}",
     0, true},
    {"{\"member_status\": {\"a\": [\"error\"]}}", "{\"member_results\": {" OK("a", "") "}}", 0,
     false},
    {"{\"member_status\": {\"a\": [\"ok\"], \"b\": [\"ok\"]}}",
     "{\"member_results\": {" OK("a", "") "}}", 0, false},
    {"{\"member_status\": {\"b\": [\"error\"], \"a\": [\"ok\"]}}",
     "{\"member_results\": {" OK("a", "") ", " OK("b", "") "}}", 0, false},
    {"{\"all\": []}", NULL, 0, true},
    {"{\"any\": []}", NULL, 0, false},
    {"{\"all\": [{\"round\": [\"vote\"]}, {\"tie\": true}]}", NULL, 0, false},
    {"{\"all\": [{\"tie\": true}, {\"round\": [\"vote\"]}]}", NULL, 0, false},
    {"{\"any\": [{\"tie\": true}, {\"round\": [\"vote\"]}]}", NULL, 0, true},
    {"{\"any\": [{\"round\": [\"vote\"]}, {\"tie\": true}]}", NULL, 0, true},
    {"{\"any\": [{\"tie\": true}, {\"tie\": true}]}", NULL, 0, false},
    {"{\"not\": {\"tie\": true}}", NULL, 0, true},
    {"{\"not\": {\"not\": {\"tie\": true}}}", NULL, 0, false},
    {"{\"input\": {\"contains_any\": [\"deep\"]}}", NULL, 0, true},
    {"{\"input\": {\"contains_any\": [\"shallow\"]}}", NULL, 0, false},
    {"{\"pointer\": \"/a/1/b~1c~0\", \"is\": {\"equals\": \"deep\"}}", NULL, 0, true},
    {"{\"pointer\": \"/a/01/b~1c~0\", \"is\": {\"exists\": true}}", NULL, 0, true},
    {"{\"pointer\": \"/a/2\", \"is\": {\"exists\": true}}", NULL, 0, false},
    {"{\"pointer\": \"/a/\", \"is\": {\"exists\": true}}", NULL, 0, false},
    {"{\"pointer\": \"/a/1x\", \"is\": {\"exists\": true}}", NULL, 0, false},
    {"{\"pointer\": \"/a/0/x\", \"is\": {\"exists\": true}}", NULL, 0, false},
    {"{\"pointer\": \"/~2\", \"is\": {\"equals\": 2}}", NULL, 0, true},
    {"{\"pointer\": \"/\", \"is\": {\"equals\": 3}}", NULL, 0, true},
    {"{\"pointer\": \"\", \"is\": {\"contains_any\": [\"deep\"]}}", NULL, 0, true},
};

static void what_a_condition_holds_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(CONDITIONS); i++) {
        int64_t steps = CONDITION_STEPS;
        json_t *condition = value_of(CONDITIONS[i].condition), *last = value_of(CONDITIONS[i].last);
        json_t *input = value_of("{\"a\": [7, {\"b/c~\": \"deep\"}], \"~2\": 2, \"\": 3}");
        const struct condition_facts f = {.input = input,
                                          .round_name = "second",
                                          .round_type = "vote",
                                          .iteration = CONDITIONS[i].iteration,
                                          .last = last,
                                          .steps = &steps};
        if (condition_holds(condition, &f) != CONDITIONS[i].holds)
            fail_msg("%s after %s", CONDITIONS[i].condition,
                     CONDITIONS[i].last ? CONDITIONS[i].last : "nothing");
        json_decref(condition);
        json_decref(last);
        json_decref(input);
    }
}

/* Outside of any round nothing is said of one. */
static void a_round_that_is_none(void **state)
{
    (void)state;
    int64_t steps = CONDITION_STEPS;
    json_t *condition = value_of("{\"round\": [\"vote\"]}");
    const struct condition_facts f = {.iteration = -1, .round_type = "vote", .steps = &steps};
    assert_false(condition_holds(condition, &f));
    json_decref(condition);
}

/* Each condition costs a step; with the last one gone neither it nor its opposite holds. */
static void what_a_condition_costs(void **state)
{
    (void)state;
    static const struct {
        const char *condition;
        int64_t steps;
    } CASES[] = {
        {"{\"round\": [\"vote\"]}", 1},
        {"{\"not\": {\"tie\": true}}", 2},
        {"{\"all\": [{\"round\": [\"vote\"]}, {\"round\": [\"vote\"]}]}", 3},
        {"{\"any\": [{\"round\": [\"vote\"]}, {\"round\": [\"vote\"]}]}", 2},
        {"{\"input\": {\"min_chars\": 1}}", 4},
        {"{\"not\": {\"input\": {\"equals\": \"xyz\"}}}", 9},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        json_t *condition = value_of(CASES[i].condition), *input = json_string("abc");
        int64_t steps = CASES[i].steps;
        const struct condition_facts f = {
            .input = input, .round_name = "second", .round_type = "vote", .steps = &steps};
        if (!condition_holds(condition, &f) || steps != 0)
            fail_msg("%s leaves %d", CASES[i].condition, (int)steps);
        steps = CASES[i].steps - 1;
        assert_false(condition_holds(condition, &f));
        assert_int_equal(steps, -1);
        json_decref(condition);
        json_decref(input);
    }
}

static int said(void *arg, const json_t *judge)
{
    (void)arg;
    return (int)json_integer_value(json_object_get(judge, "says"));
}

#define JUDGE(says) "{\"judge\": {\"says\": " says "}}"
#define NEVER       "{\"never\": true}"
#define SETTLED     "{\"converged\": true}"

static void when_a_loop_ends(void **state)
{
    (void)state;
    static const struct {
        const char *until;
        enum until_answer answer;
        const char *judge; /* who is asked */
    } CASES[] = {
        {NEVER, UNTIL_NO, NULL},
        {SETTLED, UNTIL_YES, NULL},
        {"{\"unanimous\": true}", UNTIL_NO, NULL},
        {"{\"same_winner\": 1}", UNTIL_YES, NULL},
        {"{\"same_winner\": 2}", UNTIL_YES, NULL},
        {"{\"same_winner\": 3}", UNTIL_NO, NULL},
        {"{\"agreement\": 0.79}", UNTIL_YES, NULL},
        {"{\"agreement\": 0.8}", UNTIL_YES, NULL},
        {"{\"agreement\": 0.81}", UNTIL_NO, NULL},
        {"{\"mean_confidence\": 0}", UNTIL_NO, NULL}, /* nobody told one */
        {JUDGE("-1"), UNTIL_ASK, "{\"says\": -1}"},
        {JUDGE("0"), UNTIL_NO, NULL},
        {JUDGE("1"), UNTIL_YES, NULL},
        {"{\"all\": []}", UNTIL_YES, NULL},
        {"{\"any\": []}", UNTIL_NO, NULL},
        {"{\"all\": [" SETTLED ", " NEVER "]}", UNTIL_NO, NULL},
        {"{\"all\": [" NEVER ", " SETTLED "]}", UNTIL_NO, NULL},
        {"{\"all\": [" SETTLED ", " SETTLED "]}", UNTIL_YES, NULL},
        {"{\"any\": [" SETTLED ", " NEVER "]}", UNTIL_YES, NULL},
        {"{\"any\": [" NEVER ", " SETTLED "]}", UNTIL_YES, NULL},
        {"{\"any\": [" NEVER ", " NEVER "]}", UNTIL_NO, NULL},
        {"{\"all\": [" JUDGE("-1") ", " NEVER "]}", UNTIL_NO, NULL},
        {"{\"all\": [" JUDGE("-1") ", " SETTLED "]}", UNTIL_ASK, "{\"says\": -1}"},
        {"{\"any\": [" JUDGE("-1") ", " SETTLED "]}", UNTIL_YES, NULL},
        {"{\"any\": [" JUDGE("-1") ", " NEVER "]}", UNTIL_ASK, "{\"says\": -1}"},
        {"{\"any\": [" JUDGE("-2") ", " JUDGE("-3") "]}", UNTIL_ASK, "{\"says\": -2}"},
        {"{\"all\": [" JUDGE("1") ", " JUDGE("-3") "]}", UNTIL_ASK, "{\"says\": -3}"},
        {"{\"all\": [{\"any\": [" NEVER ", " JUDGE("-4") "]}, " JUDGE("-5") "]}", UNTIL_ASK,
         "{\"says\": -4}"},
    };
    const struct until_facts f = {.converged = true,
                                  .same_winner = 2,
                                  .agreement = 0.8,
                                  .mean_confidence = NAN,
                                  .judged = said};
    for (size_t i = 0; i < COUNT(CASES); i++) {
        json_t *until = value_of(CASES[i].until), *judge = NULL;
        json_t *expected = value_of(CASES[i].judge);
        const enum until_answer answer = until_holds(until, &f, &judge);
        const bool asked = expected ? json_equal(judge, expected) : answer != UNTIL_ASK;
        if (answer != CASES[i].answer || !asked)
            fail_msg("%s gives %d", CASES[i].until, (int)answer);
        json_decref(until);
        json_decref(expected);
    }
}

/* What converged does not make unanimous, and the other way round. */
static void each_end_looks_at_its_own_fact(void **state)
{
    (void)state;
    const struct until_facts f = {.unanimous = true, .agreement = NAN, .mean_confidence = 0.6};
    static const struct {
        const char *until;
        enum until_answer answer;
    } CASES[] = {
        {SETTLED, UNTIL_NO},
        {"{\"unanimous\": true}", UNTIL_YES},
        {"{\"same_winner\": 1}", UNTIL_NO},
        {"{\"agreement\": 0}", UNTIL_NO},
        {"{\"mean_confidence\": 0.6}", UNTIL_YES},
        {"{\"mean_confidence\": 0.61}", UNTIL_NO},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        json_t *until = value_of(CASES[i].until), *judge = NULL;
        if (until_holds(until, &f, &judge) != CASES[i].answer)
            fail_msg("%s", CASES[i].until);
        json_decref(until);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_match_holds_for), cmocka_unit_test(what_a_condition_holds_for),
        cmocka_unit_test(a_round_that_is_none),   cmocka_unit_test(what_a_condition_costs),
        cmocka_unit_test(when_a_loop_ends),       cmocka_unit_test(each_end_looks_at_its_own_fact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
