#include "bracket.h"

#include <stdlib.h>
#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/words.h"

#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/words/digest.h"
#include "runner/deliberation/words/need.h"

struct tournament {
    int seeds[64]; /* member numbers, best first */
    int n;
    int byes[64];   /* by member number */
    json_t *rank;   /* order of the aggregate before it, or NULL */
    json_t *levels; /* losers of each level, ids */
};

void tournament_free(struct tournament *t)
{
    if (!t)
        return;
    json_decref(t->rank);
    json_decref(t->levels);
    free(t);
}

static int rank_in(const json_t *order, const char *id)
{
    size_t i;
    json_t *group;
    int place = 0;
    json_array_foreach (order, i, group) {
        if (j_array_has(group, id))
            return place;
        place += (int)json_array_size(group);
    }
    return -1;
}

int bracket_rank(const struct council *c, const char *id)
{
    return rank_in(c->tournament->rank, id);
}

/* A stable insertion sort by rank; the unranked keep their order behind the others. */
static void sort_by_rank(const struct council *c, struct tournament *t)
{
    for (int i = 1; i < t->n; i++) {
        for (int k = i; k > 0; k--) {
            int a = rank_in(t->rank, c->members[t->seeds[k - 1]].id);
            int b = rank_in(t->rank, c->members[t->seeds[k]].id);
            if (b < 0 || (a >= 0 && a <= b))
                break;
            int kept = t->seeds[k];
            t->seeds[k] = t->seeds[k - 1];
            t->seeds[k - 1] = kept;
        }
    }
}

static void begin(struct council *c, const struct round *r)
{
    struct tournament *t = xcalloc(1, sizeof *t);
    int seeding = need_word(r->opts, "seeding", SEEDING_NAMES);
    tournament_free(c->tournament);
    c->tournament = t;
    t->levels = j_array();
    t->rank = json_incref(c->rank);
    for (int i = 0; i < c->n && t->n < 64; i++)
        if (c->members[i].answer.text && !c->members[i].eliminated)
            t->seeds[t->n++] = i;
    bool by_rank = seeding == SEEDING_RANK || (seeding == SEEDING_AUTO && t->rank);
    if (by_rank) {
        sort_by_rank(c, t);
    } else if (seeding != SEEDING_DOCUMENT) {
        struct stream s;
        stream_init(&s, c->e->seed, "bracket/%s", r->key);
        stream_shuffle(&s, t->seeds, t->n);
        stream_release(&s);
    }
}

static int take_bye(struct tournament *t, int *alive, int n)
{
    int best = 0;
    for (int i = 1; i < n; i++)
        if (t->byes[alive[i]] < t->byes[alive[best]])
            best = i;
    t->byes[alive[best]]++;
    memmove(alive + best, alive + best + 1, (size_t)(n - best - 1) * sizeof *alive);
    return n - 1;
}

int bracket_draw(struct council *c, struct round *r, int *pairs)
{
    int alive[64], n = 0;
    if (!c->tournament || !r->iterate || r->iteration == 0)
        begin(c, r);
    struct tournament *t = c->tournament;
    for (int i = 0; i < t->n; i++)
        if (!c->members[t->seeds[i]].eliminated)
            alive[n++] = t->seeds[i];
    if (n < 2)
        return 0;
    if (n % 2)
        n = take_bye(t, alive, n);
    for (int i = 0; i < n / 2; i++) {
        pairs[2 * i] = alive[i];
        pairs[2 * i + 1] = alive[n - 1 - i];
    }
    return n;
}

void bracket_lots(const struct round *r, int *place)
{
    const struct council *c = r->council;
    int order[64], n = 0;
    struct stream s;
    for (int i = 0; i < c->n && n < 64; i++)
        if (c->members[i].answer.text && !c->members[i].eliminated)
            order[n++] = i;
    stream_init(&s, c->e->seed, "lot/%s", r->key);
    stream_shuffle(&s, order, n);
    stream_release(&s);
    for (int i = 0; i < n; i++)
        place[order[i]] = i;
}

void bracket_lost(struct council *c, json_t *ids)
{
    json_t *level = j_array();
    for (int i = 0; i < c->n; i++)
        if (j_array_has(ids, c->members[i].id))
            j_add(level, j_string(c->members[i].id));
    if (json_array_size(level) > 0)
        j_add(c->tournament->levels, json_incref(level));
    json_decref(level);
}

json_t *bracket_aggregate(struct council *c)
{
    json_t *o = j_object(), *order = j_array(), *alive = j_array();
    for (int i = 0; i < c->n; i++)
        if (c->members[i].answer.text && !c->members[i].eliminated)
            j_add(alive, j_string(c->members[i].id));
    bool one = json_array_size(alive) == 1;
    j_set(o, "aggregator", j_string("bracket"));
    j_set(o, "over", j_string(OVER_NAMES[OVER_MEMBERS]));
    j_set(o, "winner", one ? json_incref(json_array_get(alive, 0)) : json_null());
    j_set(o, "tied", one ? j_array() : json_incref(alive));
    j_add(order, alive);
    for (size_t i = json_array_size(c->tournament->levels); i > 0; i--)
        j_add(order, json_incref(json_array_get(c->tournament->levels, i - 1)));
    j_set(o, "order", order);
    j_set(o, "scores", j_object());
    j_set(o, "ballots", json_null());
    j_set(o, "raw", j_object());
    return o;
}
