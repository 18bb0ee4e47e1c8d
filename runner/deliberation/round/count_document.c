#include "count_document.h"

#include <string.h>
#include <utlist.h>

#include "common/jx.h"

#include "cast.h"
#include "runner/deliberation/count/count.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
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

static void count_one(json_t *numbers, const char *key)
{
    if (key)
        j_set(numbers, key, j_integer(j_int(numbers, key, 0) + 1));
}

/* The cast that stands for its seat: the last that chose something, else the last. */
static const struct cast *of_seat(const struct counting *k, const struct seat *s)
{
    const struct cast *c, *found = NULL;
    LL_FOREACH (k->casts, c) {
        bool better = c->ballot && !cast_abstains(c);
        if (c->seat == s && (!found || better || !found->ballot))
            found = c;
    }
    return found;
}

static const char *came_to(const struct round *r, const struct cast *c)
{
    const struct seat_call *call = round_call_of(r, c->seat->id);
    if (c->ballot)
        return cast_abstains(c) ? "abstained" : "cast";
    if (c->unheard)
        return NULL;
    return call && strcmp(call->status, "invalid_output") == 0 ? "invalid" : "missing";
}

/* Each seat is one of the numbers, or was not heard because the round stopped early. */
static json_t *ballot_numbers(const struct round *r, const struct counting *k)
{
    static const char *const numbers[] = {"seats",   "cast",    "abstained",
                                          "invalid", "missing", "carried"};
    const struct cast *c;
    json_t *o = j_object();
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        j_set(o, numbers[i], j_integer(0));
    LL_FOREACH (k->casts, c) {
        count_one(o, c->carried ? "carried" : NULL);
        if (of_seat(k, c->seat) != c)
            continue;
        count_one(o, "seats");
        count_one(o, came_to(r, c));
    }
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
            heads += k->ballots.list[i].choice == c && !k->ballots.list[i].silent;
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
