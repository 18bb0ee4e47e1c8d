/* Schulze's method and ranked pairs: who stands before whom when majorities go in a circle. */
#include <stdlib.h>

#include "common/xalloc.h"

#include "count_rules.h"
#include "runner/deliberation/words/text.h"

void schulze_order(const struct pairwise *p, bool *before)
{
    int n = p->n;
    double *path = xcalloc((size_t)n * (size_t)n + 1, sizeof *path);
    for (int a = 0; a < n; a++)
        for (int b = 0; b < n; b++)
            path[a * n + b] = a == b ? 0 : pairwise_strength(p, a, b);
    for (int via = 0; via < n; via++) {
        for (int a = 0; a < n; a++) {
            for (int b = 0; b < n; b++) {
                double x = path[a * n + via], y = path[via * n + b], least = x < y ? x : y;
                if (a != b && a != via && b != via && least > path[a * n + b])
                    path[a * n + b] = least;
            }
        }
    }
    for (int a = 0; a < n; a++)
        for (int b = 0; b < n; b++)
            before[a * n + b] = a != b && score_compare(path[a * n + b], path[b * n + a]) > 0;
    free(path);
}

struct pair {
    int a, b;
    double strength, against;
    int lot_a, lot_b;
};

static int by_strength(const void *x, const void *y)
{
    const struct pair *p = x, *q = y;
    int order = score_compare(q->strength, p->strength);
    if (order == 0)
        order = score_compare(p->against, q->against);
    if (order == 0)
        order = (p->lot_a > q->lot_a) - (p->lot_a < q->lot_a);
    return order ? order : (p->lot_b > q->lot_b) - (p->lot_b < q->lot_b);
}

static int all_pairs(const struct pairwise *p, const int *lot, struct pair *pairs)
{
    int n = 0;
    for (int a = 0; a < p->n; a++)
        for (int b = 0; b < p->n; b++)
            if (a != b && pairwise_beats(p, a, b))
                pairs[n++] = (struct pair){
                    .a = a,
                    .b = b,
                    .strength = pairwise_strength(p, a, b),
                    .against = pairwise_over(p, b, a) / p->weight[a * p->n + b],
                    .lot_a = lot ? lot[a] : a,
                    .lot_b = lot ? lot[b] : b,
                };
    if (n > 1)
        qsort(pairs, (size_t)n, sizeof *pairs, by_strength);
    return n;
}

/* Locks a over b: whatever reaches a now reaches whatever b reaches. */
static void lock(bool *reach, int n, int a, int b)
{
    for (int x = 0; x < n; x++)
        for (int y = 0; y < n; y++)
            if ((x == a || reach[x * n + a]) && (y == b || reach[b * n + y]))
                reach[x * n + y] = true;
}

void ranked_pairs_order(const struct pairwise *p, const int *lot, bool *before)
{
    int n = p->n;
    struct pair *pairs = xcalloc((size_t)n * (size_t)n + 1, sizeof *pairs);
    int count = all_pairs(p, lot, pairs);
    for (int i = 0; i < n * n; i++)
        before[i] = false;
    for (int i = 0; i < count; i++)
        if (!before[pairs[i].b * n + pairs[i].a])
            lock(before, n, pairs[i].a, pairs[i].b);
    free(pairs);
}
