#include "counting.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#include "iterate.h"
#include "runner/deliberation/call/prompt.h"
#include "runner/deliberation/count/borda.h"
#include "runner/deliberation/count/count_rules.h"
#include "runner/deliberation/count/early_stop.h"
#include "runner/deliberation/count/peer_report.h"
#include "runner/deliberation/count/ties.h"
#include "runner/deliberation/words/digest.h"
#include "common/jx.h"
#include "runner/deliberation/words/text.h"
#include "weights.h"

struct counting {
    const char *aggregator;
    const char *weights; /* kind that the aggregator stands for, or NULL */
    json_t *names;       /* ids; keeps the strings of `name` alive */
    const char **name;
    int n;
    struct cast *casts;
    struct ballots ballots;
    struct tally tally;
    double seat_weight; /* of all seats */
    int imputed;
    int uninformative;
    int *lot;
    json_t *rules;
    size_t next;
    struct seat_call *tiebreak;
    bool told;
};

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* ---- casts ---- */

struct cast *cast_new(const struct seat_call *c)
{
    struct cast *cast = xcalloc(1, sizeof *cast);
    struct entry entry = seat_entry(c->seat, c->entry);
    *cast = (struct cast){
        .seat = c->seat,
        .ballot = json_incref(c->reading.ballot),
        .presented = json_incref(c->presented_ids),
        .confidence = c->reading.confidence,
        .share = 1,
        .provider = entry.provider,
        .model = entry.model,
    };
    return cast;
}

struct cast *cast_silent(struct seat *s, bool unheard)
{
    struct cast *cast = xcalloc(1, sizeof *cast);
    struct entry entry = seat_entry(s, 0);
    *cast = (struct cast){
        .seat = s,
        .confidence = NAN,
        .share = 1,
        .provider = entry.provider,
        .model = entry.model,
        .unheard = unheard,
    };
    return cast;
}

struct cast *cast_copy(const struct cast *c)
{
    struct cast *copy = xcalloc(1, sizeof *copy);
    *copy = *c;
    json_incref(copy->ballot);
    json_incref(copy->presented);
    copy->next = NULL;
    return copy;
}

void cast_free(struct cast *c)
{
    json_decref(c->ballot);
    json_decref(c->presented);
    free(c);
}

void casts_free(struct cast *list)
{
    struct cast *c, *next;
    LL_FOREACH_SAFE (list, c, next)
        cast_free(c);
}

static bool abstains(const struct cast *c)
{
    return strcmp(j_str(c->ballot, "choice", ""), "abstain") == 0;
}

/* ---- candidates ---- */

