/* A run that stops early on a wrong bound throws away the ballots that would have decided it: every
 * completion of random unfinished elections is tried. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ballots.h"
#include "runner/deliberation/count/borda.h"
#include "runner/deliberation/count/count_rules.h"
#include "runner/deliberation/count/early_stop.h"
#include "runner/deliberation/words/digest.h"

enum { N = 4, TRIALS = 60 };

static int orders[64][N + 1]; /* all partial orders: a count, then candidates */
static int n_orders;

static void make_orders(int *so_far, int n)
{
    orders[n_orders][0] = n;
    for (int i = 0; i < n; i++)
        orders[n_orders][i + 1] = so_far[i];
    n_orders += n > 0; /* the empty one is a lost ballot, tried apart */
    for (int c = 0; c < N && n < N; c++) {
        bool used = false;
        for (int i = 0; i < n; i++)
            used |= so_far[i] == c;
        if (used)
            continue;
        so_far[n] = c;
        make_orders(so_far, n + 1);
    }
}

static void cast_order(struct ballots *b, const struct ballot *seat, int nth)
{
    struct ballot *v = ballots_add(b, "late");
    v->weight = seat->weight;
    for (int c = 0; c < N; c++)
        v->presented[c] = seat->presented[c];
    for (int i = 0; i < orders[nth][0]; i++)
        if (v->presented[orders[nth][i + 1]])
            ballot_rank(v, orders[nth][i + 1]);
}

static void pop(struct ballots *b)
{
    struct ballot *v = &b->list[--b->n];
    free(v->presented);
    free(v->place);
    free(v->approved);
    free(v->score);
}

typedef void count_fn(const struct ballots *b, struct tally *t);

static void borda(const struct ballots *b, struct tally *t)
{
    borda_count(b, BORDA_ZERO, letter_names, t);
}

static void schulze(const struct ballots *b, struct tally *t)
{
    condorcet_count(b, COMPLETION_SCHULZE, NULL, letter_names, t);
}

static void assert_leads(const struct ballots *b, count_fn *count, int leader)
{
    struct tally t;
    count(b, &t);
    assert_true(t.leaders == 1 && t.leader[leader]);
    tally_release(&t);
}

/* Every way in which the outstanding ballots may still be cast or lost. */
static void try_all(struct ballots *cast, const struct ballots *out, int next, count_fn *count,
                    int leader)
{
    if (next == out->n) {
        assert_leads(cast, count, leader);
        return;
    }
    try_all(cast, out, next + 1, count, leader); /* lost */
    for (int i = 0; i < n_orders; i++) {
        int before = cast->n;
        cast_order(cast, &out->list[next], i);
        if (cast->list[before].ranked > 0)
            try_all(cast, out, next + 1, count, leader);
        pop(cast);
    }
}

static void random_seat(struct stream *s, struct ballot *v)
{
    int hidden = stream_uniform(s, 2) ? -1 : (int)stream_uniform(s, N);
    v->weight = 0.5 + stream_real(s);
    for (int c = 0; c < N; c++)
        v->presented[c] = c != hidden;
}

static void ranked_bounds(void **state)
{
    (void)state;
    struct stream s;
    int so_far[N], safe[2] = {0, 0};
    n_orders = 0;
    make_orders(so_far, 0);
    stream_init(&s, "early", "ranked");
    for (int trial = 0; trial < TRIALS; trial++) {
        struct ballots cast, out;
        double sum[N] = {0}, weight[N] = {0};
        ballots_init(&cast, N);
        ballots_init(&out, N);
        int votes = 2 + (int)stream_uniform(&s, 5), open = 1 + (int)stream_uniform(&s, 2);
        int favourite[N] = {0, 1, 2, 3};
        stream_shuffle(&s, favourite, N);
        for (int i = 0; i < votes; i++) {
            struct ballot seat = {0};
            bool presented[N + 1];
            seat.presented = presented;
            random_seat(&s, &seat);
            /* mostly alike, so that some leads are safe */
            cast_order(&cast, &seat, (int)stream_uniform(&s, (uint64_t)n_orders));
            if (stream_uniform(&s, 4)) {
                pop(&cast);
                struct ballot *v = ballots_add(&cast, "j");
                v->weight = seat.weight;
                memcpy(v->presented, presented, N * sizeof *presented);
                for (int c = 0; c < N; c++)
                    if (presented[favourite[c]])
                        ballot_rank(v, favourite[c]);
            }
        }
        for (int i = 0; i < open; i++)
            random_seat(&s, ballots_add(&out, "open"));
        for (int c = 0; c < N; c++) {
            for (int i = 0; i < cast.n; i++) {
                if (!cast.list[i].presented[c])
                    continue;
                sum[c] += cast.list[i].weight * borda_points(&cast, &cast.list[i], c, BORDA_ZERO);
                weight[c] += cast.list[i].weight;
            }
        }
        struct early_stop e = {
            .rule = EARLY_MEAN, .cast = &cast, .out = &out, .sum = sum, .weight = weight};
        int leader = early_stop_leader(&e);
        if (leader >= 0)
            try_all(&cast, &out, 0, borda, leader);
        safe[0] += leader >= 0;
        e.rule = EARLY_CONDORCET;
        leader = early_stop_leader(&e);
        if (leader >= 0)
            try_all(&cast, &out, 0, schulze, leader);
        safe[1] += leader >= 0;
        ballots_release(&cast);
        ballots_release(&out);
    }
    stream_release(&s);
    assert_true(safe[0] > 3 && safe[1] > 3); /* the bound is of use */
}

