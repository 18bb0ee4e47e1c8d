/* What each rule makes of few ballots, to the last figure: scores, places, who leads, by how much.
 *
 * A ballot is written as "w2 cA k0.4 pAB s5,3,- aAC rBA": weight, choice, confidence, who was
 * presented (all, without it), scores, approvals, ranking; ballots stand between semicolons. A
 * tally as "0.75*0 0.25:1 -:2 +0.5": score, then * for who leads, and the place; the margin. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ballots.h"
#include "common/buf.h"
#include "common/jx.h"
#include "runner/deliberation/count/count_rules.h"

#define COUNT(cases) (sizeof(cases) / sizeof(*(cases)))

enum { CANDIDATES = 3 };

static void take_scores(struct ballot *v, const char *text)
{
    for (int c = 0; c < CANDIDATES && *text; c++) {
        char *end;
        double x = strtod(text, &end);
        v->score[c] = end > text ? x : (double)NAN;
        text = end > text ? end : text + 1;
        text += *text == ',';
    }
}

static void take_word(struct ballot *v, const char *word)
{
    const char *rest = word + 1;
    for (int c = 0; c < CANDIDATES && (*word == 'p' || *word == 'a'); c++)
        (*word == 'p' ? v->presented : v->approved)[c] = strchr(rest, 'A' + c) != NULL;
    for (const char *at = rest; *word == 'r' && *at; at++)
        ballot_rank(v, *at - 'A');
    if (*word == 'w')
        v->weight = strtod(rest, NULL);
    else if (*word == 'k')
        v->confidence = strtod(rest, NULL);
    else if (*word == 'c')
        v->choice = *rest - 'A';
    else if (*word == 's')
        take_scores(v, rest);
}

static void read_ballots(struct ballots *b, const char *text)
{
    char copy[300], *outer = NULL, *inner = NULL;
    snprintf(copy, sizeof(copy), "%s", text);
    ballots_init(b, CANDIDATES);
    for (char *one = strtok_r(copy, ";", &outer); one; one = strtok_r(NULL, ";", &outer)) {
        struct ballot *v = ballots_add(b, "j");
        for (int c = 0; c < CANDIDATES; c++)
            v->presented[c] = true;
        for (char *w = strtok_r(one, " ", &inner); w; w = strtok_r(NULL, " ", &inner))
            take_word(v, w);
    }
}

static void add_figure(struct buf *to, double x)
{
    if (isnan(x))
        buf_addf(to, "-");
    else
        buf_addf(to, "%.4g", x);
}

static void expect_tally(const char *about, struct tally *t, const char *expected)
{
    struct buf text = BUF_INIT(1000);
    int leaders = 0;
    for (int c = 0; c < CANDIDATES; c++) {
        add_figure(&text, t->score[c]);
        buf_addf(&text, "%c%d ", t->leader[c] ? '*' : ':', t->group[c]);
        leaders += t->leader[c];
    }
    buf_addf(&text, "+");
    add_figure(&text, t->margin);
    if (strcmp(buf_str(&text), expected) != 0)
        fail_msg("%s: %s, not %s", about, buf_str(&text), expected);
    assert_int_equal(t->leaders, leaders);
    assert_int_equal(t->winner, -1); /* that is for the tie rules */
    buf_release(&text);
    tally_release(t);
}

static void means_of_scores(void **state)
{
    (void)state;
    static const struct {
        const char *ballots;
        bool zscore;
        const char *tally;
    } CASES[] = {
        {"", false, "-:0 -:0 -:0 +-"},
        {"s1,2,3", false, "1:2 2:1 3*0 +1"},
        {"s1,2,3; s3,3,-", false, "2:2 2.5:1 3*0 +0.5"},
        {"s5,-,-; s-,1,-", false, "5*0 1:1 -:2 +4"},
        {"s4,4,1", false, "4*0 4*0 1:1 +0"},
        {"s0,0,0", false, "0*0 0*0 0*0 +0"},
        {"w3 s1,2,-; s5,6,-", false, "2:1 3*0 -:2 +1"},
        {"w0 s9,9,9; s1,2,3", false, "1:2 2:1 3*0 +1"},
        {"w0 s9,9,9", false, "-:0 -:0 -:0 +-"},
        {"s-5,-1,0", false, "-5:2 -1:1 0*0 +1"},
        /* each judge's own scale is taken out */
        {"s1,2,3", true, "-1.225:2 0:1 1.225*0 +1.225"},
        {"s10,20,30", true, "-1.225:2 0:1 1.225*0 +1.225"},
        {"s0,2,-", true, "-1:1 1*0 -:2 +2"},
        {"s0,4,2; s3,3,3", true, "-0.6124:2 0.6124*0 0:1 +0.6124"},
        {"s5,-,-", true, "-:0 -:0 -:0 +-"}, /* one score says nothing */
        {"s5,-,-; s1,3,-", true, "-1:1 1*0 -:2 +2"},
        {"w3 s0,2,-; s2,0,-", true, "-0.5:1 0.5*0 -:2 +1"},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct ballots b;
        struct tally t;
        read_ballots(&b, CASES[i].ballots);
        mean_score_count(&b, CASES[i].zscore, &t);
        expect_tally(CASES[i].ballots, &t, CASES[i].tally);
        ballots_release(&b);
    }
}

