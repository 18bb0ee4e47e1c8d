#include "weights.h"

#include <math.h>
#include <stdlib.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/words.h"

#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/words/need.h"
#include "runner/deliberation/words/word.h"

double seat_reliability(const struct seat *s)
{
    struct entry entry = seat_entry(s, 0);
    const char *own = j_str(s->doc, "reliability_key", NULL);
    char *key = own ? xstrdup(own) : xasprintf("%s/%s", entry.provider, entry.model);
    double r = j_num(s->council->e->reliability, key, (double)NAN);
    free(key);
    return r;
}

double log_odds(double r, int options)
{
    r = fmin(fmax(r, 0.01), 0.99);
    return fmax(0, log((options - 1) * r / (1 - r)));
}

void weighting_init(struct weighting *w, const struct round *r, int kind, int options)
{
    const struct council *c = r->council;
    *w = (struct weighting){
        .kind = kind < 0 ? need_word(r->opts, "weights", WEIGHTS_NAMES) : kind,
        .log_odds = j_word(r->opts, "weight_transform", TRANSFORM_NAMES, TRANSFORM_LINEAR) ==
                    TRANSFORM_LOG_ODDS,
        .options = options < 2 ? 2 : options,
        .none_reliable = true,
    };
    for (int i = 0; i < c->n; i++)
        if (!isnan(seat_reliability(&c->members[i])))
            w->none_reliable = false;
}

static double assumed(struct weighting *w, double known)
{
    if (!isnan(known))
        return known;
    w->imputed++;
    return 0.5;
}

double weighting_of(struct weighting *w, const struct seat *s, double confidence)
{
    double r;
    switch ((enum weights_word)w->kind) {
    case WEIGHTS_EQUAL:
        break;
    case WEIGHTS_MEMBER:
        return j_num(s->doc, "weight", 1);
    case WEIGHTS_CONFIDENCE:
        return assumed(w, confidence);
    case WEIGHTS_RELIABILITY:
        if (w->none_reliable)
            break;
        r = assumed(w, seat_reliability(s));
        return w->log_odds ? log_odds(r, w->options) : r;
    }
    return 1;
}
