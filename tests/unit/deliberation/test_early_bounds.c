/* An early stop at the very edge: one vote, one point or one ballot decides whether the rest is
 * still waited for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ballots.h"
#include "runner/deliberation/count/aggregator.h"
#include "runner/deliberation/count/early_stop.h"

/* "AAB": who was chosen; "AB ABC": whom each outstanding ballot shows. */
static void fill_cast(struct ballots *b, const char *choices)
{
    for (; *choices; choices++) {
        struct ballot *v = ballots_add(b, "j");
        memset(v->presented, 1, 3 * sizeof *v->presented);
        v->choice = *choices == '-' ? -1 : *choices - 'A';
    }
}

static void fill_out(struct ballots *b, const char *shown)
{
    while (*shown) {
        struct ballot *v = ballots_add(b, "open");
        for (; *shown && *shown != ' '; shown++)
            v->presented[*shown - 'A'] = true;
        shown += *shown == ' ';
    }
}

enum { A = 0, B = 1, O = EARLY_OPEN, NO = EARLY_NEGATIVE };
static const struct {
    enum early_rule rule;
    const char *cast, *out;
    double threshold, seats;
    bool free;
    int leader;
} VOTES[] = {
    {EARLY_PLURALITY, "AA", "ABC", 0, 0, false, A},
    {EARLY_PLURALITY, "AAB", "ABC", 0, 0, false, O},
    {EARLY_PLURALITY, "AAB", "AC", 0, 0, false, A},
    {EARLY_PLURALITY, "AAB", "B", 0, 0, false, A}, /* it shows no other: no vote */
    {EARLY_PLURALITY, "AAB", "AB", 0, 0, false, O},
    {EARLY_PLURALITY, "ABB", "", 0, 0, false, B},
    {EARLY_PLURALITY, "AB", "", 0, 0, false, O},
    {EARLY_PLURALITY, "", "", 0, 0, false, O},
    {EARLY_PLURALITY, "A--", "", 0, 0, false, A},
    {EARLY_PLURALITY, "AA", "A A", 0, 0, true, O},
    {EARLY_PLURALITY, "AAA", "A A", 0, 0, true, A},
    {EARLY_PLURALITY, "AAAB", "A A", 0, 0, true, O},
    {EARLY_PLURALITY, "AAAAB", "A A", 0, 0, true, A},
    {EARLY_MAJORITY_SEATS, "AAA", "ABC ABC", 0.5, 5, false, A},
    {EARLY_MAJORITY_SEATS, "AAA", "ABC ABC", 0.5, 6, false, O},
    {EARLY_MAJORITY_SEATS, "AAA", "", 0.5, 6, false, NO},
    {EARLY_MAJORITY_SEATS, "AB", "ABC ABC", 0.5, 5, false, O},
    {EARLY_MAJORITY_SEATS, "AB", "ABC", 0.5, 5, false, NO},
    {EARLY_MAJORITY_SEATS, "AAA", "ABC ABC", 0.6, 5, false, A},
    {EARLY_MAJORITY_SEATS, "AAB", "ABC ABC", 0.6, 5, false, O},
    {EARLY_MAJORITY_SEATS, "AAB", "BC BC", 0.75, 5, false, NO},
    {EARLY_MAJORITY_SEATS, "AABB", "ABC", 0.6, 5, false, O},
    {EARLY_MAJORITY_SEATS, "AABB", "C", 0.6, 5, false, NO},
    {EARLY_MAJORITY_CAST, "AA", "ABC", 0.5, 9, false, A},
    {EARLY_MAJORITY_CAST, "AB", "ABC", 0.5, 9, false, O},
    {EARLY_MAJORITY_CAST, "AB", "", 0.5, 9, false, NO},
    {EARLY_MAJORITY_CAST, "AB-", "", 0.5, 9, false, NO},
    {EARLY_MAJORITY_CAST, "AAB-", "", 0.5, 9, false, A}, /* who abstains is not cast */
    {EARLY_MAJORITY_CAST, "AAB", "ABC", 0.75, 9, false, O},
    {EARLY_MAJORITY_CAST, "AABB", "ABC", 0.75, 9, false, NO},
    {EARLY_MAJORITY_CAST, "AAB", "BC", 0.75, 9, false, NO},
    {EARLY_MAJORITY_CAST, "AAAB", "", 0.75, 9, false, A},
    {EARLY_MAJORITY_CAST, "AB", "A", 0.5, 9, true, O},
    {EARLY_MAJORITY_CAST, "ABC", "A", 0.5, 9, true, NO},
    {EARLY_MAJORITY_SEATS, "AB", "A A A", 0.5, 5, true, O},
    {EARLY_MAJORITY_CAST, "AABB", "A A A", 0.9, 9, true, NO}, /* nor one yet to be named */
};

static void a_single_choice_is_decided_to_the_vote(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof VOTES / sizeof *VOTES; i++) {
        struct ballots cast, out;
        ballots_init(&cast, 3);
        ballots_init(&out, 3);
        fill_cast(&cast, VOTES[i].cast);
        fill_out(&out, VOTES[i].out);
        const struct early_stop e = {.rule = VOTES[i].rule,
                                     .cast = &cast,
                                     .out = &out,
                                     .threshold = VOTES[i].threshold,
                                     .seats = VOTES[i].seats,
                                     .free = VOTES[i].free};
        const int leader = early_stop_leader(&e);
        if (leader != VOTES[i].leader)
            fail_msg("%zu: %s with %s gives %d", i, VOTES[i].cast, VOTES[i].out, leader);
        ballots_release(&cast);
        ballots_release(&out);
    }
}