static void medians_of_confidences(void **state)
{
    (void)state;
    static const struct {
        const char *ballots;
        int min_votes;
        const char *tally, *votes;
    } CASES[] = {
        {"", 1, "-:0 -:0 -:0 +-", "{\"A\":0,\"B\":0,\"C\":0}"},
        {"cA k0.4", 1, "0.4*0 -:1 -:1 +-", "{\"A\":1,\"B\":0,\"C\":0}"},
        {"cA k0.4", 2, "-:0 -:0 -:0 +-", "{\"A\":1,\"B\":0,\"C\":0}"},
        {"cA k0.9; cA k0.1; cA k0.3", 3, "0.3*0 -:1 -:1 +-", "{\"A\":3,\"B\":0,\"C\":0}"},
        {"cA k0.9; cA k0.1; cA k0.3", 4, "-:0 -:0 -:0 +-", "{\"A\":3,\"B\":0,\"C\":0}"},
        {"cA k0.9; cA k0.1; cA k0.3; cA k0.4", 1, "0.35*0 -:1 -:1 +-", "{\"A\":4,\"B\":0,\"C\":0}"},
        {"cA k0.8; cA k0.4", 1, "0.6*0 -:1 -:1 +-", "{\"A\":2,\"B\":0,\"C\":0}"},
        /* a vote without a confidence is a vote, and no confidence of 0 */
        {"cA k0.4; cA; cB k0.3", 2, "0.4*0 -:1 -:1 +-", "{\"A\":2,\"B\":1,\"C\":0}"},
        {"cA; cB k0.3", 1, "-:1 0.3*0 -:1 +-", "{\"A\":1,\"B\":1,\"C\":0}"},
        {"cA k0.4; cB k0.7; k0.9", 1, "0.4:1 0.7*0 -:2 +0.3", "{\"A\":1,\"B\":1,\"C\":0}"},
        {"w9 cA k0.4; cC k0.7", 1, "0.4:1 -:2 0.7*0 +0.3", "{\"A\":1,\"B\":0,\"C\":1}"},
        {"cA k0.7; cC k0.7", 1, "0.7*0 -:1 0.7*0 +0", "{\"A\":1,\"B\":0,\"C\":1}"},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct ballots b;
        struct tally t;
        read_ballots(&b, CASES[i].ballots);
        median_confidence_count(&b, CASES[i].min_votes, letter_names, &t);
        char *votes = j_dump(j_get(t.raw, "votes"));
        assert_string_equal(votes, CASES[i].votes);
        expect_tally(CASES[i].ballots, &t, CASES[i].tally);
        free(votes);
        ballots_release(&b);
    }
}

