#include <math.h>

#include "common/jx.h"
#include "proto/council/tables/kinds.h"
#include "proto/council/tables/words.h"

#include "aggregator.h"
#include "count.h"
#include "count_rules.h"
#include "early_stop.h"
#include "runner/deliberation/words/need.h"
#include "runner/deliberation/words/text.h"

struct spread {
    double mean, sd;
    int n;
};

/* Over the scores that one judge gave. */
static struct spread spread_of(const struct ballots *b, const struct ballot *v)
{
    struct spread s = {0};
    double sum = 0, squares = 0;
    for (int c = 0; c < b->candidates; c++) {
        if (isnan(v->score[c]))
            continue;
        sum += v->score[c];
        s.n++;
    }
    s.mean = s.n ? sum / s.n : 0;
    for (int c = 0; c < b->candidates; c++)
        if (!isnan(v->score[c]))
            squares += (v->score[c] - s.mean) * (v->score[c] - s.mean);
    s.sd = s.n ? sqrt(squares / s.n) : 0;
    return s;
}

/* The score as it counts; NAN: not at all. */
static double counted(const struct ballots *b, const struct ballot *v, int c, bool zscore)
{
    if (!zscore || isnan(v->score[c]))
        return v->score[c];
    struct spread s = spread_of(b, v);
    if (s.n < 2)
        return (double)NAN;
    return score_equal(s.sd, 0) ? 0 : (v->score[c] - s.mean) / s.sd;
}

void mean_score_count(const struct ballots *b, bool zscore, struct tally *t)
{
    tally_init(t, b->candidates);
    for (int c = 0; c < b->candidates; c++) {
        double sum = 0, weight = 0;
        for (int i = 0; i < b->n; i++) {
            double x = counted(b, &b->list[i], c, zscore);
            if (isnan(x))
                continue;
            sum += b->list[i].weight * x;
            weight += b->list[i].weight;
        }
        t->score[c] = weight > 0 ? sum / weight : (double)NAN;
    }
    tally_order(t);
}

static int normalise(const struct count_facts *f)
{
    return need_word(f->opts, "normalise", NORMALISE_NAMES);
}

static void count(const struct ballots *b, const struct count_facts *f, struct tally *t)
{
    mean_score_count(b, normalise(f) == NORMALISE_ZSCORE, t);
}

static bool early(const struct count_facts *f, enum early_rule *ret)
{
    *ret = EARLY_MEAN;
    return normalise(f) == NORMALISE_NONE;
}

static double given(const struct ballots *b, const struct ballot *v, int candidate,
                    const struct count_facts *f)
{
    (void)b;
    json_t *scale = j_get(f->opts, "scale");
    double min = need_num(scale, "min"), max = need_num(scale, "max");
    return (v->score[candidate] - min) / (max - min);
}

const struct aggregator aggregator_mean_score = {
    .kind = &AGGREGATOR_KINDS[AGGREGATOR_MEAN_SCORE],
    .weights = WEIGHTS_OF_OPTS,
    .count = count,
    .early = early,
    .given = given,
};