/* Sums of two candidates and what they were weighed with; one ballot of weight 1 for each out. */
static void a_mean_is_decided_to_the_point(void **state)
{
    (void)state;
    static const struct {
        double sum[2], weight[2];
        const char *out;
        int leader;
    } CASES[] = {
        {{3, 1}, {4, 4}, "", 0},
        {{1, 3}, {4, 4}, "", 1},
        {{2, 2}, {4, 4}, "", EARLY_OPEN},
        {{0, 0}, {0, 0}, "", EARLY_OPEN},
        {{3, 0}, {3, 0}, "", 0}, /* nobody has looked at the other */
        {{4, 0}, {4, 4}, "AB", 0},
        {{3, 0}, {3, 1}, "AB", 0},
        {{3, 1}, {3, 3}, "AB", 0},
        {{2, 1}, {2, 2}, "AB", EARLY_OPEN},
        {{3, 2}, {3, 3}, "AB", EARLY_OPEN}, /* 3/4 and 3/4 */
        {{3, 2}, {3, 3}, "", 0},
        {{3, 2}, {3, 3}, "A", 0},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct ballots cast, out;
        ballots_init(&cast, 2);
        ballots_init(&out, 2);
        fill_out(&out, CASES[i].out);
        const struct early_stop e = {.rule = EARLY_MEAN,
                                     .cast = &cast,
                                     .out = &out,
                                     .sum = CASES[i].sum,
                                     .weight = CASES[i].weight};
        const int leader = early_stop_leader(&e);
        if (leader != CASES[i].leader)
            fail_msg("%zu gives %d", i, leader);
        ballots_release(&cast);
        ballots_release(&out);
    }
}

/* "AB": A before B; "A": A alone is ranked; "a": only A is shown, and ranked. */
static void rank_all(struct ballots *b, const char *orders_cast)
{
    while (*orders_cast) {
        struct ballot *v = ballots_add(b, "j");
        const bool all = *orders_cast < 'a';
        for (int c = 0; c < 2; c++)
            v->presented[c] = all;
        for (; *orders_cast && *orders_cast != ' '; orders_cast++) {
            const int c = *orders_cast - (all ? 'A' : 'a');
            v->presented[c] = true;
            ballot_rank(v, c);
        }
        orders_cast += *orders_cast == ' ';
    }
}

static void a_duel_is_decided_to_the_ballot(void **state)
{
    (void)state;
    static const struct {
        const char *cast, *out;
        int leader;
    } CASES[] = {
        {"AB AB", "AB", 0},       {"AB AB", "AB AB", EARLY_OPEN},
        {"BA BA", "AB", 1},       {"AB BA", "", EARLY_OPEN},
        {"AB BA AB", "", 0},      {"AB", "A B", 0}, /* they show no pair */
        {"A A", "AB", 0},         {"B A A", "", 0},
        {"B B A", "", 1},         {"a a", "", EARLY_OPEN}, /* nor do these */
        {"a AB", "", 0},          {"b b AB", "", 0},
        {"AB AB AB BA", "AB", 0}, {"AB AB AB BA", "AB AB", EARLY_OPEN},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct ballots cast, out;
        ballots_init(&cast, 2);
        ballots_init(&out, 2);
        rank_all(&cast, CASES[i].cast);
        fill_out(&out, CASES[i].out);
        const struct early_stop e = {.rule = EARLY_CONDORCET, .cast = &cast, .out = &out};
        const int leader = early_stop_leader(&e);
        if (leader != CASES[i].leader)
            fail_msg("%s with %s gives %d", CASES[i].cast, CASES[i].out, leader);
        ballots_release(&cast);
        ballots_release(&out);
    }
}

/* Who ranks neither of two says nothing of them. */
static void a_duel_of_two_that_are_not_ranked(void **state)
{
    (void)state;
    for (int more = 0; more < 2; more++) {
        struct ballots cast, out;
        ballots_init(&cast, 3);
        ballots_init(&out, 3);
        add_ranked(&cast, 2, "j", "ABC", NULL);
        add_ranked(&cast, 1, "j", "C", NULL);
        fill_out(&out, more ? "AB AB" : "AB");
        const struct early_stop e = {.rule = EARLY_CONDORCET, .cast = &cast, .out = &out};
        assert_int_equal(early_stop_leader(&e), more ? EARLY_OPEN : A);
        ballots_release(&cast);
        ballots_release(&out);
    }
}

/* A score gives its share of the scale, wherever that begins. */
static void what_a_score_gives(void **state)
{
    (void)state;
    static const struct {
        double min, max, score, gives;
    } ROWS[] = {{1, 5, 1, 0}, {1, 5, 3, 0.5}, {1, 5, 5, 1}, {-1, 1, -1, 0}, {0, 10, 4, 0.4}};
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct ballots b;
        ballots_init(&b, 1);
        struct ballot *v = ballots_add(&b, "j");
        json_t *opts = json_pack("{s:{s:f, s:f}, s:s}", "scale", "min", ROWS[i].min, "max",
                                 ROWS[i].max, "normalise", "none");
        const struct count_facts f = {.opts = opts};
        v->presented[0] = true;
        v->score[0] = ROWS[i].score;
        assert_true(aggregator_mean_score.given(&b, v, 0, &f) == ROWS[i].gives);
        json_decref(opts);
        ballots_release(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_single_choice_is_decided_to_the_vote),
        cmocka_unit_test(a_mean_is_decided_to_the_point),
        cmocka_unit_test(a_duel_is_decided_to_the_ballot),
        cmocka_unit_test(a_duel_of_two_that_are_not_ranked),
        cmocka_unit_test(what_a_score_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
