#include "tallying.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/words.h"

#include "cast.h"
#include "casts.h"
#include "runner/deliberation/count/aggregator.h"
#include "runner/deliberation/count/aggregators.h"
#include "runner/deliberation/count/count.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/words/digest.h"
#include "runner/deliberation/words/need.h"
#include "runner/deliberation/words/text.h"
#include "runner/deliberation/words/word.h"
#include "weights.h"

static void add_free_choices(struct counting *k)
{
    struct cast *c;
    LL_FOREACH (k->casts, c) {
        const char *choice = j_str(c->ballot, "choice", NULL);
        size_t i;
        json_t *known;
        bool found = false;
        if (!choice || cast_abstains(c))
            continue;
        char *mine = text_normalise_choice(choice);
        json_array_foreach (k->names, i, known) {
            char *other = text_normalise_choice(json_string_value(known));
            found |= strcmp(mine, other) == 0;
            free(other);
        }
        if (!found)
            j_add(k->names, j_string(choice));
        free(mine);
    }
}

static void set_candidates(struct counting *k, const struct count_of *what)
{
    size_t i;
    json_t *id;
    k->names = what->candidates ? json_incref(what->candidates) : j_array();
    if (!what->candidates)
        add_free_choices(k);
    k->n = (int)json_array_size(k->names);
    k->name = xcalloc((size_t)k->n + 1, sizeof *k->name);
    json_array_foreach (k->names, i, id)
        k->name[i] = json_string_value(id);
}

int counting_find(const struct counting *k, const char *id, bool free_words)
{
    for (int i = 0; i < k->n; i++) {
        if (strcmp(k->name[i], id) == 0)
            return i;
        if (!free_words)
            continue;
        char *a = text_normalise_choice(k->name[i]), *b = text_normalise_choice(id);
        bool same = strcmp(a, b) == 0;
        free(a);
        free(b);
        if (same)
            return i;
    }
    return -1;
}

static int *lot_order(const struct round *r, const struct counting *k)
{
    struct stream s;
    int *order = xcalloc((size_t)k->n + 1, sizeof *order);
    int *place = xcalloc((size_t)k->n + 1, sizeof *place);
    for (int i = 0; i < k->n; i++)
        order[i] = i;
    stream_init(&s, r->council->e->seed, "lot/%s", r->key);
    stream_shuffle(&s, order, k->n);
    stream_release(&s);
    for (int i = 0; i < k->n; i++)
        place[order[i]] = i;
    free(order);
    return place;
}

void counting_fill_presented(const struct counting *k, const struct count_of *what,
                             const json_t *presented, struct ballot *v)
{
    for (int i = 0; i < k->n; i++)
        v->presented[i] = !what->candidates || !presented || j_array_has(presented, k->name[i]);
}

static void fill_ballot(const struct counting *k, const struct count_of *what, const struct cast *c,
                        struct ballot *v)
{
    size_t i;
    const char *key;
    json_t *entry;
    const char *choice = j_str(c->ballot, "choice", NULL);
    counting_fill_presented(k, what, c->presented, v);
    if (choice && !cast_abstains(c))
        v->choice = counting_find(k, choice, !what->candidates);
    json_array_foreach (j_get(c->ballot, "ordering"), i, entry) {
        int at = counting_find(k, json_string_value(entry), false);
        if (at >= 0)
            ballot_rank(v, at);
    }
    json_array_foreach (j_get(c->ballot, "approved"), i, entry) {
        int at = counting_find(k, json_string_value(entry), false);
        if (at >= 0)
            v->approved[at] = true;
    }
    json_object_foreach (j_get(c->ballot, "scores"), key, entry) {
        int at = counting_find(k, key, false);
        if (at >= 0)
            v->score[at] = json_number_value(entry);
    }
}

static enum one_vote_word voices(const struct round *r)
{
    return (enum one_vote_word)j_word(r->opts, "one_vote_per", ONE_VOTE_NAMES, ONE_VOTE_SEAT);
}

/* Do they share one vote? A seat that is a council has neither provider nor model: it is a voice of
 * its own. */