static void choose_all(struct ballots *cast, const struct ballots *out, int next,
                       const struct early_stop *e, int leader)
{
    if (next < out->n) {
        choose_all(cast, out, next + 1, e, leader);
        for (int c = 0; c < N; c++) {
            struct ballot *v = ballots_add(cast, "late");
            v->weight = out->list[next].weight;
            memset(v->presented, 1, N * sizeof *v->presented);
            v->choice = c;
            choose_all(cast, out, next + 1, e, leader);
            pop(cast);
        }
        return;
    }
    struct tally t;
    double weight = 0;
    for (int i = 0; i < cast->n; i++)
        weight += cast->list[i].weight;
    if (e->rule == EARLY_PLURALITY)
        plurality_count(cast, &t);
    else
        majority_count(
            cast,
            (struct majority){.threshold = e->threshold,
                              .seat_weight = e->rule == EARLY_MAJORITY_SEATS ? e->seats : weight},
            &t);
    if (leader >= 0)
        assert_true(t.leaders == 1 && t.leader[leader]);
    else
        assert_int_equal(t.leaders, 0);
    tally_release(&t);
}

static void single_choice_bounds(void **state)
{
    (void)state;
    struct stream s;
    int decided[3][2] = {{0}};
    stream_init(&s, "early", "single");
    for (int trial = 0; trial < 600; trial++) {
        struct ballots cast, out;
        ballots_init(&cast, N);
        ballots_init(&out, N);
        double seats = 0;
        for (int i = (int)stream_uniform(&s, 7); i >= 0; i--) {
            struct ballot *v = ballots_add(&cast, "j");
            memset(v->presented, 1, N * sizeof *v->presented);
            v->choice = stream_uniform(&s, 2) ? 0 : (int)stream_uniform(&s, N);
            seats += v->weight;
        }
        for (int i = 1 + (int)stream_uniform(&s, 3); i > 0; i--) {
            struct ballot *v = ballots_add(&out, "open");
            memset(v->presented, 1, N * sizeof *v->presented);
            seats += v->weight;
        }
        for (int rule = EARLY_PLURALITY; rule <= EARLY_MAJORITY_CAST; rule++) {
            struct early_stop e = {.rule = (enum early_rule)rule,
                                   .cast = &cast,
                                   .out = &out,
                                   .threshold = trial % 2 ? 0.5 : 0.75,
                                   .seats = seats};
            int leader = early_stop_leader(&e);
            if (leader != EARLY_OPEN)
                choose_all(&cast, &out, 0, &e, leader);
            decided[rule][0] += leader >= 0;
            decided[rule][1] += leader == EARLY_NEGATIVE;
        }
        ballots_release(&cast);
        ballots_release(&out);
    }
    stream_release(&s);
    for (int rule = 0; rule < 3; rule++)
        assert_true(decided[rule][0] > 20);
    assert_true(decided[1][1] > 20);
}

/* In free words what nobody has named yet can still get all that is outstanding. */
static void a_new_word_can_still_win(void **state)
{
    (void)state;
    for (int votes = 1; votes <= 4; votes++) {
        struct ballots cast, out;
        ballots_init(&cast, 1);
        ballots_init(&out, 1);
        for (int i = 0; i < votes; i++) {
            struct ballot *v = ballots_add(&cast, "j");
            v->presented[0] = true;
            v->choice = 0;
        }
        for (int i = 0; i < 2; i++)
            ballots_add(&out, "open")->presented[0] = true;
        struct early_stop e = {.rule = EARLY_PLURALITY, .cast = &cast, .out = &out, .free = true};
        assert_int_equal(early_stop_leader(&e), votes > 2 ? 0 : EARLY_OPEN);
        ballots_release(&cast);
        ballots_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranked_bounds),
        cmocka_unit_test(single_choice_bounds),
        cmocka_unit_test(a_new_word_can_still_win),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
