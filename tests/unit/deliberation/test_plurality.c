/* A tie must never become a winner by accident, and a majority must be one of all seats. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ballots.h"
#include "common/jx.h"
#include "runner/deliberation/count/count_rules.h"
#include "runner/deliberation/count/ties.h"

static void add_votes(struct ballots *b, const char *choices, double weight, double confidence)
{
    for (const char *p = choices; *p; p++) {
        struct ballot *v = ballots_add(b, "j");
        for (int c = 0; c < b->candidates; c++)
            v->presented[c] = true;
        v->choice = *p == '-' ? -1 : *p - 'A';
        v->weight = weight;
        v->confidence = confidence;
    }
}

static int settle(struct ballots *b, struct tally *t, const char *rule)
{
    size_t next = 0;
    json_t *rules = json_pack("[s]", rule);
    int lot[] = {2, 0, 1};
    struct tie_facts f = {.ballots = b, .names = letter_names, .lot = lot};
    assert_int_equal(ties_run(t, rules, &next, &f), TIE_SETTLED);
    json_decref(rules);
    return t->winner;
}

static void weights_are_summed(void **state)
{
    (void)state;
    struct ballots b;
    struct tally t;
    ballots_init(&b, 3);
    add_votes(&b, "AA", 1, NAN);
    add_votes(&b, "B", 2.5, NAN);
    add_votes(&b, "-", 9, NAN);
    plurality_count(&b, &t);
    assert_float_equal(t.score[0], 2, 1e-12);
    assert_float_equal(t.score[1], 2.5, 1e-12);
    assert_float_equal(t.margin, 0.5, 1e-12);
    assert_int_equal(settle(&b, &t, "none"), 1);
    tally_release(&t);
    ballots_release(&b);
}

static void ties_need_a_rule(void **state)
{
    (void)state;
    struct ballots b;
    struct tally t;
    ballots_init(&b, 3);
    add_votes(&b, "A", 1, 0.4);
    add_votes(&b, "B", 1, 0.9);
    const struct {
        const char *rule;
        int winner;
    } cases[] = {{"none", -1}, {"first", 0}, {"lot", 1}, {"confidence", 1}, {"votes", -1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        plurality_count(&b, &t);
        assert_int_equal(t.leaders, 2);
        assert_int_equal(settle(&b, &t, cases[i].rule), cases[i].winner);
        tally_release(&t);
    }
    ballots_release(&b);
}

static void nobody_voted(void **state)
{
    (void)state;
    struct ballots b;
    struct tally t;
    ballots_init(&b, 2);
    add_votes(&b, "--", 1, NAN);
    plurality_count(&b, &t);
    assert_float_equal(t.score[0], 0, 1e-12);
    assert_int_equal(settle(&b, &t, "first"), -1);
    tally_release(&t);
    ballots_release(&b);
}

static void the_chair_decides_when_it_is_its_turn(void **state)
{
    (void)state;
    struct ballots b;
    struct tally t;
    size_t next = 0;
    ballots_init(&b, 3);
    add_votes(&b, "AB", 1, NAN);
    plurality_count(&b, &t);
    json_t *rules = json_pack("[sss]", "votes", "chair", "first");
    struct tie_facts f = {.ballots = &b, .names = letter_names};
    assert_int_equal(ties_run(&t, rules, &next, &f), TIE_CHAIR);
    ties_choose(&t, 1);
    assert_int_equal(ties_run(&t, rules, &next, &f), TIE_SETTLED);
    assert_int_equal(t.winner, 1);
    tally_release(&t);
    plurality_count(&b, &t);
    next = 0;
    assert_int_equal(ties_run(&t, rules, &next, &f), TIE_CHAIR);
    ties_choose(&t, -1); /* it failed: no effect, the next rule goes on */
    assert_int_equal(ties_run(&t, rules, &next, &f), TIE_SETTLED);
    assert_int_equal(t.winner, 0);
    json_decref(rules);
    tally_release(&t);
    ballots_release(&b);
}