static void shares_of_approval(void **state)
{
    (void)state;
    static const struct {
        const char *ballots;
        double min_share;
        const char *tally;
    } CASES[] = {
        {"", 0, "-:0 -:0 -:0 +-"},
        {"a", 0, "0:0 0:0 0:0 +0"}, /* whom nobody approves does not lead */
        {"aA", 0, "1*0 0:1 0:1 +1"},
        {"aA; aAB", 0, "1*0 0.5:1 0:2 +0.5"},
        {"aAB; aBA", 0, "1*0 1*0 0:1 +0"},
        {"aA; a", 0.5, "0.5*0 0:1 0:1 +0.5"},
        {"aA; a", 0.51, "0.5:0 0:1 0:1 +0.5"},
        {"aA; a; a", 0, "0.3333*0 0:1 0:1 +0.3333"},
        {"w3 aA; aB", 0.75, "0.75*0 0.25:1 0:2 +0.5"},
        {"w3 aA; aB", 0.76, "0.75:0 0.25:1 0:2 +0.5"},
        {"w0 aA; aB", 0, "0:1 1*0 0:1 +1"},
        /* who was not presented could not be approved */
        {"pBC aB; aA", 0, "1*0 0.5:1 0:2 +0.5"},
        {"pB aB", 0, "-:1 1*0 -:1 +-"},
        {"pAB aA; pAB a", 0, "0.5*0 0:1 -:2 +0.5"},
        {"aAC; aAC; aC", 1, "0.6667:1 0:2 1*0 +0.3333"},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct ballots b;
        struct tally t;
        read_ballots(&b, CASES[i].ballots);
        approval_count(&b, CASES[i].min_share, &t);
        expect_tally(CASES[i].ballots, &t, CASES[i].tally);
        ballots_release(&b);
    }
}

static void majorities(void **state)
{
    (void)state;
    static const struct {
        const char *ballots;
        struct majority of;
        const char *tally;
        bool reached;
    } CASES[] = {
        {"", {0.5, 3}, "0:0 0:0 0:0 +0", false},
        {"cA; cA; cB", {0.5, 3}, "2*0 1:1 0:2 +1", true},
        {"cA; cA; cB", {0.5, 4}, "2:0 1:1 0:2 +1", false}, /* half is not more than half */
        {"cA; cA; cB", {0.5, 3.9}, "2*0 1:1 0:2 +1", true},
        {"cA; cA; cB", {0.6667, 3}, "2:0 1:1 0:2 +1", false},
        {"cA; cA; cB", {0.6666, 3}, "2*0 1:1 0:2 +1", true},
        {"cA; cA; cA; cB", {0.75, 4}, "3*0 1:1 0:2 +2", true}, /* above half: at least so much */
        {"cA; cA; cA; cB", {0.76, 4}, "3:0 1:1 0:2 +2", false},
        {"cA; cA", {1, 2}, "2*0 0:1 0:1 +2", true},
        {"cA; cA", {1, 3}, "2:0 0:1 0:1 +2", false},
        {"w2 cB; cA", {0.5, 3}, "1:1 2*0 0:2 +1", true},
        {"w2 cB; cA", {0.5, 4}, "1:1 2:0 0:2 +1", false},
        {"cA; cB", {0.5, 2}, "1:0 1:0 0:1 +0", false},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct ballots b;
        struct tally t;
        read_ballots(&b, CASES[i].ballots);
        majority_count(&b, CASES[i].of, &t);
        assert_int_equal(j_bool(t.raw, "reached", !CASES[i].reached), CASES[i].reached);
        assert_true(j_num(t.raw, "threshold", -1) == CASES[i].of.threshold);
        assert_true(j_num(t.raw, "denominator", -1) == CASES[i].of.seat_weight);
        expect_tally(CASES[i].ballots, &t, CASES[i].tally);
        ballots_release(&b);
    }
}

/* Over and against each other: "A over B / weight of both" for AB, BA, AC, CA, BC, CB. */
static void figures_of_pairs(void **state)
{
    (void)state;
    static const struct {
        const char *ballots, *figures;
    } CASES[] = {
        {"", "0/0 0/0 0/0 0/0 0/0 0/0"},
        {"rABC", "1/1 0/1 1/1 0/1 1/1 0/1"},
        {"rCBA", "0/1 1/1 0/1 1/1 0/1 1/1"},
        {"rA", "1/1 0/1 1/1 0/1 0/1 0/1"}, /* who has no place is behind, and level with others */
        {"r", "0/1 0/1 0/1 0/1 0/1 0/1"},
        {"pAB rAB", "1/1 0/1 0/0 0/0 0/0 0/0"},
        {"pA rA", "0/0 0/0 0/0 0/0 0/0 0/0"},
        {"w2 rABC; rBCA", "2/3 1/3 2/3 1/3 3/3 0/3"},
        {"w2 pBC rCB; w0.5 rAC", "0.5/0.5 0/0.5 0.5/0.5 0/0.5 0/2.5 2.5/2.5"},
    };
    static const int PAIRS[][2] = {{0, 1}, {1, 0}, {0, 2}, {2, 0}, {1, 2}, {2, 1}};
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct ballots b;
        struct pairwise p;
        struct buf text = BUF_INIT(1000);
        read_ballots(&b, CASES[i].ballots);
        pairwise_init(&p, &b);
        for (size_t k = 0; k < COUNT(PAIRS); k++) {
            int x = PAIRS[k][0], y = PAIRS[k][1];
            double over = pairwise_over(&p, x, y), under = pairwise_over(&p, y, x);
            double all = p.weight[x * CANDIDATES + y];
            buf_addf(&text, "%s%g/%g", k ? " " : "", over, all);
            assert_int_equal(pairwise_beats(&p, x, y), over > under);
            assert_true(pairwise_strength(&p, x, y) == (over > under ? over / all : 0));
        }
        if (strcmp(buf_str(&text), CASES[i].figures) != 0)
            fail_msg("%s: %s, not %s", CASES[i].ballots, buf_str(&text), CASES[i].figures);
        buf_release(&text);
        pairwise_release(&p);
        ballots_release(&b);
    }
}