static bool one_voice(const struct cast *a, const struct cast *b, enum one_vote_word per)
{
    const char *of_a = per == ONE_VOTE_PROVIDER ? a->provider : a->model;
    const char *of_b = per == ONE_VOTE_PROVIDER ? b->provider : b->model;
    return *of_a ? strcmp(of_a, of_b) == 0 : a->seat == b->seat;
}

/* Does it count for a candidate? */
static bool is_heard(const struct round *r, const struct cast *c)
{
    if (c->ballot)
        return !cast_abstains(c);
    return !c->unheard && j_str(r->opts, "missing_counts_as", NULL);
}

/* The part of one vote that is this cast's. Those that count share the vote of their group; only in
 * a group without any is it the silent who hold it, for the denominator. */
static double share_of(const struct round *r, const struct counting *k, const struct cast *c)
{
    enum one_vote_word per = voices(r);
    struct cast *o;
    double heard = 0, all = 0;
    if (per == ONE_VOTE_SEAT)
        return c->share;
    LL_FOREACH (k->casts, o) {
        if (!one_voice(c, o, per))
            continue;
        all += o->share;
        heard += is_heard(r, o) ? o->share : 0;
    }
    if (is_heard(r, c))
        return c->share / heard;
    return heard > 0 ? 0 : c->share / all;
}

/* A ballot with one candidate says nothing: it is kept for the report and counts nowhere. */
static void mute_if_uninformative(struct counting *k, struct ballot *v)
{
    if (ballot_says_something(&k->ballots, v))
        return;
    k->uninformative++;
    v->choice = -1;
    for (int c = 0; c < k->n; c++) {
        v->score[c] = NAN;
        v->presented[c] = false;
    }
}

static void add_ballot(const struct round *r, struct counting *k, const struct count_of *what,
                       const struct cast *c, double weight)
{
    const char *absent = j_str(r->opts, "missing_counts_as", NULL);
    if (c->unheard || (!c->ballot && !absent))
        return;
    struct ballot *v = ballots_add(&k->ballots, c->seat->id);
    v->weight = weight;
    v->confidence = c->confidence;
    if (c->ballot) {
        fill_ballot(k, what, c, v);
    } else {
        counting_fill_presented(k, what, NULL, v);
        v->choice = counting_find(k, absent, false);
        v->silent = true;
    }
    if (what->candidates)
        mute_if_uninformative(k, v);
}

static void make_ballots(const struct round *r, struct counting *k, const struct count_of *what)
{
    struct weighting w;
    struct cast *c;
    weighting_init(&w, r, k->rule->weights, k->n);
    ballots_init(&k->ballots, k->n);
    LL_FOREACH (k->casts, c) {
        int imputed = w.imputed;
        double weight = weighting_of(&w, c->seat, c->confidence) * share_of(r, k, c);
        if (!c->ballot)
            w.imputed = imputed;
        k->facts.seat_weight += weight;
        add_ballot(r, k, what, c, weight);
    }
    k->imputed = w.imputed;
}

/* ---- the rule ---- */

static void apply_rule(struct counting *k)
{
    json_t *raw;
    k->rule->count(&k->ballots, &k->facts, &k->tally);
    raw = k->tally.raw;
    if (k->imputed)
        j_set(raw, "imputed", j_integer(k->imputed));
    if (k->uninformative)
        j_set(raw, "uninformative", j_integer(k->uninformative));
}

struct counting *counting_new(struct round *r, const struct count_of *what)
{
    struct counting *k = xcalloc(1, sizeof *k);
    k->rule = aggregator_find(need_str(r->opts, "aggregator"));
    k->casts = round_casts(r);
    set_candidates(k, what);
    k->lot = lot_order(r, k);
    k->facts = (struct count_facts){.opts = r->opts, .names = k->name, .lot = k->lot};
    make_ballots(r, k, what);
    apply_rule(k);
    k->rules = json_incref(need_list(r->opts, "tie_break"));
    return k;
}

void counting_free(struct counting *k)
{
    if (!k)
        return;
    casts_free(k->casts);
    ballots_release(&k->ballots);
    tally_release(&k->tally);
    json_decref(k->names);
    json_decref(k->rules);
    free(k->name);
    free(k->lot);
    free(k);
}
