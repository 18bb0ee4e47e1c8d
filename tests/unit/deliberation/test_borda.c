/* With self-exclusion candidates stand on unequal numbers of ballots: a sum would favour those who
 * were ranked more often. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ballots.h"
#include "common/jx.h"
#include "runner/deliberation/count/borda.h"
#include "runner/deliberation/count/peer_report.h"
#include "runner/deliberation/count/ties.h"

static void worked_example(void **state)
{
    (void)state;
    struct ballots b;
    struct tally t;
    ballots_init(&b, 4);
    add_ranked(&b, 1, "A", "BCD", "BCD");
    add_ranked(&b, 1, "B", "ACD", "ACD");
    add_ranked(&b, 1, "C", "BAD", "ABD");
    add_ranked(&b, 1, "D", "A", "ABC");
    borda_count(&b, BORDA_AVERAGE, letter_names, &t);
    assert_float_equal(t.score[0], 2.5 / 3, 1e-12);
    assert_float_equal(t.score[1], 0.75, 1e-12);
    assert_float_equal(t.score[2], 1.25 / 3, 1e-12);
    assert_float_equal(t.score[3], 0, 1e-12);
    size_t next = 0;
    struct tie_facts f = {.ballots = &b, .names = letter_names};
    assert_int_equal(ties_run(&t, NULL, &next, &f), TIE_SETTLED);
    assert_int_equal(t.winner, 0);
    tally_release(&t);
    ballots_release(&b);
}

static void five_candidates_of_the_schulze_example(void **state)
{
    (void)state;
    static const struct {
        int times;
        const char *order;
    } votes[] = {{5, "ACBED"}, {5, "ADECB"}, {8, "BEDAC"}, {3, "CABED"},
                 {7, "CAEBD"}, {2, "CBADE"}, {7, "DCEBA"}, {8, "EBADC"}};
    static const double expected[] = {0.5444, 0.5111, 0.4944, 0.3833, 0.5667};
    struct ballots b;
    struct tally t;
    ballots_init(&b, 5);
    for (size_t i = 0; i < sizeof votes / sizeof votes[0]; i++)
        add_ranked(&b, votes[i].times, "j", votes[i].order, NULL);
    borda_count(&b, BORDA_AVERAGE, letter_names, &t);
    for (int c = 0; c < 5; c++)
        assert_float_equal(t.score[c], expected[c], 5e-5);
    assert_true(t.leader[4]);
    assert_int_equal(t.leaders, 1);
    tally_release(&t);
    ballots_release(&b);
}

static void partial_zero_and_points(void **state)
{
    (void)state;
    struct ballots b;
    struct tally t;
    ballots_init(&b, 4);
    add_ranked(&b, 1, "j", "B", NULL);
    borda_count(&b, BORDA_ZERO, letter_names, &t);
    assert_float_equal(t.score[0], 0, 1e-12);
    assert_float_equal(t.score[1], 1, 1e-12);
    assert_float_equal(j_num(j_get(t.raw, "points"), "B", -1), 4, 1e-12);
    tally_release(&t);
    borda_count(&b, BORDA_AVERAGE, letter_names, &t);
    assert_float_equal(t.score[0], 1.0 / 3, 1e-12);
    assert_float_equal(j_num(j_get(t.raw, "points"), "A", -1), 2, 1e-12);
    tally_release(&t);
    ballots_release(&b);
}

static void no_ballot_is_null_and_last(void **state)
{
    (void)state;
    struct ballots b;
    struct tally t;
    ballots_init(&b, 3);
    add_ranked(&b, 1, "A", "B", "B"); /* one candidate: says nothing */
    borda_count(&b, BORDA_AVERAGE, letter_names, &t);
    assert_true(isnan(t.score[1]));
    assert_int_equal(t.leaders, 0);
    assert_int_equal(j_int(t.raw, "uninformative", -1), 1);
    tally_release(&t);
    ballots_release(&b);
}

static void pairwise_breaks_a_tie(void **state)
{
    (void)state;
    struct ballots b;
    struct tally t;
    ballots_init(&b, 3);
    /* A and B have 0.6 each; A stands above B on three ballots of five. */
    add_ranked(&b, 3, "j", "ABC", NULL);
    add_ranked(&b, 1, "j", "BCA", NULL);
    add_ranked(&b, 1, "j", "CBA", NULL);
    borda_count(&b, BORDA_AVERAGE, letter_names, &t);
    assert_float_equal(t.score[0], 0.6, 1e-12);
    assert_float_equal(t.score[1], 0.6, 1e-12);
    assert_int_equal(t.leaders, 2);
    json_t *rules = json_pack("[ss]", "pairwise", "none");
    struct tie_facts f = {.ballots = &b, .names = letter_names};
    size_t next = 0;
    ties_run(&t, rules, &next, &f);
    assert_int_equal(t.winner, 0);
    json_decref(rules);
    tally_release(&t);
    ballots_release(&b);
}

static void tau(void **state)
{
    (void)state;
    const int x[] = {0, 1, 2, 3}, same[] = {0, 1, 2, 3}, back[] = {3, 2, 1, 0};
    const int part[] = {1, 0, -1, -1}, none[] = {0, -1, -1, -1}, tied[] = {0, 0, 1, 2};
    assert_float_equal(kendall_tau_b(x, same, 4), 1, 1e-12);
    assert_float_equal(kendall_tau_b(x, back, 4), -1, 1e-12);
    assert_float_equal(kendall_tau_b(x, part, 4), -1, 1e-12);
    assert_true(isnan(kendall_tau_b(x, none, 4)));
    assert_float_equal(kendall_tau_b(x, tied, 4), 5 / sqrt(30), 1e-12);
}

static void report(void **state)
{
    (void)state;
    struct ballots b;
    struct tally t;
    ballots_init(&b, 3);
    add_ranked(&b, 1, "A", "BC", "BC");
    add_ranked(&b, 1, "B", "AC", "AC");
    add_ranked(&b, 1, "C", "AB", "AB");
    borda_count(&b, BORDA_AVERAGE, letter_names, &t);
    json_t *r = peer_report(&b, &t, letter_names);
    assert_float_equal(j_num(j_get(r, "avg_position"), "B", 0), 1.5, 1e-12);
    assert_int_equal(j_int(j_get(r, "votes"), "C", 0), 2);
    assert_int_equal(j_int(j_get(r, "first_places"), "A", 0), 2);
    assert_null(j_get(r, "agreement")); /* no two judges rank two of the same */
    assert_float_equal(j_num(j_get(r, "judge_tau"), "A", 0), 1, 1e-12);
    assert_int_equal(json_array_size(j_get(j_get(r, "judge_ballots"), "A")), 2);
    json_decref(r);
    tally_release(&t);
    ballots_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worked_example),
        cmocka_unit_test(five_candidates_of_the_schulze_example),
        cmocka_unit_test(partial_zero_and_points),
        cmocka_unit_test(no_ballot_is_null_and_last),
        cmocka_unit_test(pairwise_breaks_a_tie),
        cmocka_unit_test(tau),
        cmocka_unit_test(report),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
