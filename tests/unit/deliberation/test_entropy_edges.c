/* How sure a seat is by what it says again: the measure at its edges, who is sampled, and whose
 * word on the groups is taken. */
#include <math.h>

#include "runner/deliberation/round/entropy.h"

#include "drive.h"

#define COUNT(cases) (sizeof(cases) / sizeof(*(cases)))

static void how_sure_groups_are(void **state)
{
    (void)state;
    static const struct {
        int sizes[4], n;
        double sure;
    } CASES[] = {
        {{0}, 0, NAN},
        {{1}, 1, NAN},
        {{2}, 1, 1},
        {{1, 1}, 2, 0},
        {{2, 2}, 2, 0.5},
        {{0, 2}, 2, 1},
        {{3, 1}, 2, 0.5943609377704335},
        {{1, 0, 1}, 3, 0},
        {{4, 4}, 2, 2.0 / 3},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        const double sure = entropy_confidence(CASES[i].sizes, CASES[i].n);
        if (isnan(CASES[i].sure) ? !isnan(sure) : fabs(sure - CASES[i].sure) > 1e-12)
            fail_msg("case %zu: %.17g", i, sure);
    }
}

/* A text goes to the first group whose texts it all resembles by half. */
static void which_words_go_together(void **state)
{
    (void)state;
    static const struct {
        const char *texts[4];
        int n;
        const char *groups;
    } CASES[] = {
        {{"a"}, 0, ""},
        {{"a"}, 1, "0"},
        {{"a", "A!"}, 2, "00"},
        {{"a b c", "b c d"}, 2, "00"},
        {{"a b", "b c"}, 2, "01"},
        {{"a b c", "b c d", "c d e"}, 3, "001"},
        {{"c d e", "a b c", "b c d"}, 3, "010"},
        {{"x", "y", "x", "y"}, 4, "0101"},
        {{"x", "y", "z", "z"}, 4, "0122"},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        int cluster[4];
        char groups[5] = "";
        const int count = entropy_lexical(CASES[i].texts, CASES[i].n, cluster);
        int most = 0;
        for (int k = 0; k < CASES[i].n; k++) {
            groups[k] = (char)('0' + cluster[k]);
            most = cluster[k] >= most ? cluster[k] + 1 : most;
        }
        assert_string_equal(groups, CASES[i].groups);
        assert_int_equal(count, most);
    }
}

#define UNSURE(id, samples, more)                                                                  \
    "{\"id\": \"" id "\", \"provider\": \"mock\", \"model\": \"m\", \"confidence\": "              \
    "{\"semantic_entropy\": {\"samples\": " samples more "}}}"
#define BY(method)       ", \"cluster\": \"" method "\""
#define SAYS(call, text) "\"" call "\": [{\"text\": \"" text "\"}]"
#define DEAD(call)       "\"" call "\": [{\"error\": {\"kind\": \"permanent\", \"code\": \"auth\"}}]"
#define ALIKE                                                                                      \
    SAYS("r0i0:member:ann", "one two")                                                             \
    ", " SAYS("r0i0:sample:ann:1", "one two") ", " SAYS("r0i0:sample:ann:2", "one two")
#define ALONE(seat, more)                                                                          \
    "{\"id\": \"x\", \"members\": [" seat "]" more                                                 \
    ", \"rounds\": [" ROUND("independent_analysis") "]}"
#define WITH_CHAIR ", \"chair\": " CHAIR

static double sure_of(struct drive *d, const char *id)
{
    char path[64];
    snprintf(path, sizeof path, "rounds.0.member_results.%s", id);
    return j_num(at_path(d->result, path), "confidence", NAN);
}

/* What the judge says of three texts that are alike; a word of no use leaves it to their words. */
static void which_groups_of_a_judge_are_taken(void **state)
{
    (void)state;
    static const struct {
        const char *groups;
        double sure;
    } CASES[] = {
        {"[[1, 2, 3]]", 1},
        {"[[1], [2], [3]]", 0},
        {"[[3], [1, 2]]", 0.42061984},
        {"[[1], [2, 3]]", 0.42061984},
        {"[[1], [2]]", 1},           /* one is missing */
        {"[[1], [2], [3], [4]]", 1}, /* there is no fourth */
        {"[[0], [1], [2], [3]]", 1}, /* nor one before the first */
        {"[[1], [2], [2], [3]]", 1}, /* one stands twice */
        {"[[1], [2], [2]]", 1},
        {"[]", 1},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        char script[600];
        snprintf(script, sizeof script,
                 "{" ALIKE ", " SAYS("r0i0:judge:chair:ann",
                                     "{\\\"reason\\\": \\\"r\\\", \\\"groups\\\": %s}") "}",
                 CASES[i].groups);
        struct drive d = drive_new(ALONE(UNSURE("ann", "3", BY("judge")), WITH_CHAIR), script);
        drive_run(&d);
        if (!(fabs(sure_of(&d, "ann") - CASES[i].sure) < 1e-6))
            fail_msg("%s: %g", CASES[i].groups, sure_of(&d, "ann"));
        assert_at(d.result, "rounds.0.member_results.ann.confidence_method",
                  "\"semantic_entropy\"");
        drive_release(&d);
    }
}

