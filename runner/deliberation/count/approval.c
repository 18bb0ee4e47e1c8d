#include <math.h>

#include "count_rules.h"
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
