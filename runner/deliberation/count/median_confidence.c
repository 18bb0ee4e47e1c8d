#include <math.h>
#include <stdlib.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/kinds.h"

#include "aggregator.h"
#include "count.h"
#include "count_rules.h"
#include "runner/deliberation/words/need.h"

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int n)
{
    if (n == 0)
        return (double)NAN;
    qsort(values, (size_t)n, sizeof *values, by_value);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

void median_confidence_count(const struct ballots *b, int min_votes, const char *const *names,
                             struct tally *t)
{
    double *values = xcalloc((size_t)b->n + 1, sizeof *values);
    int *votes = xcalloc((size_t)b->candidates + 1, sizeof *votes);
    json_t *counts = j_object();
    tally_init(t, b->candidates);
    for (int c = 0; c < b->candidates; c++) {
        int told = 0;
        for (int i = 0; i < b->n; i++) {
            if (b->list[i].choice != c)
                continue;
            votes[c]++;
            if (!isnan(b->list[i].confidence))
                values[told++] = b->list[i].confidence;
        }
        /* Too few votes: the median is shown in raw, but is no score that could lead. */
        double m = median(values, told);
        t->score[c] = votes[c] >= min_votes ? m : (double)NAN;
        j_set(counts, names[c], j_integer(votes[c]));
    }
    tally_order(t);
    j_set(t->raw, "votes", counts);
    free(values);
    free(votes);
}

static void count(const struct ballots *b, const struct count_facts *f, struct tally *t)
{
    median_confidence_count(b, (int)need_int(f->opts, "min_votes"), f->names, t);
}

const struct aggregator aggregator_median_confidence = {
    .kind = &AGGREGATOR_KINDS[AGGREGATOR_MEDIAN_CONFIDENCE],
    .weights = WEIGHTS_EQUAL,
    .count = count,
};
