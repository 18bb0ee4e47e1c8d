#include "common/jx.h"
#include "proto/council/tables/kinds.h"
#include "proto/council/tables/words.h"

#include "aggregator.h"
#include "count.h"
#include "count_rules.h"
#include "early_stop.h"
#include "runner/deliberation/words/need.h"
#include "runner/deliberation/words/text.h"

void majority_count(const struct ballots *b, struct majority m, struct tally *t)
{
    plurality_count(b, t);
    double needed = m.threshold * m.seat_weight;
    bool reached = false;
    for (int c = 0; c < t->candidates; c++) {
        int against = score_compare(t->score[c], needed);
        bool passes = score_equal(m.threshold, 0.5) ? against > 0 : against >= 0;
        reached |= t->leader[c] && passes;
    }
    if (!reached)
        tally_no_leader(t);
    j_set(t->raw, "reached", json_boolean(reached));
    j_set(t->raw, "threshold", j_real(m.threshold));
    j_set(t->raw, "denominator", j_real(m.seat_weight));
}

static bool of_seats(const struct count_facts *f)
{
    return need_word(f->opts, "of", SHARE_OF_NAMES) == SHARE_OF_SEATS;
}

static double cast_weight(const struct ballots *b)
{
    double sum = 0;
    for (int i = 0; i < b->n; i++)
        sum += b->list[i].choice >= 0 ? b->list[i].weight : 0;
    return sum;
}

static void count(const struct ballots *b, const struct count_facts *f, struct tally *t)
{
    struct majority m = {
        .threshold = need_num(f->opts, "threshold"),
        .seat_weight = of_seats(f) ? f->seat_weight : cast_weight(b),
    };
    majority_count(b, m, t);
}

static bool early(const struct count_facts *f, enum early_rule *ret)
{
    *ret = of_seats(f) ? EARLY_MAJORITY_SEATS : EARLY_MAJORITY_CAST;
    return true;
}

const struct aggregator aggregator_majority = {
    .kind = &AGGREGATOR_KINDS[AGGREGATOR_MAJORITY],
    .weights = WEIGHTS_OF_OPTS,
    .count = count,
    .early = early,
};
