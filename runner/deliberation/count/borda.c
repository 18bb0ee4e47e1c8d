#include "borda.h"

#include <math.h>

#include "common/jx.h"
#include "proto/council/tables/kinds.h"
#include "proto/council/tables/words.h"

#include "aggregator.h"
#include "count.h"
#include "early_stop.h"
#include "runner/deliberation/words/need.h"

double borda_points(const struct ballots *b, const struct ballot *ballot, int candidate,
                    enum borda_partial partial)
{
    int n = ballot_presented(b, ballot), k = ballot->ranked, p = ballot->place[candidate];
    if (n < 2)
        return (double)NAN;
    if (p >= 0)
        return (double)(n - 1 - p) / (n - 1);
    return partial == BORDA_AVERAGE ? (n - k - 1) / 2.0 / (n - 1) : 0;
}

/* The classic sum: n for the first place, down to 1. */
static double classic_points(const struct ballots *b, const struct ballot *ballot, int candidate,
                             enum borda_partial partial)
{
    int n = ballot_presented(b, ballot), k = ballot->ranked, p = ballot->place[candidate];
    if (p >= 0)
        return n - p;
    return partial == BORDA_AVERAGE ? (n - k + 1) / 2.0 : 0;
}

void borda_count(const struct ballots *b, enum borda_partial partial, const char *const *names,
                 struct tally *t)
{
    tally_init(t, b->candidates);
    json_t *points = j_object();
    int uninformative = 0;
    for (int c = 0; c < b->candidates; c++) {
        double sum = 0, weight = 0, classic = 0;
        for (int i = 0; i < b->n; i++) {
            const struct ballot *ballot = &b->list[i];
            if (!ballot->presented[c] || ballot_presented(b, ballot) < 2)
                continue;
            sum += ballot->weight * borda_points(b, ballot, c, partial);
            classic += ballot->weight * classic_points(b, ballot, c, partial);
            weight += ballot->weight;
        }
        t->score[c] = weight > 0 ? sum / weight : (double)NAN;
        j_set(points, names[c], j_real(classic));
    }
    for (int i = 0; i < b->n; i++)
        uninformative += ballot_presented(b, &b->list[i]) < 2;
    j_set(t->raw, "points", points);
    j_set(t->raw, "uninformative", j_integer(uninformative));
    tally_order(t);
}
static enum borda_partial partial_of(const struct count_facts *f)
{
    return need_word(f->opts, "partial", PARTIAL_NAMES) == PARTIAL_ZERO ? BORDA_ZERO
                                                                        : BORDA_AVERAGE;
}

void borda_rule(const struct ballots *b, const struct count_facts *f, struct tally *t)
{
    borda_count(b, partial_of(f), f->names, t);
}

bool borda_early(const struct count_facts *f, enum early_rule *ret)
{
    (void)f;
    *ret = EARLY_MEAN;
    return true;
}

double borda_given(const struct ballots *b, const struct ballot *v, int candidate,
                   const struct count_facts *f)
{
    return borda_points(b, v, candidate, partial_of(f));
}

const struct aggregator aggregator_borda = {
    .kind = &AGGREGATOR_KINDS[AGGREGATOR_BORDA],
    .weights = WEIGHTS_OF_OPTS,
    .count = borda_rule,
    .early = borda_early,
    .given = borda_given,
};