static bool reached(const char *votes, double threshold, double seats)
{
    struct ballots b;
    struct tally t;
    ballots_init(&b, 3);
    add_votes(&b, votes, 1, NAN);
    majority_count(&b, (struct majority){.threshold = threshold, .seat_weight = seats}, &t);
    bool yes = t.leaders == 1;
    assert_int_equal(j_bool(t.raw, "reached", !yes), yes);
    tally_release(&t);
    ballots_release(&b);
    return yes;
}

static void majority(void **state)
{
    (void)state;
    assert_true(reached("AAB", 0.5, 3));
    assert_false(reached("AAB", 0.5, 4));    /* half is not more than half */
    assert_true(reached("AAB", 2.0 / 3, 3)); /* at least two thirds */
    assert_false(reached("AAB", 0.7, 3));
    assert_false(reached("ABC", 0.5, 3));
}

static void approval(void **state)
{
    (void)state;
    struct ballots b;
    struct tally t;
    ballots_init(&b, 3);
    static const char *const lists[] = {"AB", "B", "BC", ""};
    for (int i = 0; i < 4; i++) {
        struct ballot *v = ballots_add(&b, "j");
        for (int c = 0; c < 3; c++) {
            v->presented[c] = !(i == 3 && c == 2); /* the last one was not shown C */
            v->approved[c] = strchr(lists[i], 'A' + c) != NULL;
        }
    }
    approval_count(&b, 0, &t);
    assert_float_equal(t.score[0], 0.25, 1e-12);
    assert_float_equal(t.score[1], 0.75, 1e-12);
    assert_float_equal(t.score[2], 1.0 / 3, 1e-12);
    assert_true(t.leader[1] && t.leaders == 1);
    tally_release(&t);
    approval_count(&b, 0.8, &t);
    assert_int_equal(t.leaders, 0);
    tally_release(&t);
    ballots_release(&b);
}

static void median_confidence(void **state)
{
    (void)state;
    struct ballots b;
    struct tally t;
    ballots_init(&b, 3);
    add_votes(&b, "A", 1, 0.2);
    add_votes(&b, "A", 1, 0.9);
    add_votes(&b, "A", 1, 0.6);
    add_votes(&b, "A", 1, 0.7);
    add_votes(&b, "B", 1, 0.95);
    add_votes(&b, "B", 1, NAN);
    add_votes(&b, "C", 1, NAN);
    median_confidence_count(&b, 1, letter_names, &t);
    assert_float_equal(t.score[0], 0.65, 1e-12);
    assert_float_equal(t.score[1], 0.95, 1e-12);
    assert_true(isnan(t.score[2]));
    assert_true(t.leader[1] && t.leaders == 1);
    tally_release(&t);
    median_confidence_count(&b, 3, letter_names, &t);
    assert_true(t.leader[0] && t.leaders == 1);
    tally_release(&t);
    ballots_release(&b);
}

static void mean_score(void **state)
{
    (void)state;
    struct ballots b;
    struct tally t;
    ballots_init(&b, 3);
    static const double scores[3][3] = {{10, 8, NAN}, {1, 3, 2}, {NAN, 5, NAN}};
    for (int i = 0; i < 3; i++) {
        struct ballot *v = ballots_add(&b, "j");
        v->weight = i == 1 ? 3 : 1;
        for (int c = 0; c < 3; c++)
            v->score[c] = scores[i][c];
    }
    mean_score_count(&b, false, &t);
    assert_float_equal(t.score[0], (10 + 3 * 1) / 4.0, 1e-12);
    assert_float_equal(t.score[1], (8 + 9 + 5) / 5.0, 1e-12);
    tally_release(&t);
    mean_score_count(&b, true, &t);
    double sd = sqrt(2.0 / 3);
    assert_float_equal(t.score[0], (1 + 3 * (-1 / sd)) / 4, 1e-12);
    assert_float_equal(t.score[1], (-1 + 3 * (1 / sd)) / 4,
                       1e-12); /* the third judge is left out */
    assert_float_equal(t.score[2], 0, 1e-12);
    tally_release(&t);
    ballots_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_summed),
        cmocka_unit_test(ties_need_a_rule),
        cmocka_unit_test(nobody_voted),
        cmocka_unit_test(the_chair_decides_when_it_is_its_turn),
        cmocka_unit_test(majority),
        cmocka_unit_test(approval),
        cmocka_unit_test(median_confidence),
        cmocka_unit_test(mean_score),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
