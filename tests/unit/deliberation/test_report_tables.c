/* The reports over rounds as they stand in a result: which rounds and which answers count, at which
 * bounds something is flagged, and each member of what is told. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "runner/deliberation/council/reports.h"

#define RESULT(id, text) "\"" id "\":{\"status\":\"ok\",\"content\":\"" text "\"}"
#define ROUND(index, type, results, more)                                                          \
    "{\"index\":" #index ",\"iteration\":1" #index ",\"type\":\"" type                             \
    "\",\"status\":\"completed\",\"member_results\":{" results "}" more "}"

typedef json_t *reporter(const struct report_facts *f);

static void expect(reporter *report, const char *rounds, const char *expected)
{
    json_t *list = json_loads(rounds, 0, NULL);
    if (!list)
        fail_msg("the test's JSON: %s", rounds);
    json_t *none = j_object();
    struct report_facts f = {.rounds = list, .providers = none, .labels = none};
    json_t *told = report(&f);
    char *text = j_dump(told);
    assert_string_equal(text, expected);
    free(text);
    json_decref(told);
    json_decref(none);
    json_decref(list);
}

/* ---- disagreement ---- */

#define TOLD(index, agreement, baseline, entropy, outlier, method)                                 \
    "{\"index\":" #index ",\"iteration\":1" #index ",\"agreement\":" agreement                     \
    ",\"baseline\":" baseline ",\"vote_entropy\":" entropy ",\"outlier\":" outlier                 \
    ",\"consensus_score\":{\"value\":" agreement ",\"method\":" method "}}"
#define TWO  RESULT("a", "x") "," RESULT("b", "y")
#define FOUR RESULT("a", "x") "," RESULT("b", "x") "," RESULT("c", "z") "," RESULT("d", "x")

static void which_rounds_are_looked_at(void **state)
{
    (void)state;
    expect(report_disagreement, "[]", "[]");
    expect(report_disagreement, "[" ROUND(0, "independent_analysis", TWO, "") "]",
           "[" TOLD(0, "null", "1.0", "null", "null", "null") "]");
    /* An answer stays until there is another; what failed is none, nor is what a vote says. */
    expect(report_disagreement,
           "[" ROUND(0, "independent_analysis", TWO, "") "," ROUND(
               1, "debate", RESULT("b", "x"), "") "," ROUND(2, "vote", RESULT("b", "q"), "") "]",
           "[" TOLD(0, "null", "1.0", "null", "null", "null") "," TOLD(
               1, "null", "0.0", "null", "null", "null") "," TOLD(2, "null", "0.0", "null", "null",
                                                                  "null") "]");
    expect(report_disagreement,
           "[" ROUND(0, "independent_analysis",
                     TWO
                     ",\"c\":{\"status\":\"error\",\"content\":\"x\"},\"d\":{\"status\":\"ok\"}",
                     "") "]",
           "[" TOLD(0, "null", "1.0", "null", "null", "null") "]");
    /* What was skipped, and what a chair writes. */
    expect(report_disagreement,
           "[{\"type\":\"independent_analysis\",\"status\":\"skipped\",\"member_results\":{" TWO
           "}}," ROUND(1, "synthesis", TWO, "") "," ROUND(2, "vote", "", "") "]",
           "[" TOLD(2, "null", "null", "null", "null", "null") "]");
}

/* A revision stands in the form of the answer. */
static void what_is_revised_counts(void **state)
{
    (void)state;
    expect(report_disagreement,
           "[" ROUND(0, "independent_analysis", TWO, "") "," ROUND(
               1, "critique",
               "\"b\":{\"status\":\"ok\",\"content\":\"z\",\"parsed\":{\"revised_answer\":\"x\"}},"
               "\"a\":{\"status\":\"ok\",\"content\":\"z\",\"parsed\":null}",
               "") "]",
           "[" TOLD(0, "null", "1.0", "null", "null", "null") "," TOLD(1, "null", "0.0", "null",
                                                                       "null", "null") "]");
}

static void who_is_least_like_the_others(void **state)
{
    (void)state;
    expect(report_disagreement, "[" ROUND(0, "independent_analysis", FOUR, "") "]",
           "[" TOLD(0, "null", "0.5", "null", "\"c\"", "null") "]");
    /* All alike: the first; of two: none. */
    expect(report_disagreement,
           "[" ROUND(0, "independent_analysis",
                     RESULT("a", "x") "," RESULT("b", "x") "," RESULT("c", "x"), "") "]",
           "[" TOLD(0, "null", "0.0", "null", "\"a\"", "null") "]");
}

