#include <stdlib.h>

#include "common/xalloc.h"

#include "count.h"
#include "count_rules.h"
#include "runner/deliberation/words/text.h"

static void add_ballot(struct pairwise *p, const struct ballot *v)
{
    for (int a = 0; a < p->n; a++) {
        for (int b = 0; b < p->n; b++) {
            if (a == b || !v->presented[a] || !v->presented[b])
                continue;
            p->weight[a * p->n + b] += v->weight;
            bool above = v->place[a] >= 0 && (v->place[b] < 0 || v->place[a] < v->place[b]);
            p->over[a * p->n + b] += above ? v->weight : 0;
        }
    }
}

void pairwise_init(struct pairwise *p, const struct ballots *b)
{
    size_t cells = (size_t)b->candidates * (size_t)b->candidates + 1;
    *p = (struct pairwise){
        .n = b->candidates,
        .over = xcalloc(cells, sizeof(double)),
        .weight = xcalloc(cells, sizeof(double)),
    };
    for (int i = 0; i < b->n; i++)
        add_ballot(p, &b->list[i]);
}

void pairwise_release(struct pairwise *p)
{
    free(p->over);
    free(p->weight);
    *p = (struct pairwise){.n = 0};
}

double pairwise_over(const struct pairwise *p, int a, int b)
{
    return p->over[a * p->n + b];
}

bool pairwise_beats(const struct pairwise *p, int a, int b)
{
    return score_compare(pairwise_over(p, a, b), pairwise_over(p, b, a)) > 0;
}

double pairwise_strength(const struct pairwise *p, int a, int b)
{
    return pairwise_beats(p, a, b) ? pairwise_over(p, a, b) / p->weight[a * p->n + b] : 0;
}