/* How far two orders agree: places of A to D, -1 for none. */
static void agreement_of_orders(void **state)
{
    (void)state;
    static const struct {
        int x[4], y[4], n;
        double tau;
    } CASES[] = {
        {{0, 1, 2, 3}, {0, 1, 2, 3}, 4, 1},
        {{0, 1, 2, 3}, {3, 2, 1, 0}, 4, -1},
        {{0, 1, 2, 3}, {0, 1, 3, 2}, 4, 4.0 / 6},
        {{0, 1, 2, 3}, {1, 0, 2, 3}, 3, 1.0 / 3}, /* only the first three count */
        {{0, 1, 2, 3}, {0, 1, 3, 2}, 2, 1},
        {{0, 1, 2, 3}, {0, 1, 3, 2}, 1, NAN},
        {{0, 1, 2, 3}, {0, 1, 3, 2}, 0, NAN},
        {{0, 1, -1, -1}, {1, 0, 2, 3}, 4, -1},
        {{0, 1, 2, -1}, {-1, 0, 1, 2}, 4, 1},
        {{0, -1, 1, -1}, {-1, 0, -1, 1}, 4, NAN},
        {{0, 0, 0, 0}, {0, 1, 2, 3}, 4, NAN},
        {{0, 0, 1, 1}, {0, 1, 2, 3}, 4, 0.81649658092772603},
        {{0, 1, 2, 3}, {0, 0, 1, 1}, 4, 0.81649658092772603},
        {{0, 0, 1, 1}, {0, 0, 1, 1}, 4, 1},
        {{0, 0, 1, 1}, {1, 1, 0, 0}, 4, -1},
        {{0, 0, 1, 2}, {0, 1, 1, 2}, 4, 0.8},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        double tau = kendall_tau_b(CASES[i].x, CASES[i].y, CASES[i].n);
        bool same = isnan(CASES[i].tau) ? isnan(tau) : fabs(tau - CASES[i].tau) < 1e-12;
        if (!same)
            fail_msg("case %zu: %.17g, not %.17g", i, tau, CASES[i].tau);
    }
}

static void agreement_of_all(void **state)
{
    (void)state;
    static const struct {
        const char *ballots;
        double tau;
    } CASES[] = {
        {"", NAN},
        {"rABC", NAN},
        {"rABC; rABC", 1},
        {"rABC; rCBA", -1},
        {"rABC; rABC; rCBA", -1.0 / 3},
        {"rABC; rACB", 1.0 / 3},
        {"rABC; rA; rABC", 1}, /* with one place there is nothing to agree on */
        {"rA; rB", NAN},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct ballots b;
        read_ballots(&b, CASES[i].ballots);
        double tau = ballots_mean_tau(&b);
        bool same = isnan(CASES[i].tau) ? isnan(tau) : fabs(tau - CASES[i].tau) < 1e-12;
        if (!same)
            fail_msg("%s: %.17g, not %.17g", CASES[i].ballots, tau, CASES[i].tau);
        ballots_release(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_of_scores),    cmocka_unit_test(medians_of_confidences),
        cmocka_unit_test(shares_of_approval), cmocka_unit_test(majorities),
        cmocka_unit_test(figures_of_pairs),   cmocka_unit_test(agreement_of_orders),
        cmocka_unit_test(agreement_of_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
