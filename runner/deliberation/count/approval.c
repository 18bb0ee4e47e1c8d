#include <math.h>

#include "proto/council/tables/kinds.h"

#include "aggregator.h"
#include "count.h"
#include "count_rules.h"
#include "early_stop.h"
#include "runner/deliberation/words/need.h"
#include "runner/deliberation/words/text.h"

void approval_count(const struct ballots *b, double min_share, struct tally *t)
{
    tally_init(t, b->candidates);
    for (int c = 0; c < b->candidates; c++) {
        double approving = 0, all = 0;
        for (int i = 0; i < b->n; i++) {
            if (!b->list[i].presented[c])
                continue;
            all += b->list[i].weight;
            approving += b->list[i].approved[c] ? b->list[i].weight : 0;
        }
        t->score[c] = all > 0 ? approving / all : (double)NAN;
    }
    tally_order(t);
    for (int c = 0; c < b->candidates; c++) {
        if (!t->leader[c] ||
            (score_compare(t->score[c], 0) > 0 && score_compare(t->score[c], min_share) >= 0))
            continue;
        t->leader[c] = false;
        t->leaders--;
    }
}

static void count(const struct ballots *b, const struct count_facts *f, struct tally *t)
{
    approval_count(b, need_num(f->opts, "min_share"), t);
}

static bool early(const struct count_facts *f, enum early_rule *ret)
{
    *ret = EARLY_MEAN;
    return need_num(f->opts, "min_share") <= 0;
}

static double given(const struct ballots *b, const struct ballot *v, int candidate,
                    const struct count_facts *f)
{
    (void)b;
    (void)f;
    return v->approved[candidate];
}

const struct aggregator aggregator_approval = {
    .kind = &AGGREGATOR_KINDS[AGGREGATOR_APPROVAL],
    .weights = WEIGHTS_OF_OPTS,
    .count = count,
    .early = early,
    .given = given,
};
