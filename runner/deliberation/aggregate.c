/* From the ballots of a round's calls to the document of its aggregate. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#include "json.h"
#include "rounds.h"

void electorate_of_members(struct electorate *el, struct council *c)
{
    *el = (struct electorate){.names = xcalloc((size_t)c->n + 1, sizeof *el->names)};
    for (int i = 0; i < c->n; i++)
        if (c->members[i].answer.text && !c->members[i].eliminated)
            el->names[el->n++] = c->members[i].id;
}

void electorate_release(struct electorate *el)
{
    free(el->names);
    *el = (struct electorate){.n = 0};
}

int electorate_find(const struct electorate *el, const char *id)
{
    for (int i = 0; i < el->n; i++)
        if (strcmp(el->names[i], id) == 0)
            return i;
    return -1;
}

/* Reliability of a seat in the snapshot; NAN when unknown. */
static double reliability(const struct call *c)
{
    struct entry entry = seat_entry(c->seat, 0);
    const char *own = j_str(c->seat->doc, "reliability_key", NULL);
    char *key = own ? xstrdup(own) : xasprintf("%s/%s", entry.provider, entry.model);
    double r = j_num(c->e->reliability, key, (double)NAN);
    free(key);
    return r;
}

double ballot_weight(const struct round *r, const struct call *c, int *imputed)
{
    const char *kind = j_str(r->opts, "weights", "equal");
    if (strcmp(kind, "member") == 0)
        return j_num(c->seat->doc, "weight", 1);
    double w = 1;
    if (strcmp(kind, "confidence") == 0)
        w = c->reading.confidence;
    else if (strcmp(kind, "reliability") == 0)
        w = reliability(c);
    if (!isnan(w))
        return w;
    ++*imputed;
    return 0.5;
}

static void fill_ballot(struct ballot *v, const struct electorate *el, const struct call *c)
{
    size_t i;
    json_t *id;
    json_array_foreach (c->presented_ids, i, id) {
        int at = electorate_find(el, json_string_value(id));
        if (at >= 0)
            v->presented[at] = true;
    }
    json_array_foreach (j_get(c->reading.ballot, "ordering"), i, id) {
        int at = electorate_find(el, json_string_value(id));
        if (at >= 0)
            ballot_rank(v, at);
    }
}

void collect_ballots(struct round *r, const struct electorate *el, struct ballots *b, int *imputed)
{
    struct call *c;
    DL_FOREACH (r->calls, c) {
        if (strcmp(c->kind, "member") != 0 || !call_ok(c) || !c->reading.ballot)
            continue;
        struct ballot *v = ballots_add(b, c->seat->id);
        v->weight = ballot_weight(r, c, imputed);
        v->confidence = c->reading.confidence;
        fill_ballot(v, el, c);
    }
}

static json_t *order_json(const struct electorate *el, const struct tally *t)
{
    json_t *order = j_array();
    for (int group = 0, placed = 0; placed < el->n; group++) {
        json_t *level = j_array();
        for (int c = 0; c < el->n; c++) {
            if (t->group[c] != group)
                continue;
            j_add(level, j_string(el->names[c]));
            placed++;
        }
        j_add(order, level);
    }
    return order;
}

static json_t *ballot_counts(const struct round *r)
{
    int cast = 0, abstained = 0, invalid = 0, missing = (int)json_array_size(r->unavailable);
    struct call *c;
    DL_FOREACH (r->calls, c) {
        if (strcmp(c->kind, "member") != 0)
            continue;
        bool abstains = strcmp(j_str(c->reading.ballot, "choice", ""), "abstain") == 0;
        bool bad = strcmp(c->status, "invalid_output") == 0;
        cast += call_ok(c) && !abstains;
        abstained += call_ok(c) && abstains;
        invalid += bad;
        missing += !call_ok(c) && !bad;
    }
    json_t *o = j_object();
    j_set(o, "seats", j_integer(r->seats));
    j_set(o, "cast", j_integer(cast));
    j_set(o, "abstained", j_integer(abstained));
    j_set(o, "invalid", j_integer(invalid));
    j_set(o, "missing", j_integer(missing));
    j_set(o, "carried", j_integer(0));
    return o;
}

json_t *aggregate_json(const struct round *r, const char *aggregator, const char *over,
                       const struct electorate *el, const struct tally *t)
{
    json_t *o = j_object(), *tied = j_array(), *scores = j_object();
    for (int c = 0; c < el->n; c++) {
        if (t->winner < 0 && t->leaders > 1 && t->leader[c])
            j_add(tied, j_string(el->names[c]));
        j_set(scores, el->names[c], j_real(t->score[c]));
    }
    j_set(o, "aggregator", j_string(aggregator));
    j_set(o, "over", j_string(over));
    j_set(o, "winner", j_string(t->winner < 0 ? NULL : el->names[t->winner]));
    j_set(o, "tied", tied);
    j_set(o, "order", order_json(el, t));
    j_set(o, "scores", scores);
    j_set(o, "ballots", ballot_counts(r));
    j_set(o, "raw", json_incref(t->raw));
    return o;
}