#define CHOICE(id, c) "\"" id "\":{\"status\":\"ok\",\"ballot\":{\"choice\":\"" c "\"}}"
#define SCORES(list)  ",\"agreement\":0.5,\"aggregate\":{\"scores\":{" list "}}"

static void how_agreement_was_measured(void **state)
{
    (void)state;
    static const struct {
        const char *round, *told;
    } CASES[] = {
        {ROUND(0, "vote", CHOICE("a", "x") "," CHOICE("b", "y"), SCORES("\"x\":1,\"y\":1")),
         TOLD(0, "0.5", "null", "1.0", "null", "\"votes\"")},
        {ROUND(0, "vote", CHOICE("a", "x") "," CHOICE("b", "y"),
               SCORES("\"x\":1,\"y\":1,\"z\":0,\"w\":0")),
         TOLD(0, "0.5", "null", "0.5", "null", "\"votes\"")},
        {ROUND(0, "vote", CHOICE("a", "x") "," CHOICE("b", "x") "," CHOICE("c", "abstain"),
               SCORES("\"x\":1,\"y\":1")),
         TOLD(0, "0.5", "null", "0.0", "null", "\"votes\"")},
        {ROUND(0, "vote", CHOICE("a", "x"), SCORES("\"x\":1")),
         TOLD(0, "0.5", "null", "null", "null", "\"rankings\"")},
        {ROUND(0, "vote", CHOICE("a", "abstain"), SCORES("\"x\":1,\"y\":1")),
         TOLD(0, "0.5", "null", "null", "null", "\"rankings\"")},
        {ROUND(0, "debate", TWO, ",\"agreement\":0.25"),
         TOLD(0, "0.25", "1.0", "null", "null", "\"texts\"")},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char *rounds = xasprintf("[%s]", CASES[i].round), *told = xasprintf("[%s]", CASES[i].told);
        expect(report_disagreement, rounds, told);
        free(rounds);
        free(told);
    }
}

/* ---- flips ---- */

#define FLIP(id, changed, toward)                                                                  \
    "{\"index\":1,\"iteration\":11,\"member_id\":\"" id "\",\"changed\":" changed                  \
    ",\"toward_majority\":" toward "}"
#define FLIPS(members, changed, toward, share)                                                     \
    "{\"members\":[" members "],\"changed\":" #changed ",\"toward_majority\":" #toward             \
    ",\"capitulation\":" share "}"
#define BEFORE                                                                                     \
    RESULT("a", "1 2 3 4 5 6 7 8 9")                                                               \
    "," RESULT("b", "x y") "," RESULT("c", "x y") "," RESULT("d", "p q")

static void expect_flips(const char *results, const char *expected)
{
    char *rounds = xasprintf("[%s,{\"index\":1,\"iteration\":11,\"type\":\"debate\",\"status\":"
                             "\"completed\",\"member_results\":{%s}}]",
                             ROUND(0, "independent_analysis", BEFORE, ""), results);
    expect(report_flips, rounds, expected);
    free(rounds);
}

static void what_is_a_change(void **state)
{
    (void)state;
    expect_flips("", FLIPS("", 0, 0, "null"));
    /* nine of ten words are the same answer, eight of nine are another */
    expect_flips(RESULT("a", "1 2 3 4 5 6 7 8 9 0"),
                 FLIPS(FLIP("a", "false", "false"), 0, 0, "null"));
    expect_flips(RESULT("a", "1 2 3 4 5 6 7 8"), FLIPS(FLIP("a", "true", "false"), 1, 0, "0.0"));
    /* who was not there before, or is not now, has not changed */
    expect_flips(RESULT("new", "x"), FLIPS("", 0, 0, "null"));
    expect_flips("\"a\":{\"status\":\"timeout\",\"content\":\"x y\"}", FLIPS("", 0, 0, "null"));
}

#define SAID(id, text, more) "\"" id "\":{\"status\":\"ok\",\"content\":\"" text "\"," more "}"

