#include "plurality.h"

#include "proto/council/tables/kinds.h"

#include "aggregator.h"
#include "count.h"
#include "count_rules.h"
#include "early_stop.h"
#include "runner/deliberation/words/text.h"

void plurality_count(const struct ballots *b, struct tally *t)
{
    double cast = 0;
    tally_init(t, b->candidates);
    for (int c = 0; c < b->candidates; c++)
        t->score[c] = 0;
    for (int i = 0; i < b->n; i++) {
        if (b->list[i].choice < 0)
            continue;
        t->score[b->list[i].choice] += b->list[i].weight;
        cast += b->list[i].weight;
    }
    tally_order(t);
    if (score_compare(cast, 0) <= 0)
        tally_no_leader(t);
}

void plurality_rule(const struct ballots *b, const struct count_facts *f, struct tally *t)
{
    (void)f;
    plurality_count(b, t);
}

bool plurality_early(const struct count_facts *f, enum early_rule *ret)
{
    (void)f;
    *ret = EARLY_PLURALITY;
    return true;
}

const struct aggregator aggregator_plurality = {
    .kind = &AGGREGATOR_KINDS[AGGREGATOR_PLURALITY],
    .weights = WEIGHTS_OF_OPTS,
    .count = plurality_rule,
    .early = plurality_early,
};
