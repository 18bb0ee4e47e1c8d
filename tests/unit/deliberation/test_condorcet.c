/* The textbook's elections: a method that gives another winner there is not that method. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ballots.h"
#include "common/jx.h"
#include "runner/deliberation/count/borda.h"
#include "runner/deliberation/count/count_rules.h"

static const int plain_lot[] = {0, 1, 2, 3, 4, 5};

static void load(struct ballots *b, int candidates, const char *const *votes)
{
    ballots_init(b, candidates);
    for (; *votes; votes++) {
        char *order;
        long times = strtol(*votes, &order, 10);
        add_ranked(b, (int)times, "j", order + 1, NULL);
    }
}

/* The order as letters, level groups in brackets. */
static void assert_order(const struct tally *t, const char *expected)
{
    char text[64] = "";
    size_t at = 0;
    for (int group = 0, placed = 0; placed < t->candidates; group++) {
        int size = 0;
        for (int c = 0; c < t->candidates; c++)
            size += t->group[c] == group;
        if (size > 1)
            text[at++] = '(';
        for (int c = 0; c < t->candidates; c++)
            if (t->group[c] == group)
                text[at++] = (char)('A' + c);
        if (size > 1)
            text[at++] = ')';
        placed += size;
    }
    text[at] = '\0';
    assert_string_equal(text, expected);
}

static void assert_leaders(const struct tally *t, const char *expected)
{
    char text[16] = "";
    size_t at = 0;
    for (int c = 0; c < t->candidates; c++)
        if (t->leader[c])
            text[at++] = (char)('A' + c);
    text[at] = '\0';
    assert_string_equal(text, expected);
}

/* Memphis A, Nashville B, Chattanooga C, Knoxville D: the capital of Tennessee. */
static const char *const tennessee[] = {"42 ABCD", "26 BCDA", "15 CDBA", "17 DCBA", NULL};

static void tennessee_capital(void **state)
{
    (void)state;
    struct ballots b;
    struct tally t;
    load(&b, 4, tennessee);
    condorcet_count(&b, COMPLETION_NONE, NULL, letter_names, &t);
    assert_leaders(&t, "B");
    assert_order(&t, "BCDA");
    assert_float_equal(j_num(j_get(j_get(t.raw, "pairwise"), "B"), "A", 0), 58, 1e-12);
    assert_false(j_bool(t.raw, "cycle", true));
    tally_release(&t);
    condorcet_count(&b, COMPLETION_SCHULZE, NULL, letter_names, &t);
    assert_leaders(&t, "B");
    tally_release(&t);
    condorcet_count(&b, COMPLETION_RANKED_PAIRS, plain_lot, letter_names, &t);
    assert_order(&t, "BCDA");
    tally_release(&t);
    borda_count(&b, BORDA_AVERAGE, letter_names, &t);
    assert_leaders(&t, "B");
    assert_float_equal(t.score[1], (42 * 2 + 26 * 3 + 15 + 17) / 300.0, 1e-12);
    tally_release(&t);
    ballots_release(&b);
}

static const char *const schulze45[] = {"5 ACBED", "5 ADECB", "8 BEDAC", "3 CABED", "7 CAEBD",
                                        "2 CBADE", "7 DCEBA", "8 EBADC", NULL};

static void forty_five_voters(void **state)
{
    (void)state;
    struct ballots b;
    struct tally t;
    load(&b, 5, schulze45);
    condorcet_count(&b, COMPLETION_NONE, NULL, letter_names, &t);
    assert_true(j_bool(t.raw, "cycle", false));
    tally_release(&t);
    condorcet_count(&b, COMPLETION_SCHULZE, NULL, letter_names, &t);
    assert_order(&t, "EACBD");
    assert_leaders(&t, "E");
    tally_release(&t);
    condorcet_count(&b, COMPLETION_RANKED_PAIRS, plain_lot, letter_names, &t);
    assert_leaders(&t, "A");
    tally_release(&t);
    ballots_release(&b);
}

static void a_perfect_cycle(void **state)
{
    (void)state;
    static const char *const votes[] = {"1 ABC", "1 BCA", "1 CAB", NULL};
    struct ballots b;
    struct tally t;
    load(&b, 3, votes);
    condorcet_count(&b, COMPLETION_NONE, NULL, letter_names, &t);
    assert_true(j_bool(t.raw, "cycle", false));
    assert_leaders(&t, "ABC");
    assert_int_equal(json_array_size(j_get(t.raw, "smith_set")), 3);
    tally_release(&t);
    condorcet_count(&b, COMPLETION_SCHULZE, NULL, letter_names, &t);
    assert_order(&t, "(ABC)");
    assert_leaders(&t, "ABC");
    tally_release(&t);
    /* All pairs are alike: the lot order of the candidates decides which two are locked. */
    condorcet_count(&b, COMPLETION_RANKED_PAIRS, plain_lot, letter_names, &t);
    assert_order(&t, "ABC");
    tally_release(&t);
    ballots_release(&b);
}