static void who_says_so_is_believed(void **state)
{
    (void)state;
    expect_flips(SAID("d", "x y", "\"changed\":false"),
                 FLIPS(FLIP("d", "false", "false"), 0, 0, "null"));
    expect_flips(SAID("d", "p q", "\"changed\":true"),
                 FLIPS(FLIP("d", "true", "false"), 1, 0, "0.0"));
    expect_flips(SAID("d", "x y", "\"changed\":null"),
                 FLIPS(FLIP("d", "true", "true"), 1, 1, "1.0"));
    expect_flips(SAID("d", "x y", "\"changed\":true,\"parsed\":{\"changed\":false}"),
                 FLIPS(FLIP("d", "false", "false"), 0, 0, "null"));
    expect_flips(SAID("d", "x y", "\"changed\":false,\"parsed\":{}"),
                 FLIPS(FLIP("d", "false", "false"), 0, 0, "null"));
}

static void where_it_went(void **state)
{
    (void)state;
    expect_flips(RESULT("d", "x y") "," RESULT("b", "m n"),
                 FLIPS(FLIP("d", "true", "true") "," FLIP("b", "true", "false"), 2, 1, "0.5"));
    /* Alone there is no majority. */
    expect(report_flips,
           "[" ROUND(0, "independent_analysis", RESULT("a", "x"),
                     "") "," ROUND(1, "debate", RESULT("a", "y"), "") "]",
           FLIPS(FLIP("a", "true", "false"), 1, 0, "0.0"));
    /* In other rounds nobody is asked to change; the first has nothing before it. */
    expect(report_flips,
           "[" ROUND(0, "debate", TWO, "") "," ROUND(1, "independent_analysis", RESULT("a", "q"),
                                                     "") "]",
           FLIPS("", 0, 0, "null"));
}

/* ---- what judges look at ---- */

#define ANSWERED ROUND(0, "independent_analysis", RESULT("x", "12") "," RESULT("y", "1234567"), "")

/* n judges of the provider p are shown the labels X and Y, and put x before y, the first `other` of
 * them y before x. x is of p, y of q. */
static json_t *judged(int n, int other, const char *presented, const char *last)
{
    json_t *rounds = json_loads("[" ANSWERED "]", 0, NULL), *results = j_object();
    json_t *providers = json_loads("{\"x\":\"p\",\"y\":\"q\"}", 0, NULL);
    json_t *labels = json_loads("{\"X\":\"x\",\"Y\":\"y\"}", 0, NULL);
    assert_non_null(rounds);
    for (int i = 0; i < n; i++) {
        char *id = xasprintf("judge%d", i);
        char *result = xasprintf(
            "{\"status\":\"ok\",\"presented\":%s,\"ballot\":{\"ordering\":%s}}", presented,
            last && i == n - 1 ? last
            : i < other        ? "[\"y\",\"x\"]"
                               : "[\"x\",\"y\"]");
        j_set(results, id, json_loads(result, 0, NULL));
        j_set(providers, id, j_string("p"));
        free(result);
        free(id);
    }
    j_add(rounds, j_pack("{s:s, s:s, s:o}", "type", "anonymized_peer_review", "status", "completed",
                         "member_results", results));
    struct report_facts f = {.rounds = rounds, .providers = providers, .labels = labels};
    json_t *told = report_judge_bias(&f);
    json_decref(rounds);
    json_decref(providers);
    json_decref(labels);
    return told;
}

static void expect_bias(json_t *told, const char *name, const char *expected)
{
    char *text = j_dump(j_get(told, name));
    if (strcmp(text, expected) != 0)
        fail_msg("%s is %s, not %s", name, text, expected);
    free(text);
}

#define SHOWN "[\"X\",\"Y\"]"

static void nothing_was_judged(void **state)
{
    (void)state;
    static const char *const ALL[] = {"position", "length", "label", "same_provider",
                                      "position_inconsistent"};
    json_t *told = judged(0, 0, SHOWN, NULL);
    assert_int_equal(json_object_size(told), 5);
    for (size_t i = 0; i < sizeof ALL / sizeof ALL[0]; i++)
        expect_bias(told, ALL[i], "{\"value\":null,\"n\":0,\"flagged\":false}");
    json_decref(told);
}

/* Ten pairs are enough for a word on them, nine are not. */
static void how_much_is_enough(void **state)
{
    (void)state;
    json_t *told = judged(5, 0, SHOWN, "[\"x\"]");
    expect_bias(told, "position", "{\"value\":1.0,\"n\":9,\"flagged\":false}");
    json_decref(told);
    told = judged(5, 0, SHOWN, NULL);
    expect_bias(told, "position", "{\"value\":1.0,\"n\":10,\"flagged\":true}");
    expect_bias(told, "length", "{\"value\":1.0,\"n\":10,\"flagged\":true}");
    expect_bias(told, "label", "{\"value\":1.0,\"n\":10,\"flagged\":true}");
    expect_bias(told, "same_provider", "{\"value\":1.0,\"n\":5,\"flagged\":false}");
    json_decref(told);
    told = judged(10, 10, SHOWN, NULL);
    expect_bias(told, "position", "{\"value\":-1.0,\"n\":20,\"flagged\":true}");
    expect_bias(told, "same_provider", "{\"value\":-1.0,\"n\":10,\"flagged\":true}");
    json_decref(told);
}