static void what_the_judge_is_asked(void **state)
{
    (void)state;
    struct drive d = drive_new(ALONE(UNSURE("ann", "3", ""), WITH_CHAIR), "{" ALIKE "}");
    drive_run(&d);
    const char *prompt = prompt_of(&d, "r0i0:judge:chair:ann", 0);
    assert_non_null(strstr(prompt, "BEGIN text \"1\">>>\none two\n"));
    assert_non_null(strstr(prompt, "BEGIN text \"2\">>>\none two\n"));
    assert_non_null(strstr(prompt, "BEGIN text \"3\">>>\none two\n"));
    assert_null(strstr(prompt, "BEGIN text \"4\""));
    assert_non_null(strstr(prompt, "Group the texts that say the same in substance; give lists of "
                                   "their numbers, every number once."));
    assert_at(asked_of(&d, "r0i0:judge:chair:ann", 0), "member_id", "\"chair\"");
    drive_release(&d);
}

#define GROUPS(id, groups)                                                                         \
    SAYS("r0i0:judge:chair:" id, "{\\\"reason\\\": \\\"r\\\", \\\"groups\\\": " groups "}")

/* The judge's word on `an` is not that on `n`. */
static void each_seat_has_its_own_judge(void **state)
{
    (void)state;
    static const char council[] =
        "{\"id\": \"x\", \"members\": [" UNSURE("an", "2", "") ", " UNSURE(
            "n", "2", "") ", " UNSURE("ann", "2",
                                      "") "], \"chair\": " CHAIR
                                          ", \"rounds\": [" ROUND("independent_analysis") "]}";
    static const char script[] = "{" GROUPS("an", "[[1], [2]]") ", " GROUPS(
        "n", "[[1, 2]]") ", " GROUPS("ann", "[[1], [2]]") "}";
    struct drive d = drive_new(council, script);
    drive_run(&d);
    assert_float_equal(sure_of(&d, "an"), 0, 1e-12);
    assert_float_equal(sure_of(&d, "n"), 1, 1e-12);
    assert_float_equal(sure_of(&d, "ann"), 0, 1e-12);
    drive_release(&d);
}

/* Who groups the texts, with a chair and without. */
static void who_groups_the_texts(void **state)
{
    (void)state;
    static const struct {
        const char *council;
        bool judge;
        double sure; /* by the words: one group; to the letter: two */
    } CASES[] = {
        {ALONE(UNSURE("ann", "2", ""), ""), false, 1},
        {ALONE(UNSURE("ann", "2", BY("exact")), ""), false, 0},
        {ALONE(UNSURE("ann", "2", BY("exact")), WITH_CHAIR), false, 0},
        {ALONE(UNSURE("ann", "2", BY("lexical")), WITH_CHAIR), false, 1},
        {ALONE(UNSURE("ann", "2", ""), WITH_CHAIR), true, 1},
        {ALONE(UNSURE("ann", "2", BY("auto")), WITH_CHAIR), true, 1},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct drive d =
            drive_new(CASES[i].council,
                      "{" SAYS("r0i0:member:ann", "one two") ", " SAYS(
                          "r0i0:sample:ann:1", "One two") ", " DEAD("r0i0:judge:chair:ann") "}");
        drive_run(&d);
        assert_int_equal(asked_of(&d, "r0i0:judge:chair:ann", 0) != NULL, CASES[i].judge);
        if (!(fabs(sure_of(&d, "ann") - CASES[i].sure) < 1e-12))
            fail_msg("case %zu: %g", i, sure_of(&d, "ann"));
        drive_release(&d);
    }
}

#define VOTES(call, reason, choice)                                                                \
    SAYS("r0i0:" call, "{\\\"reason\\\": \\\"" reason "\\\", \\\"choice\\\": \\\"" choice "\\\"}")