static void a_pairwise_tie_is_no_cycle(void **state)
{
    (void)state;
    static const char *const votes[] = {"1 ABC", "1 BAC", NULL};
    struct ballots b;
    struct tally t;
    load(&b, 3, votes);
    condorcet_count(&b, COMPLETION_NONE, NULL, letter_names, &t);
    assert_true(j_bool(t.raw, "pairwise_tie", false));
    assert_false(j_bool(t.raw, "cycle", true));
    assert_leaders(&t, "AB");
    assert_order(&t, "(AB)C");
    tally_release(&t);
    ballots_release(&b);
}

/* Ranked pairs with a Smith set of three below which a fourth stands. */
static void smith_set_is_smallest(void **state)
{
    (void)state;
    static const char *const votes[] = {"3 ABCD", "2 BCAD", "2 CABD", NULL};
    struct ballots b;
    struct tally t;
    load(&b, 4, votes);
    condorcet_count(&b, COMPLETION_RANKED_PAIRS, plain_lot, letter_names, &t);
    assert_int_equal(json_array_size(j_get(t.raw, "smith_set")), 3);
    /* A>B 5:2, B>C 5:2, C>A 4:3: the weakest is not locked */
    assert_order(&t, "ABCD");
    tally_release(&t);
    ballots_release(&b);
}

static void assert_told(const char *const *votes, bool cycle, bool tie, const char *smith)
{
    struct ballots b;
    struct tally t;
    char text[16] = "";
    size_t i;
    json_t *id;
    load(&b, 4, votes);
    condorcet_count(&b, COMPLETION_NONE, NULL, letter_names, &t);
    assert_int_equal(j_bool(t.raw, "cycle", !cycle), cycle);
    assert_int_equal(j_bool(t.raw, "pairwise_tie", !tie), tie);
    json_array_foreach (j_get(t.raw, "smith_set"), i, id)
        text[i] = json_string_value(id)[0];
    assert_string_equal(text, smith);
    tally_release(&t);
    ballots_release(&b);
}

/* A circle below the winner is none of the winner's, wherever it stands; one of the first three is
 * one although the fourth is in none. */
static void what_is_told_of_circles(void **state)
{
    (void)state;
    static const char *const below_a[] = {"1 ABCD", "1 ACDB", "1 ADBC", NULL};
    static const char *const below_d[] = {"1 DABC", "1 DBCA", "1 DCAB", NULL};
    static const char *const above_d[] = {"1 ABCD", "1 BCAD", "1 CABD", NULL};
    static const char *const above_a[] = {"1 BCDA", "1 CDBA", "1 DBCA", NULL};
    static const char *const all_in_line[] = {"1 CBDA", NULL};
    static const char *const two_level[] = {"1 DCBA", "1 CDBA", NULL};
    assert_told(below_a, false, false, "A");
    assert_told(below_d, false, false, "D");
    assert_told(above_d, true, false, "ABC");
    assert_told(above_a, true, false, "BCD");
    assert_told(all_in_line, false, false, "C");
    assert_told(two_level, false, true, "CD");
}

static void without_a_ballot_nobody_leads(void **state)
{
    (void)state;
    for (int completion = 0; completion <= COMPLETION_RANKED_PAIRS; completion++) {
        struct ballots b;
        struct tally t;
        ballots_init(&b, 3);
        condorcet_count(&b, (enum completion_word)completion, plain_lot, letter_names, &t);
        assert_leaders(&t, "");
        assert_int_equal(t.leaders, 0);
        tally_release(&t);
        ballots_release(&b);
    }
}

static void partial_ballots(void **state)
{
    (void)state;
    struct ballots b;
    struct tally t;
    ballots_init(&b, 3);
    add_ranked(&b, 1, "j", "A", NULL);  /* A over B and C, nothing between those */
    add_ranked(&b, 1, "j", "BC", "BC"); /* A was not shown */
    condorcet_count(&b, COMPLETION_NONE, NULL, letter_names, &t);
    assert_leaders(&t, "A");
    json_t *m = j_get(t.raw, "pairwise");
    assert_float_equal(j_num(j_get(m, "A"), "B", 0), 1, 1e-12);
    assert_float_equal(j_num(j_get(m, "B"), "C", 0), 1, 1e-12);
    assert_float_equal(j_num(j_get(m, "C"), "B", 9), 0, 1e-12);
    tally_release(&t);
    ballots_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tennessee_capital),
        cmocka_unit_test(forty_five_voters),
        cmocka_unit_test(a_perfect_cycle),
        cmocka_unit_test(a_pairwise_tie_is_no_cycle),
        cmocka_unit_test(smith_set_is_smallest),
        cmocka_unit_test(what_is_told_of_circles),
        cmocka_unit_test(without_a_ballot_nobody_leads),
        cmocka_unit_test(partial_ballots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
