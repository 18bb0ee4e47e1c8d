#include "early.h"

#include <math.h>
#include <stdlib.h>
#include <utlist.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/words.h"

#include "calls_end.h"
#include "casts.h"
#include "iterate_kept.h"
#include "runner/deliberation/count/count.h"
#include "runner/deliberation/count/early_stop.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/outbox.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/words/word.h"
#include "tallying.h"
#include "weights.h"

/* An aggregator that can never tell early has no such opt. */
static int mode_of(const struct round *r)
{
    return j_word(r->opts, "early_stop", EARLY_STOP_NAMES, EARLY_STOP_OFF);
}

static bool rule_of(const struct round *r, const struct counting *k, struct early_stop *e)
{
    return j_word(r->opts, "one_vote_per", ONE_VOTE_NAMES, ONE_VOTE_SEAT) == ONE_VOTE_SEAT &&
           k->rule->early && k->rule->early(&k->facts, &e->rule);
}

static void sum_up(const struct counting *k, double *sum, double *weight)
{
    for (int c = 0; c < k->n; c++) {
        for (int i = 0; i < k->ballots.n; i++) {
            const struct ballot *v = &k->ballots.list[i];
            double x = v->presented[c] ? k->rule->given(&k->ballots, v, c, &k->facts) : (double)NAN;
            if (isnan(x))
                continue;
            sum[c] += v->weight * x;
            weight[c] += v->weight;
        }
    }
}

static int add_outstanding(struct round *r, const struct counting *k, const struct count_of *what,
                           struct ballots *out)
{
    struct weighting w;
    struct seat_call *c;
    weighting_init(&w, r, k->rule->weights, k->n);
    DL_FOREACH (r->calls, c) {
        if (c->kind != CALL_KIND_MEMBER || (c->state == CALL_DONE && !round_pretends(r, c->seat)))
            continue;
        struct ballot *v = ballots_add(out, c->seat->id);
        v->weight = w.kind == WEIGHTS_CONFIDENCE ? 1 : weighting_of(&w, c->seat, (double)NAN);
        counting_fill_presented(k, what, c->presented_ids, v);
    }
    return out->n;
}

static json_t *early_json(const struct round *r, const struct counting *k, int leader, int out)
{
    json_t *p = j_object();
    j_set(p, "index", j_integer(r->index));
    j_set(p, "mode", j_string(EARLY_STOP_NAMES[mode_of(r)]));
    j_set(p, "leader", j_string(leader < 0 ? NULL : k->name[leader]));
    j_set(p, "margin", j_real(k->tally.margin));
    j_set(p, "cast", j_integer(k->ballots.n));
    j_set(p, "outstanding", j_integer(out));
    return p;
}

static int unassailable(struct round *r, struct counting *k, const struct count_of *what,
                        struct ballots *out)
{
    struct early_stop e = {
        .cast = &k->ballots,
        .out = out,
        .threshold = j_num(r->opts, "threshold", (double)NAN),
        .free = !what->candidates,
    };
    if (!rule_of(r, k, &e) || add_outstanding(r, k, what, out) == 0)
        return EARLY_OPEN;
    double *sum = xcalloc((size_t)k->n + 1, sizeof *sum);
    double *weight = xcalloc((size_t)k->n + 1, sizeof *weight);
    if (e.rule == EARLY_MEAN)
        sum_up(k, sum, weight);
    e.sum = sum;
    e.weight = weight;
    e.seats = k->facts.seat_weight;
    for (int i = 0; i < out->n; i++)
        e.seats += out->list[i].weight;
    int leader = early_stop_leader(&e);
    free(sum);
    free(weight);
    return leader;
}

static int ok_before(const struct round *r)
{
    int n = 0;
    struct seat_call *c;
    DL_FOREACH (r->calls, c)
        n += c->kind == CALL_KIND_MEMBER && call_ok(c) && !round_pretends(r, c->seat);
    return n;
}

/* What can be told of the round as it stands, or as it pretends to; NULL: all is open. */
static json_t *early_look(struct round *r, const struct count_of *what)
{
    struct ballots out;
    json_t *found = NULL;
    struct counting *k = counting_new(r, what);
    ballots_init(&out, k->n);
    int leader = unassailable(r, k, what, &out);
    if (leader != EARLY_OPEN)
        found = early_json(r, k, leader, out.n);
    ballots_release(&out);
    counting_free(k);
    return found;
}

static bool pools(const struct round *r)
{
    return r->iterate && iterate_pools(r->iterate);
}

void counting_watch(struct round *r, const struct count_of *what)
{
    int mode = mode_of(r);
    if (r->early_told || r->stopping || mode == EARLY_STOP_OFF || council_cancelled(r->council) ||
        pools(r))
        return;
    json_t *found = early_look(r, what);
    if (!found)
        return;
    r->early_told = true;
    if (mode == EARLY_STOP_STOP)
        r->early_stop = json_incref(found);
    engine_emit(r->council->e, r->council->path, "early_stop", found);
    if (mode == EARLY_STOP_STOP)
        round_end_calls(r, "cancelled", "early_stop");
}

/* The result must not depend on who happened to be faster: it tells at which ballot the matter was
 * decided, had they come in document order. */
void early_note_shadow(struct round *r, const struct count_of *what)
{
    if (mode_of(r) != EARLY_STOP_SHADOW || pools(r))
        return;
    for (r->pretend = 1; r->pretend < r->council->n && !r->early_stop; r->pretend++)
        if (ok_before(r) >= r->need)
            r->early_stop = early_look(r, what);
    r->pretend = -1;
}
