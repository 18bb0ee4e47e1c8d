#include "count_document.h"

#include <string.h>
#include <utlist.h>

#include "common/jx.h"

#include "cast.h"
#include "runner/deliberation/count/count.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/words/word.h"
#include "tallying.h"

static json_t *order_json(const struct counting *k)
{
    json_t *order = j_array();
    for (int group = 0, placed = 0; placed < k->n; group++) {
        json_t *level = j_array();
        for (int c = 0; c < k->n; c++) {
            if (k->tally.group[c] != group)
                continue;
            j_add(level, j_string(k->name[c]));
            placed++;
        }
        j_add(order, level);
    }
    return order;
}

static json_t *ballot_numbers(const struct round *r, const struct counting *k)
{
    int cast = 0, abstained = 0, invalid = 0, carried = 0, unheard = 0;
    struct seat_call *call;
    struct cast *c;
    json_t *o = j_object();
    LL_FOREACH (k->casts, c) {
        cast += c->ballot && !cast_abstains(c);
        abstained += c->ballot && cast_abstains(c);
        carried += c->carried;
        unheard += c->unheard;
    }
    DL_FOREACH (r->calls, call)
        invalid += call->kind == CALL_KIND_MEMBER && strcmp(call->status, "invalid_output") == 0;
    int missing = r->seats - cast - abstained - invalid - unheard;
    j_set(o, "seats", j_integer(r->seats));
    j_set(o, "cast", j_integer(cast));
    j_set(o, "abstained", j_integer(abstained));
    j_set(o, "invalid", j_integer(invalid));
    j_set(o, "missing", j_integer(missing < 0 ? 0 : missing));
    j_set(o, "carried", j_integer(carried));
    return o;
}

json_t *count_document(const struct round *r, const struct counting *k, const struct count_of *what)
{
    json_t *o = j_object(), *tied = j_array(), *scores = j_object();
    const struct tally *t = &k->tally;
    for (int c = 0; c < k->n; c++) {
        if (t->winner < 0 && t->leaders > 1 && t->leader[c])
            j_add(tied, j_string(k->name[c]));
        j_set(scores, k->name[c], j_real(t->score[c]));
    }
    j_set(o, "aggregator", j_string(k->rule->kind->name));
    j_set(o, "over", j_string(OVER_NAMES[what->over]));
    j_set(o, "winner", j_string(t->winner < 0 ? NULL : k->name[t->winner]));
    j_set(o, "tied", tied);
    j_set(o, "order", order_json(k));
    j_set(o, "scores", scores);
    j_set(o, "ballots", ballot_numbers(r, k));
    j_set(o, "raw", json_incref(t->raw));
    if (what->texts)
        j_ref(o, "texts", what->texts);
    if (k->rule->report)
        j_set(o, "report", k->rule->report(&k->ballots, t, k->name));
    return o;
}

/* Share of heads behind the leading option, or how far the rankings agree. */
double count_agreement(const struct counting *k)
{
    int cast = 0, most = 0;
    for (int c = 0; c < k->n; c++) {
        int heads = 0;
        for (int i = 0; i < k->ballots.n; i++)
            heads += k->ballots.list[i].choice == c;
        cast += heads;
        most = heads > most ? heads : most;
    }
    if (cast > 0)
        return (double)most / cast;
    return (ballots_mean_tau(&k->ballots) + 1) / 2;
}

bool aggregate_over_members(const json_t *aggregate)
{
    return aggregate && j_word(aggregate, "over", OVER_NAMES, -1) == OVER_MEMBERS;
}
