/* The order in which ranked pairs are locked, figure by figure, and what Borda's count does with a
 * ballot that tells nothing or not all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ballots.h"
#include "common/jx.h"
#include "runner/deliberation/count/aggregator.h"
#include "runner/deliberation/count/borda.h"
#include "runner/deliberation/count/count_rules.h"

enum { A, B, C };

/* Who stands before whom of three, as "AB AC BC"; what stood in the table before is gone. */
static void assert_before(const double *over, const double *weight, const int *lot,
                          const char *wanted)
{
    double d[9], n[9];
    bool before[9];
    char text[40] = "";
    memcpy(d, over, sizeof d);
    memcpy(n, weight, sizeof n);
    memset(before, true, sizeof before);
    ranked_pairs_order(&(struct pairwise){.n = 3, .over = d, .weight = n}, lot, before);
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++)
            if (before[a * 3 + b])
                snprintf(text + strlen(text), sizeof text - strlen(text), "%s%c%c",
                         *text ? " " : "", 'A' + a, 'A' + b);
    assert_string_equal(text, wanted);
}

static const double TEN[9] = {0, 10, 10, 10, 0, 10, 10, 10, 0};
static const int IN_ORDER[] = {0, 1, 2}, TURNED[] = {2, 0, 1};

/* A over B, B over C and C over A by six of ten each: fewest against comes first. */
static void by_those_against(void **state)
{
    (void)state;
    static const double OVER[9] = {0, 6, 3, 4, 0, 6, 6, 2, 0};
    assert_before(OVER, TEN, IN_ORDER, "BA BC CA");
    /* It is their share that counts. */
    static const double MORE[9] = {0, 6, 3, 4, 0, 60, 6, 20, 0};
    static const double HUNDRED[9] = {0, 10, 10, 10, 0, 100, 10, 100, 0};
    assert_before(MORE, HUNDRED, IN_ORDER, "BA BC CA");
}

static void by_strength_first(void **state)
{
    (void)state;
    /* A over B has fewest against, and is the weakest. */
    static const double OVER[9] = {0, 4, 3, 0, 0, 6, 5, 4, 0};
    assert_before(OVER, TEN, IN_ORDER, "BA BC CA");
}

static void by_lot_at_last(void **state)
{
    (void)state;
    static const double OVER[9] = {0, 6, 4, 4, 0, 6, 6, 4, 0};
    assert_before(OVER, TEN, IN_ORDER, "AB AC BC");
    assert_before(OVER, TEN, TURNED, "BA BC CA");
    assert_before(OVER, TEN, NULL, "AB AC BC");
}

static void who_beats_nobody_stands_before_nobody(void **state)
{
    (void)state;
    static const double OVER[9] = {0, 5, 6, 5, 0, 6, 4, 4, 0};
    assert_before(OVER, TEN, IN_ORDER, "AC BC");
    static const double ALL_EVEN[9] = {0, 5, 5, 5, 0, 5, 5, 5, 0};
    assert_before(ALL_EVEN, TEN, IN_ORDER, "");
}

static void ballots_that_tell_nothing(void **state)
{
    (void)state;
    struct ballots b;
    struct tally t;
    ballots_init(&b, 3);
    add_ranked(&b, 2, "j", "A", "A");
    add_ranked(&b, 1, "k", "BAC", NULL);
    borda_count(&b, BORDA_AVERAGE, letter_names, &t);
    assert_int_equal(j_int(t.raw, "uninformative", -1), 2);
    assert_true(t.score[A] == 0.5 && t.score[B] == 1 && t.score[C] == 0);
    tally_release(&t);
    ballots_release(&b);
}

/* Two places are left: each is worth a half of one of three, or nothing. */
static void the_places_that_are_left(void **state)
{
    (void)state;
    static const struct {
        const char *partial;
        double worth, points;
    } ROWS[] = {{"average", 0.25, 1.5}, {"zero", 0, 0}};
    for (size_t i = 0; i < 2; i++) {
        struct ballots b;
        struct tally t;
        json_t *opts = json_pack("{s:s}", "partial", ROWS[i].partial);
        struct count_facts f = {.opts = opts, .names = letter_names};
        ballots_init(&b, 3);
        add_ranked(&b, 1, "j", "B", NULL);
        borda_rule(&b, &f, &t);
        assert_true(t.score[A] == ROWS[i].worth && t.score[B] == 1 && t.score[C] == ROWS[i].worth);
        assert_true(borda_given(&b, &b.list[0], A, &f) == ROWS[i].worth);
        assert_true(j_num(j_get(t.raw, "points"), "C", -1) == ROWS[i].points);
        tally_release(&t);
        ballots_release(&b);
        json_decref(opts);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_those_against),
        cmocka_unit_test(by_strength_first),
        cmocka_unit_test(by_lot_at_last),
        cmocka_unit_test(who_beats_nobody_stands_before_nobody),
        cmocka_unit_test(ballots_that_tell_nothing),
        cmocka_unit_test(the_places_that_are_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
