/* Thousands of random elections against references written another way: what a rule promises must
 * hold for every one of them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ballots.h"
#include "common/jx.h"
#include "runner/deliberation/count/borda.h"
#include "runner/deliberation/count/count_rules.h"
#include "runner/deliberation/words/digest.h"
#include "runner/deliberation/words/text.h"

enum { ROUNDS = 2000, N = 4 };

static const int plain_lot[] = {0, 1, 2, 3};

/* A random election of up to seven ballots, some partial, some without one candidate. */
static void random_ballots(struct stream *s, struct ballots *b, bool complete)
{
    int votes = 1 + (int)stream_uniform(s, 7);
    ballots_init(b, N);
    for (int i = 0; i < votes; i++) {
        int order[N] = {0, 1, 2, 3};
        struct ballot *v = ballots_add(b, "j");
        int hidden = complete || stream_uniform(s, 3) ? -1 : (int)stream_uniform(s, N);
        int ranked = complete ? N : 1 + (int)stream_uniform(s, N);
        stream_shuffle(s, order, N);
        v->weight = complete ? 1 : 0.5 + stream_real(s);
        for (int c = 0; c < N; c++)
            v->presented[c] = c != hidden;
        for (int k = 0; k < N && v->ranked < ranked; k++)
            if (order[k] != hidden)
                ballot_rank(v, order[k]);
    }
}

/* ---- references ---- */

static double ref_over(const struct ballots *b, int x, int y)
{
    double sum = 0;
    for (int i = 0; i < b->n; i++) {
        const struct ballot *v = &b->list[i];
        int p = v->place[x] < 0 ? 99 : v->place[x], q = v->place[y] < 0 ? 99 : v->place[y];
        if (v->presented[x] && v->presented[y] && p < q)
            sum += v->weight;
    }
    return sum;
}

static double ref_both(const struct ballots *b, int x, int y)
{
    double sum = 0;
    for (int i = 0; i < b->n; i++)
        if (b->list[i].presented[x] && b->list[i].presented[y])
            sum += b->list[i].weight;
    return sum;
}

static bool ref_beats(const struct ballots *b, int x, int y)
{
    return score_compare(ref_over(b, x, y), ref_over(b, y, x)) > 0;
}

/* The strongest path by trying all simple paths. */
static double ref_path(const struct ballots *b, int from, int to, unsigned seen, double least)
{
    if (from == to)
        return least;
    double best = 0;
    for (int via = 0; via < N; via++) {
        if (seen & 1u << via || !ref_beats(b, from, via))
            continue;
        double strength = ref_over(b, from, via) / ref_both(b, from, via);
        double x = ref_path(b, via, to, seen | 1u << via, fmin(least, strength));
        best = fmax(best, x);
    }
    return best;
}

static bool ref_schulze_winner(const struct ballots *b, int a)
{
    for (int o = 0; o < N; o++)
        if (o != a &&
            score_compare(ref_path(b, a, o, 1u << a, 9), ref_path(b, o, a, 1u << o, 9)) < 0)
            return false;
    return true;
}

/* The smallest set that beats everyone outside, by trying all sets. */
static unsigned ref_smith(const struct ballots *b)
{
    unsigned best = 0;
    for (unsigned set = 1; set < 1u << N; set++) {
        bool dominates = true;
        for (int x = 0; x < N; x++)
            for (int y = 0; y < N; y++)
                if (set & 1u << x && !(set & 1u << y) && !ref_beats(b, x, y))
                    dominates = false;
        if (dominates && (!best || __builtin_popcount(set) < __builtin_popcount(best)))
            best = set;
    }
    return best;
}

static int ref_condorcet(const struct ballots *b)
{
    for (int x = 0; x < N; x++) {
        int beaten = 0;
        for (int y = 0; y < N; y++)
            beaten += x != y && ref_beats(b, x, y);
        if (beaten == N - 1)
            return x;
    }
    return -1;
}