/* Each of them by itself: shown in the other order, position and label part. */
static void position_is_not_the_label(void **state)
{
    (void)state;
    json_t *told = judged(6, 0, "[\"Y\",\"X\"]", NULL);
    expect_bias(told, "position", "{\"value\":-1.0,\"n\":12,\"flagged\":true}");
    expect_bias(told, "label", "{\"value\":1.0,\"n\":12,\"flagged\":true}");
    expect_bias(told, "length", "{\"value\":1.0,\"n\":12,\"flagged\":true}");
    json_decref(told);
}

static void how_far_the_own_provider_is_ahead(void **state)
{
    (void)state;
    json_t *told = judged(16, 6, SHOWN, NULL);
    expect_bias(told, "same_provider", "{\"value\":0.25,\"n\":16,\"flagged\":true}");
    json_decref(told);
    told = judged(16, 7, SHOWN, NULL);
    expect_bias(told, "same_provider", "{\"value\":0.125,\"n\":16,\"flagged\":false}");
    json_decref(told);
    told = judged(16, 8, SHOWN, NULL);
    expect_bias(told, "position", "{\"value\":0.0,\"n\":32,\"flagged\":false}");
    json_decref(told);
}

/* What nobody wrote, what was not shown, what has no label, what was shown alone. */
static void what_does_not_count(void **state)
{
    (void)state;
    static const char *const LAST[] = {"[\"nobody\"]", "[]"};
    for (size_t i = 0; i < sizeof LAST / sizeof LAST[0]; i++) {
        json_t *told = judged(6, 0, SHOWN, LAST[i]);
        expect_bias(told, "position", "{\"value\":1.0,\"n\":10,\"flagged\":true}");
        json_decref(told);
    }
    json_t *told = judged(6, 0, "[\"X\",\"Z\"]", NULL);
    expect_bias(told, "position", "{\"value\":null,\"n\":6,\"flagged\":false}");
    json_decref(told);
    told = judged(6, 0, "[\"X\"]", NULL);
    expect_bias(told, "position", "{\"value\":null,\"n\":0,\"flagged\":false}");
    json_decref(told);
}

static void matches_that_turn_with_the_order(void **state)
{
    (void)state;
    static const struct {
        int of, turned;
        const char *told;
    } CASES[] = {
        {10, 3, "{\"value\":0.29999999999999999,\"n\":10,\"flagged\":true}"},
        {10, 2, "{\"value\":0.20000000000000001,\"n\":10,\"flagged\":false}"},
        {9, 9, "{\"value\":1.0,\"n\":9,\"flagged\":false}"},
        {10, 0, "{\"value\":0.0,\"n\":10,\"flagged\":false}"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        json_t *matches = j_array(), *none = j_object();
        for (int k = 0; k < CASES[i].of; k++)
            j_add(matches, j_pack("{s:[s]}", "flags",
                                  k < CASES[i].turned ? "position_inconsistent" : "other"));
        json_t *rounds = j_pack("[{s:s, s:s, s:o}]", "type", "pairwise_elimination", "status",
                                "completed", "matches", matches);
        struct report_facts f = {.rounds = rounds, .providers = none, .labels = none};
        json_t *told = report_judge_bias(&f);
        expect_bias(told, "position_inconsistent", CASES[i].told);
        json_decref(told);
        json_decref(none);
        json_decref(rounds);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(which_rounds_are_looked_at),
        cmocka_unit_test(what_is_revised_counts),
        cmocka_unit_test(who_is_least_like_the_others),
        cmocka_unit_test(how_agreement_was_measured),
        cmocka_unit_test(what_is_a_change),
        cmocka_unit_test(who_says_so_is_believed),
        cmocka_unit_test(where_it_went),
        cmocka_unit_test(nothing_was_judged),
        cmocka_unit_test(how_much_is_enough),
        cmocka_unit_test(position_is_not_the_label),
        cmocka_unit_test(how_far_the_own_provider_is_ahead),
        cmocka_unit_test(what_does_not_count),
        cmocka_unit_test(matches_that_turn_with_the_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
