#include "count_rules.h"
#include "common/jx.h"
#include "runner/deliberation/words/text.h"

static void no_leader(struct tally *t)
{
    for (int c = 0; c < t->candidates; c++)
        t->leader[c] = false;
    t->leaders = 0;
}

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
        no_leader(t);
}

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
        no_leader(t);
    j_set(t->raw, "reached", json_boolean(reached));
    j_set(t->raw, "threshold", j_real(m.threshold));
    j_set(t->raw, "denominator", j_real(m.seat_weight));
}