static void add_free_choices(struct counting *k)
{
    struct cast *c;
    LL_FOREACH (k->casts, c) {
        const char *choice = j_str(c->ballot, "choice", NULL);
        size_t i;
        json_t *known;
        bool found = false;
        if (!choice || abstains(c))
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

static int find(const struct counting *k, const char *id, bool free_words)
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

/* ---- ballots ---- */

static void fill_presented(const struct counting *k, const struct count_of *what,
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
    fill_presented(k, what, c->presented, v);
    if (choice && !abstains(c))
        v->choice = find(k, choice, !what->candidates);
    json_array_foreach (j_get(c->ballot, "ordering"), i, entry) {
        int at = find(k, json_string_value(entry), false);
        if (at >= 0)
            ballot_rank(v, at);
    }
    json_array_foreach (j_get(c->ballot, "approved"), i, entry) {
        int at = find(k, json_string_value(entry), false);
        if (at >= 0)
            v->approved[at] = true;
    }
    json_object_foreach (j_get(c->ballot, "scores"), key, entry) {
        int at = find(k, key, false);
        if (at >= 0)
            v->score[at] = json_number_value(entry);
    }
}

static const char *group_of(const struct round *r, const char *provider, const char *model)
{
    const char *per = j_str(r->opts, "one_vote_per", "seat");
    return strcmp(per, "provider") == 0 ? provider : strcmp(per, "model") == 0 ? model : NULL;
}

/* How many cast ballots share one vote with this one. */
static int sharers(const struct round *r, const struct counting *k, const struct cast *c)
{
    const char *mine = group_of(r, c->provider, c->model);
    struct cast *o;
    int n = 0;
    if (!mine)
        return 1;
    LL_FOREACH (k->casts, o) {
        const char *its = group_of(r, o->provider, o->model);
        n += o->ballot && !abstains(o) && its && strcmp(mine, its) == 0;
    }
    return n > 0 ? n : 1;
}

/* A ballot with one candidate says nothing: it is kept for the report and counts nowhere. */
static void mute_if_uninformative(struct counting *k, struct ballot *v)
{
    if (ballot_presented(&k->ballots, v) >= 2)
        return;
    k->uninformative++;
    v->choice = -1;
    for (int c = 0; c < k->n; c++) {
        v->approved[c] = false;
        v->score[c] = NAN;
        if (is(k->aggregator, "approval"))
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
        fill_presented(k, what, NULL, v);
        v->choice = find(k, absent, false);
    }
    if (what->candidates)
        mute_if_uninformative(k, v);
}

static void make_ballots(const struct round *r, struct counting *k, const struct count_of *what)
{
    struct weighting w;
    struct cast *c;
    weighting_init(&w, r, k->weights, k->n);
    ballots_init(&k->ballots, k->n);
    LL_FOREACH (k->casts, c) {
        int imputed = w.imputed;
        double weight = weighting_of(&w, c->seat, c->confidence) * c->share / sharers(r, k, c);
        if (!c->ballot)
            w.imputed = imputed;
        k->seat_weight += weight;
        add_ballot(r, k, what, c, weight);
    }
    k->imputed = w.imputed;
}

/* ---- the rule ---- */

static const char *chosen_rule(const struct round *r, const char *absent)
{
    const char *name = j_str(r->opts, "aggregator", absent);
    return is(name, "weighted_mean") ? "confidence_weighted" : name;
}

static double cast_weight(const struct counting *k)
{
    double sum = 0;
    for (int i = 0; i < k->ballots.n; i++)
        sum += k->ballots.list[i].choice >= 0 ? k->ballots.list[i].weight : 0;
    return sum;
}

static enum completion completion_of(const struct round *r)
{
    const char *word = j_str(r->opts, "completion", "none");
    return is(word, "schulze")        ? COMPLETION_SCHULZE
           : is(word, "ranked_pairs") ? COMPLETION_RANKED_PAIRS
                                      : COMPLETION_NONE;
}

static enum borda_partial partial_of(const struct round *r)
{
    return is(j_str(r->opts, "partial", "average"), "zero") ? BORDA_ZERO : BORDA_AVERAGE;
}

static void apply_rule(const struct round *r, struct counting *k)
{
    const char *rule = k->aggregator;
    struct ballots *b = &k->ballots;
    struct tally *t = &k->tally;
    bool of_seats = is(j_str(r->opts, "of", "seats"), "seats");
    if (is(rule, "majority"))
        majority_count(b,
                       (struct majority){.threshold = j_num(r->opts, "threshold", 0.5),
                                         .seat_weight = of_seats ? k->seat_weight : cast_weight(k)},
                       t);
    else if (is(rule, "borda") || is(rule, "peer_ranking"))
        borda_count(b, partial_of(r), k->name, t);
    else if (is(rule, "condorcet"))
        condorcet_count(b, completion_of(r), k->lot, k->name, t);
    else if (is(rule, "approval"))
        approval_count(b, j_num(r->opts, "min_share", 0), t);
    else if (is(rule, "median_confidence"))
        median_confidence_count(b, (int)j_int(r->opts, "min_votes", 1), k->name, t);
    else if (is(rule, "mean_score"))
        mean_score_count(b, is(j_str(r->opts, "normalise", "none"), "zscore"), t);
    else
        plurality_count(b, t);
    if (k->imputed)
        j_set(t->raw, "imputed", j_integer(k->imputed));
    if (k->uninformative)
        j_set(t->raw, "uninformative", j_integer(k->uninformative));
}

static json_t *tie_rules(const struct round *r, const struct counting *k)
{
    json_t *given = j_get(r->opts, "tie_break");
    const char *rule = k->aggregator;
    if (is(rule, "condorcet") && completion_of(r) == COMPLETION_NONE)
        return j_array(); /* the tied are the Smith set, and stay it */
    if (given)
        return json_incref(given);
    if (is(rule, "median_confidence"))
        return xcheck(json_pack("[ss]", "votes", "none"));
    if (is(rule, "borda") || is(rule, "peer_ranking") || is(rule, "condorcet"))
        return xcheck(json_pack("[ss]", "pairwise", "none"));
    return xcheck(json_pack("[s]", "none"));
}

static struct counting *counting_new(struct round *r, const struct count_of *what)
{
    struct counting *k = xcalloc(1, sizeof *k);
    k->aggregator = chosen_rule(r, what->absent);
    if (is(k->aggregator, "confidence_weighted"))
        k->weights = "confidence";
    if (is(k->aggregator, "reliability_weighted"))
        k->weights = "reliability";
    k->casts = round_casts(r);
    set_candidates(k, what);
    k->lot = lot_order(r, k);
    make_ballots(r, k, what);
    apply_rule(r, k);
    k->rules = tie_rules(r, k);
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

/* ---- ties ---- */

static const char tiebreak_instructions[] =
    "The council is tied between the options below. Decide; give your reasons first.\n";

static void list_tied(const struct counting *k, const struct seat_call *c, const json_t *texts,
                      struct prompt *p)
{
    for (int i = 0; i < k->n; i++) {
        if (!k->tally.leader[i])
            continue;
        const char *label = c->form.map ? label_of(c->form.map, k->name[i]) : NULL;
        const char *text = j_str(texts, k->name[i], NULL);
        strbuf_addf(&p->part, "\n- %s%s%s", label ? label : k->name[i], text ? ": " : "",
                    text ? text : "");
    }
}

static void ask_chair(struct round *r, struct counting *k, const struct count_of *what)
{
    struct prompt p;
    struct seat_call *c = call_new(r, r->council->chair, "tiebreak", NULL);
    json_t *tied = j_array();
    for (int i = 0; i < k->n; i++)
        if (k->tally.leader[i])
            j_add(tied, j_string(k->name[i]));
    c->map = r->council->labels;
    form_init(&c->form, FORM_VOTE);
    c->form.map = is(what->over, "members") ? c->map : NULL;
    c->form.presented = json_incref(tied);
    form_build(&c->form);
    prompt_init(&p, c);
    for (size_t i = 0; is(what->over, "members") && i < json_array_size(tied); i++) {
        struct seat *s = council_seat(r->council, json_string_value(json_array_get(tied, i)));
        if (s && s->answer.text)
            prompt_answer(&p, s, false, false);
    }
    strbuf_str(&p.part, tiebreak_instructions);
    list_tied(k, c, what->texts, &p);
    prompt_finish(&p);
    json_decref(tied);
    round_add_call(r, c);
    k->tiebreak = c;
}

static void take_choice(struct counting *k)
{
    const char *choice =
        call_ok(k->tiebreak) ? j_str(k->tiebreak->reading.ballot, "choice", NULL) : NULL;
    ties_choose(&k->tally, choice ? find(k, choice, false) : -1);
    k->tiebreak = NULL;
}

/* ---- the document ---- */

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
        cast += c->ballot && !abstains(c);
        abstained += c->ballot && abstains(c);
        carried += c->carried;
        unheard += c->unheard;
    }
    DL_FOREACH (r->calls, call)
        invalid += is(call->kind, "member") && is(call->status, "invalid_output");
    int missing = r->seats - cast - abstained - invalid - unheard;
    j_set(o, "seats", j_integer(r->seats));
    j_set(o, "cast", j_integer(cast));
    j_set(o, "abstained", j_integer(abstained));
    j_set(o, "invalid", j_integer(invalid));
    j_set(o, "missing", j_integer(missing < 0 ? 0 : missing));
    j_set(o, "carried", j_integer(carried));
    return o;
}

static json_t *document(const struct round *r, const struct counting *k,
                        const struct count_of *what)
{
    json_t *o = j_object(), *tied = j_array(), *scores = j_object();
    const struct tally *t = &k->tally;
    for (int c = 0; c < k->n; c++) {
        if (t->winner < 0 && t->leaders > 1 && t->leader[c])
            j_add(tied, j_string(k->name[c]));
        j_set(scores, k->name[c], j_real(t->score[c]));
    }
    j_set(o, "aggregator", j_string(k->aggregator));
    j_set(o, "over", j_string(what->over));
    j_set(o, "winner", j_string(t->winner < 0 ? NULL : k->name[t->winner]));
    j_set(o, "tied", tied);
    j_set(o, "order", order_json(k));
    j_set(o, "scores", scores);
    j_set(o, "ballots", ballot_numbers(r, k));
    j_set(o, "raw", json_incref(t->raw));
    if (what->texts)
        j_ref(o, "texts", what->texts);
    if (is(k->aggregator, "peer_ranking"))
        j_set(o, "report", peer_report(&k->ballots, t, k->name));
    return o;
}

/* Share of heads behind the leading option, or how far the rankings agree. */
static double agreement(const struct counting *k)
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

static void note_shadow(struct round *r, const struct count_of *what);

enum conclusion counting_conclude(struct round *r, const struct count_of *what)
{
    if (!r->counting)
        r->counting = counting_new(r, what);
    struct counting *k = r->counting;
    if (k->tiebreak)
        take_choice(k);
    struct tie_facts facts = {.ballots = &k->ballots, .names = k->name, .lot = k->lot};
    while (ties_run(&k->tally, k->rules, &k->next, &facts) == TIE_CHAIR) {
        if (!r->council->chair || council_cancelled(r->council) || r->stopping)
            continue;
        ask_chair(r, k, what);
        return MORE_CALLS;
    }
    note_shadow(r, what);
    r->aggregate = document(r, k, what);
    r->agreement = agreement(k);
    r->by_members = is(what->over, "members");
    if (k->tally.winner < 0 && k->tally.leaders > 1)
        engine_warn(r->council->e, r, "tie", NULL, "several lead, and no rule was left", NULL);
    return CONCLUDED;
}

/* ---- early stop ---- */

static bool rule_of(const struct round *r, const struct counting *k, struct early_stop *e)
{
    const char *rule = k->aggregator;
    e->rule = EARLY_PLURALITY;
    if (!is(j_str(r->opts, "one_vote_per", "seat"), "seat") || is(rule, "median_confidence"))
        return false;
    if (is(rule, "majority"))
        e->rule =
            is(j_str(r->opts, "of", "seats"), "seats") ? EARLY_MAJORITY_SEATS : EARLY_MAJORITY_CAST;
    else if (is(rule, "condorcet"))
        e->rule = EARLY_CONDORCET;
    else if (is(rule, "borda") || is(rule, "peer_ranking"))
        e->rule = EARLY_MEAN;
    else if (is(rule, "approval") || is(rule, "mean_score"))
        e->rule = EARLY_MEAN;
    if (is(rule, "approval") && j_num(r->opts, "min_share", 0) > 0)
        return false;
    return !is(rule, "mean_score") || is(j_str(r->opts, "normalise", "none"), "none");
}

/* What one ballot gives a candidate, 0..1. NAN: it says nothing about it. */
static double given(const struct round *r, const struct counting *k, const struct ballot *v, int c)
{
    json_t *scale = j_get(r->opts, "scale");
    double min = j_num(scale, "min", 0), max = j_num(scale, "max", 10);
    if (!v->presented[c])
        return (double)NAN;
    if (is(k->aggregator, "approval"))
        return v->approved[c];
    if (is(k->aggregator, "mean_score"))
        return (v->score[c] - min) / (max - min);
    return borda_points(&k->ballots, v, c, partial_of(r));
}

static void sum_up(const struct round *r, const struct counting *k, double *sum, double *weight)
{
    for (int c = 0; c < k->n; c++) {
        for (int i = 0; i < k->ballots.n; i++) {
            double x = given(r, k, &k->ballots.list[i], c);
            if (isnan(x))
                continue;
            sum[c] += k->ballots.list[i].weight * x;
            weight[c] += k->ballots.list[i].weight;
        }
    }
}

static int add_outstanding(struct round *r, const struct counting *k, const struct count_of *what,
                           struct ballots *out)
{
    struct weighting w;
    struct seat_call *c;
    weighting_init(&w, r, k->weights, k->n);
    DL_FOREACH (r->calls, c) {
        if (!is(c->kind, "member") || (c->state == CALL_DONE && !round_pretends(r, c->seat)))
            continue;
        struct ballot *v = ballots_add(out, c->seat->id);
        v->weight = is(w.kind, "confidence") ? 1 : weighting_of(&w, c->seat, (double)NAN);
        fill_presented(k, what, c->presented_ids, v);
    }
    return out->n;
}

static json_t *early_json(const struct round *r, const struct counting *k, int leader, int out)
{
    json_t *p = j_object();
    j_set(p, "index", j_integer(r->index));
    j_set(p, "mode", j_string(j_str(r->opts, "early_stop", "shadow")));
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
        .threshold = j_num(r->opts, "threshold", 0.5),
        .free = !what->candidates,
    };
    if (!rule_of(r, k, &e) || add_outstanding(r, k, what, out) == 0)
        return EARLY_OPEN;
    double *sum = xcalloc((size_t)k->n + 1, sizeof *sum);
    double *weight = xcalloc((size_t)k->n + 1, sizeof *weight);
    if (e.rule == EARLY_MEAN)
        sum_up(r, k, sum, weight);
    e.sum = sum;
    e.weight = weight;
    e.seats = k->seat_weight;
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
        n += is(c->kind, "member") && call_ok(c) && !round_pretends(r, c->seat);
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

void counting_watch(struct round *r, const struct count_of *what)
{
    const char *mode = j_str(r->opts, "early_stop", "shadow");
    if (r->early_told || r->stopping || is(mode, "off") || council_cancelled(r->council) ||
        (r->loop && loop_pools(r->loop)))
        return;
    json_t *found = early_look(r, what);
    if (!found)
        return;
    r->early_told = true;
    if (is(mode, "stop"))
        r->early_stop = json_incref(found);
    engine_emit(r->council->e, r->council->path, "early_stop", found);
    if (is(mode, "stop"))
        round_end_calls(r, "cancelled", "early_stop");
}

/* The result must not depend on who happened to be faster: it tells at which ballot the matter was
 * decided, had they come in document order. */
static void note_shadow(struct round *r, const struct count_of *what)
{
    if (!is(j_str(r->opts, "early_stop", "shadow"), "shadow") || (r->loop && loop_pools(r->loop)))
        return;
    for (r->pretend = 1; r->pretend < r->council->n && !r->early_stop; r->pretend++)
        if (ok_before(r) >= r->need)
            r->early_stop = early_look(r, what);
    r->pretend = -1;
}