static double ref_borda(const struct ballots *b, int c)
{
    double sum = 0, weights = 0;
    for (int i = 0; i < b->n; i++) {
        const struct ballot *v = &b->list[i];
        double beaten = 0, others = 0;
        if (!v->presented[c])
            continue;
        for (int o = 0; o < N; o++) {
            if (o == c || !v->presented[o])
                continue;
            others++;
            if (v->place[c] >= 0 && (v->place[o] < 0 || v->place[c] < v->place[o]))
                beaten += 1;
            else if (v->place[c] < 0 && v->place[o] < 0)
                beaten += 0.5;
        }
        if (others > 0) {
            sum += v->weight * beaten / others;
            weights += v->weight;
        }
    }
    return weights > 0 ? sum / weights : NAN;
}

static bool reachable(bool edge[N][N], int from, int to)
{
    if (from == to)
        return true;
    for (int via = 0; via < N; via++)
        if (edge[from][via] && reachable(edge, via, to))
            return true;
    return false;
}

/* Ranked pairs: take the best pair left, again and again; keep the edge unless it closes a cycle.
 */
static int ref_ranked_pairs(const struct ballots *b)
{
    bool edge[N][N] = {{false}}, done[N][N] = {{false}};
    for (;;) {
        int x = -1, y = -1;
        double strength = 0, against = 0;
        for (int i = 0; i < N; i++) {
            for (int k = 0; k < N; k++) {
                if (i == k || done[i][k] || !ref_beats(b, i, k))
                    continue;
                double s = ref_over(b, i, k) / ref_both(b, i, k);
                double a = ref_over(b, k, i) / ref_both(b, i, k);
                if (x < 0 || score_compare(s, strength) > 0 ||
                    (score_equal(s, strength) && score_compare(a, against) < 0)) {
                    x = i;
                    y = k;
                    strength = s;
                    against = a;
                }
            }
        }
        if (x < 0)
            break;
        done[x][y] = true;
        if (!reachable(edge, y, x))
            edge[x][y] = true;
    }
    int winner = -1, sources = 0;
    for (int c = 0; c < N; c++) {
        bool incoming = false;
        for (int o = 0; o < N; o++)
            incoming |= edge[o][c];
        if (!incoming) {
            winner = c;
            sources++;
        }
    }
    return sources == 1 ? winner : -1;
}

/* ---- properties ---- */

static int only_leader(const struct tally *t)
{
    for (int c = 0; t->leaders == 1 && c < t->candidates; c++)
        if (t->leader[c])
            return c;
    return -1;
}

static void agree_with_the_references(void **state)
{
    (void)state;
    struct stream s;
    stream_init(&s, "properties", "agree");
    for (int i = 0; i < ROUNDS; i++) {
        struct ballots b;
        struct tally t;
        random_ballots(&s, &b, i % 2);
        borda_count(&b, BORDA_AVERAGE, letter_names, &t);
        for (int c = 0; c < N; c++) {
            double expected = ref_borda(&b, c);
            assert_int_equal(isnan(t.score[c]), isnan(expected));
            if (!isnan(expected))
                assert_float_equal(t.score[c], expected, 1e-9);
        }
        tally_release(&t);
        condorcet_count(&b, COMPLETION_NONE, NULL, letter_names, &t);
        unsigned smith = ref_smith(&b);
        assert_int_equal(json_array_size(j_get(t.raw, "smith_set")), __builtin_popcount(smith));
        for (int c = 0; c < N; c++)
            assert_int_equal(t.leader[c], (smith >> c) & 1);
        assert_int_equal(only_leader(&t), ref_condorcet(&b));
        tally_release(&t);
        condorcet_count(&b, COMPLETION_SCHULZE, NULL, letter_names, &t);
        for (int c = 0; c < N; c++)
            assert_int_equal(t.leader[c], ref_schulze_winner(&b, c));
        tally_release(&t);
        condorcet_count(&b, COMPLETION_RANKED_PAIRS, plain_lot, letter_names, &t);
        assert_int_equal(only_leader(&t), ref_ranked_pairs(&b));
        tally_release(&t);
        ballots_release(&b);
    }
    stream_release(&s);
}

typedef void count_fn(const struct ballots *b, struct tally *t);

static void by_borda(const struct ballots *b, struct tally *t)
{
    borda_count(b, BORDA_AVERAGE, letter_names, t);
}

static void by_schulze(const struct ballots *b, struct tally *t)
{
    condorcet_count(b, COMPLETION_SCHULZE, NULL, letter_names, t);
}

static count_fn *const ranked_rules[] = {by_borda, by_schulze};