/* Ballots are compared, not the words around them. */
static void votes_that_are_the_same(void **state)
{
    (void)state;
    static const char council[] = "{\"id\": \"x\", \"members\": [" UNSURE(
        "ann", "4", "") "], \"chair\": " CHAIR ", \"rounds\": [{\"type\": \"vote\", \"name\": "
                        "\"v\", \"opts\": {\"options\": [\"a\", \"b\"]}}]}";
    static const char script[] =
        "{" VOTES("member:ann", "one", "a") ", " VOTES("sample:ann:1", "two", "a") ", " VOTES(
            "sample:ann:2", "three", "b") ", " VOTES("sample:ann:3", "one", "b") "}";
    struct drive d = drive_new(council, script);
    drive_run(&d);
    assert_float_equal(sure_of(&d, "ann"), 0.5, 1e-12);
    assert_null(asked_of(&d, "r0i0:judge:chair:ann", 0));
    drive_release(&d);
}

static void how_many_samples_are_asked_for(void **state)
{
    (void)state;
    static const struct {
        const char *seat;
        int samples;
    } CASES[] = {
        {UNSURE("ann", "2", ""), 1},
        {UNSURE("ann", "3", ""), 2},
        {UNSURE("ann", "10", ""), 9},
        {SEAT("ann"), 0},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        char council[600], last[64];
        snprintf(council, sizeof council, ALONE("%s, " SEAT("bob"), ""), CASES[i].seat);
        struct drive d = drive_new(council, "{}");
        drive_run(&d);
        assert_int_equal(json_array_size(d.asked), 2 + CASES[i].samples);
        snprintf(last, sizeof last, "r0i0:sample:ann:%d", CASES[i].samples);
        assert_int_equal(asked_of(&d, last, 0) != NULL, CASES[i].samples > 0);
        assert_int_equal(isnan(sure_of(&d, "ann")), CASES[i].samples == 0);
        assert_int_equal(json_is_null(at_path(d.result, "rounds.0.member_results.bob.confidence")),
                         true);
        drive_release(&d);
    }
}

/* One answer alone is no measure: there is nothing to group. */
static void without_samples_nothing_is_known(void **state)
{
    (void)state;
    struct drive d = drive_new(ALONE(UNSURE("ann", "3", ""), WITH_CHAIR),
                               "{" SAYS("r0i0:member:ann", "x") ", " DEAD(
                                   "r0i0:sample:ann:1") ", " DEAD("r0i0:sample:ann:2") "}");
    drive_run(&d);
    assert_null(asked_of(&d, "r0i0:judge:chair:ann", 0));
    assert_at(d.result, "rounds.0.member_results.ann.confidence", "null");
    assert_at(d.result, "rounds.0.member_results.ann.confidence_method", "null");
    drive_release(&d);
    d = drive_new(ALONE(UNSURE("ann", "3", "") ", " SEAT("bob"), WITH_CHAIR),
                  "{" DEAD("r0i0:member:ann") "}");
    drive_run(&d);
    assert_null(asked_of(&d, "r0i0:sample:ann:1", 0)); /* no answer, no samples of it */
    drive_release(&d);
}

/* A review is no answer: nobody asks how sure it is. */
static void what_is_not_sampled(void **state)
{
    (void)state;
    struct drive d =
        drive_new("{\"id\": \"x\", \"members\": [" UNSURE("ann", "2", BY("lexical")) ", " SEAT(
                      "bob") "], \"chair\": " CHAIR
                             ", \"rounds\": [" ROUND("independent_analysis") ", " ROUND(
                                 "peer_review") ", " ROUND("synthesis") "]}",
                  "{" SAYS("r0i0:member:ann", "x y") ", " SAYS("r0i0:sample:ann:1", "x y") "}");
    drive_run(&d);
    assert_non_null(asked_of(&d, "r0i0:sample:ann:1", 0));
    assert_null(asked_of(&d, "r1i0:sample:ann:1", 0));
    assert_non_null(asked_of(&d, "r1i0:member:ann", 0));
    assert_at(d.result, "members.ann.confidence", "1.0");
    drive_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(how_sure_groups_are),
        cmocka_unit_test(which_words_go_together),
        cmocka_unit_test(which_groups_of_a_judge_are_taken),
        cmocka_unit_test(what_the_judge_is_asked),
        cmocka_unit_test(each_seat_has_its_own_judge),
        cmocka_unit_test(who_groups_the_texts),
        cmocka_unit_test(votes_that_are_the_same),
        cmocka_unit_test(how_many_samples_are_asked_for),
        cmocka_unit_test(without_samples_nothing_is_known),
        cmocka_unit_test(what_is_not_sampled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