/* The same election with other names for the candidates. */
static void rename_candidates(const struct ballots *from, const int *to, struct ballots *b)
{
    ballots_init(b, N);
    for (int i = 0; i < from->n; i++) {
        struct ballot *v = ballots_add(b, "j");
        v->weight = from->list[i].weight;
        v->ranked = from->list[i].ranked;
        for (int c = 0; c < N; c++) {
            v->presented[to[c]] = from->list[i].presented[c];
            v->place[to[c]] = from->list[i].place[c];
        }
    }
}

static void neutral_between_candidates(void **state)
{
    (void)state;
    struct stream s;
    stream_init(&s, "properties", "neutral");
    for (int i = 0; i < ROUNDS; i++) {
        int to[N] = {0, 1, 2, 3};
        struct ballots b, renamed;
        random_ballots(&s, &b, false);
        stream_shuffle(&s, to, N);
        rename_candidates(&b, to, &renamed);
        for (size_t r = 0; r < 2; r++) {
            struct tally t, u;
            ranked_rules[r](&b, &t);
            ranked_rules[r](&renamed, &u);
            for (int c = 0; c < N; c++)
                assert_int_equal(t.leader[c], u.leader[to[c]]);
            tally_release(&t);
            tally_release(&u);
        }
        ballots_release(&b);
        ballots_release(&renamed);
    }
    stream_release(&s);
}

static void anonymous_between_voters(void **state)
{
    (void)state;
    struct stream s;
    stream_init(&s, "properties", "anonymous");
    for (int i = 0; i < ROUNDS; i++) {
        struct ballots b;
        random_ballots(&s, &b, false);
        for (size_t r = 0; r < 2; r++) {
            struct tally t, u;
            ranked_rules[r](&b, &t);
            struct ballot kept = b.list[0];
            b.list[0] = b.list[b.n - 1];
            b.list[b.n - 1] = kept;
            ranked_rules[r](&b, &u);
            for (int c = 0; c < N; c++) {
                assert_int_equal(t.leader[c], u.leader[c]);
                assert_int_equal(t.group[c], u.group[c]);
            }
            tally_release(&t);
            tally_release(&u);
        }
        ballots_release(&b);
    }
    stream_release(&s);
}

static void raise_by_one(struct ballot *v, int c)
{
    for (int o = 0; o < N; o++) {
        if (v->place[c] > 0 && v->place[o] == v->place[c] - 1) {
            v->place[o]++;
            v->place[c]--;
            return;
        }
    }
}

/* Raising the winner on a ballot does not make it lose. */
static void monotone(void **state)
{
    (void)state;
    struct stream s;
    stream_init(&s, "properties", "monotone");
    for (int i = 0; i < ROUNDS; i++) {
        struct ballots b;
        random_ballots(&s, &b, true);
        for (size_t r = 0; r < 2; r++) {
            struct tally t, u;
            ranked_rules[r](&b, &t);
            int winner = only_leader(&t);
            if (winner >= 0) {
                raise_by_one(&b.list[stream_uniform(&s, (uint64_t)b.n)], winner);
                ranked_rules[r](&b, &u);
                assert_int_equal(only_leader(&u), winner);
                tally_release(&u);
            }
            tally_release(&t);
        }
        ballots_release(&b);
    }
    stream_release(&s);
}

static void completions_elect_the_condorcet_winner(void **state)
{
    (void)state;
    struct stream s;
    int found = 0;
    stream_init(&s, "properties", "consistent");
    for (int i = 0; i < ROUNDS; i++) {
        struct ballots b;
        struct tally t;
        random_ballots(&s, &b, false);
        int winner = ref_condorcet(&b);
        for (int k = COMPLETION_SCHULZE; winner >= 0 && k <= COMPLETION_RANKED_PAIRS; k++) {
            condorcet_count(&b, (enum completion_word)k, plain_lot, letter_names, &t);
            assert_int_equal(only_leader(&t), winner);
            tally_release(&t);
            found++;
        }
        ballots_release(&b);
    }
    assert_true(found > 500);
    stream_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agree_with_the_references),
        cmocka_unit_test(neutral_between_candidates),
        cmocka_unit_test(anonymous_between_voters),
        cmocka_unit_test(monotone),
        cmocka_unit_test(completions_elect_the_condorcet_winner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
