/* A council's course: its seats, its rounds in order, its deadlines, its end. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#include "runner/deliberation/round/iterate.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/types/bracket.h"
#include "common/jx.h"

static json_t *member_ids(const struct council *c)
{
    json_t *ids = j_array();
    for (int i = 0; i < c->n; i++)
        j_add(ids, j_string(c->members[i].id));
    return ids;
}

/* A member asked in the chair's place: the chair's words, its own model. */
static json_t *member_as_chair(const struct council *c, struct seat *member)
{
    json_t *doc = xcheck(json_copy(member->doc));
    static const char *const of_chair[] = {"system_prompt", "role", "output_schema",
                                           "output_schema_inline"};
    for (size_t i = 0; i < sizeof of_chair / sizeof of_chair[0]; i++)
        j_ref(doc, of_chair[i], j_get(c->chair->doc, of_chair[i]));
    return doc;
}

static void add_fallback_chair(struct council *c, json_t *named)
{
    struct seat *s = &c->fallback[c->fallbacks];
    struct seat *member = json_is_string(named) ? council_seat(c, json_string_value(named)) : NULL;
    if (json_is_object(named)) {
        seat_init(s, c, json_incref(named), true);
    } else if (member) {
        seat_init(s, c, member_as_chair(c, member), true);
        s->account = member;
    } else {
        return;
    }
    c->fallbacks++;
}

static void make_seats(struct council *c)
{
    size_t i;
    json_t *doc, *members = j_get(c->doc, "members"), *chair = j_get(c->doc, "chair");
    c->members = xcalloc(json_array_size(members) + 1, sizeof *c->members);
    json_array_foreach (members, i, doc) {
        seat_init(&c->members[c->n++], c, doc, false);
    }
    if (!chair)
        return;
    json_t *fallbacks = j_get(chair, "fallback_chairs");
    c->chair = xcalloc(1, sizeof *c->chair);
    seat_init(c->chair, c, chair, true);
    c->fallback = xcalloc(json_array_size(fallbacks) + 1, sizeof *c->fallback);
    json_array_foreach (fallbacks, i, doc) {
        add_fallback_chair(c, doc);
    }
}

static bool is_synthesis(const json_t *round)
{
    const struct round_type *type = round_type_find(j_str(round, "type", ""));
    return type && type->chair;
}

/* The rounds of the document; a chair without a synthesis round gets one. */
static void make_rounds(struct council *c)
{
    json_t *rounds = j_get(c->doc, "rounds");
    c->round_docs = rounds ? xcheck(json_copy(rounds)) : j_array();
    size_t n = json_array_size(c->round_docs);
    if (!c->chair || (n > 0 && is_synthesis(json_array_get(c->round_docs, n - 1))))
        return;
    json_t *synthesis = j_object();
    j_set(synthesis, "type", j_string("synthesis"));
    j_set(synthesis, "name", j_string("synthesis"));
    j_add(c->round_docs, synthesis);
}

struct council *council_new(struct engine *e, const char *path, json_t *doc, json_t *input)
{
    struct council *c = xcalloc(1, sizeof *c);
    c->e = e;
    c->path = path;
    c->doc = doc;
    c->input = json_incref(input);
    c->usage = USAGE_UNKNOWN;
    ledger_init(&c->own, j_get(doc, "budget"), j_get(doc, "chair") != NULL);
    c->rounds = j_array();
    c->stage_ms = j_array();
    c->degraded = j_array();
    make_seats(c);
    make_rounds(c);
    json_t *ids = member_ids(c);
    c->labels = label_map_new(e->seed, path, ids, j_get(doc, "anonymity"));
    json_decref(ids);
    return c;
}

static void free_seats(struct council *c)
{
    for (int i = 0; i < c->n; i++)
        seat_release(&c->members[i]);
    for (int i = 0; i < c->fallbacks; i++) {
        seat_release(&c->fallback[i]);
        json_decref(c->fallback[i].doc);
    }
    if (c->chair)
        seat_release(c->chair);
    struct own_seat *o, *next;
    LL_FOREACH_SAFE (c->own_seats, o, next) {
        seat_release(&o->seat);
        free(o);
    }
    free(c->members);
    free(c->fallback);
    free(c->chair);
}

static void free_maps(struct named_map *list)
{
    struct named_map *m, *next;
    LL_FOREACH_SAFE (list, m, next) {
        label_map_free(m->map);
        free(m->scope);
        free(m);
    }
}

void council_free(struct council *c)
{
    struct review *v, *next_review;
    if (!c)
        return;
    engine_timer_clear(c->e, &c->timer);
    round_free(c->round);
    loop_free(c->loop);
    free_seats(c);
    free_maps(c->maps);
    free_maps(c->pair_maps);
    tournament_free(c->tournament);
    LL_FOREACH_SAFE (c->reviews, v, next_review) {
        free(v->round);
        free(v->text);
        free(v);
    }
    label_map_free(c->labels);
    json_decref(c->round_docs);
    json_decref(c->rounds);
    json_decref(c->stage_ms);
    json_decref(c->degraded);
    json_decref(c->last_aggregate);
    json_decref(c->final);
    json_decref(c->input);
    free(c->fail_message);
    free(c);
}

struct seat *council_seat(struct council *c, const char *id)
{
    for (int i = 0; i < c->n; i++)
        if (strcmp(c->members[i].id, id) == 0)
            return &c->members[i];
    return c->chair && strcmp(c->chair->id, id) == 0 ? c->chair : NULL;
}

struct seat *council_named_seat(struct council *c, json_t *named)
{
    struct own_seat *o;
    if (json_is_string(named))
        return council_seat(c, json_string_value(named));
    if (!json_is_object(named))
        return NULL;
    LL_FOREACH (c->own_seats, o)
        if (o->seat.doc == named)
            return &o->seat;
    o = xcalloc(1, sizeof *o);
    seat_init(&o->seat, c, named, false);
    LL_APPEND(c->own_seats, o);
    return &o->seat;
}

const struct label_map *council_pair_labels(struct council *c, const char *call_id, json_t *ids)
{
    struct named_map *m = xcalloc(1, sizeof *m);
    json_t *plain = xcheck(json_pack("{ss}", "assign", "as_given"));
    m->scope = xstrdup(call_id);
    m->map = label_map_new(c->e->seed, call_id, ids, plain);
    json_decref(plain);
    LL_APPEND(c->pair_maps, m);
    return m->map;
}

int council_candidates(struct council *c, struct seat **ret)
{
    int n = 0;
    for (int i = 0; i < c->n; i++) {
        if (!c->members[i].answer.text || c->members[i].eliminated)
            continue;
        if (ret)
            ret[n] = &c->members[i];
        n++;
    }
    return n;
}

json_t *council_anonymity(const struct round *r)
{
    json_t *of_round = j_get(r->opts, "anonymity"), *all = j_object();
    json_t *of_council = j_get(r->council->doc, "anonymity");
    if (of_council && json_object_update(all, of_council) < 0)
        xcheck(NULL);
    if (of_round && json_object_update(all, of_round) < 0)
        xcheck(NULL);
    return all;
}

void council_degrade(struct council *c, const char *code, const struct round *r,
                     const char *member_id, const char *detail)
{
    json_t *o = j_object();
    j_set(o, "code", j_string(code));
    j_set(o, "index", r ? j_integer(r->index) : json_null());
    j_set(o, "iteration", r ? j_integer(r->iteration) : json_null());
    j_set(o, "member_id", j_string(member_id));
    j_set(o, "detail", j_string(detail));
    j_add(c->degraded, o);
}

void council_fail(struct council *c, const char *outcome, const char *code, const char *message)
{
    if (c->fail_code)
        return;
    c->fail_outcome = outcome;
    c->fail_code = code;
    c->fail_message = xstrdup(message);
}

/* ---- time ---- */

static void on_run_deadline(void *arg)
{
    struct council *c = arg;
    c->out_of_time = true;
    if (c->round && c->round->phase != ROUND_CLOSED)
        round_end_calls(c->round, "timeout", "run_deadline");
}

void council_start(struct council *c)
{
    json_t *budget = j_get(c->doc, "budget");
    int64_t deadline = j_int(budget, "deadline_ms", 1800000);
    double reserve = j_num(budget, "chair_reserve", c->chair ? 0.2 : 0);
    c->started_ms = c->e->now;
    c->end_ms = c->started_ms + deadline;
    c->member_end_ms = c->started_ms + llround((1 - reserve) * (double)deadline);
    engine_timer_set(c->e, &c->timer, c->end_ms, on_run_deadline, c);
}

void council_shorten(struct council *c, int64_t end_ms)
{
    double reserve = j_num(j_get(c->doc, "budget"), "chair_reserve", c->chair ? 0.2 : 0);
    c->end_ms = end_ms;
    c->member_end_ms = c->started_ms + llround((1 - reserve) * (double)(end_ms - c->started_ms));
    engine_timer_set(c->e, &c->timer, c->end_ms, on_run_deadline, c);
}

bool council_cancelled(const struct council *c)
{
    return c->e->cancel || c->stopped;
}

/* ---- the course ---- */

static bool refuses_degraded(const struct council *c)
{
    return json_array_size(c->degraded) > 0 &&
           strcmp(j_str(c->doc, "on_degraded", "label"), "refuse") == 0;
}

static void finish(struct council *c)
{
    engine_timer_clear(c->e, &c->timer);
    final_decide(c);
    c->done = true;
}

static void harvest(struct council *c)
{
    if (c->chair_call) {
        /* Its answer is needed after the round: the final is made of it at once. */
        final_decide(c);
        c->chair_call = NULL;
    }
    if (c->loop && !loop_next(c->loop, c->round)) {
        loop_free(c->loop);
        c->loop = NULL;
    }
    round_free(c->round);
    c->round = NULL;
    if (refuses_degraded(c))
        council_fail(c, "refused", "degraded",
                     "the run is incomplete and this council refuses to answer then");
}

/* Why the next round is not played; NULL: it is. */
static const char *skip_next(struct council *c, bool chair)
{
    if (c->out_of_time)
        return "deadline";
    if (chair)
        return NULL;
    if (c->skip_rest)
        return c->skip_rest;
    return c->e->now >= c->member_end_ms ? "deadline" : NULL;
}

/* The next round, or the next iteration of the loop that is being played. */
static struct round *open_round(struct council *c)
{
    if (!c->loop) {
        json_t *doc = json_array_get(c->round_docs, (size_t)c->next_index++);
        if (strcmp(j_str(doc, "type", ""), "iterate") != 0)
            return round_new(c, doc, c->next_index - 1, 0);
        c->loop = loop_new(c, doc);
    }
    struct round *r =
        round_new(c, loop_round_doc(c->loop), c->next_index - 1, loop_iteration(c->loop));
    r->loop = c->loop;
    loop_begin(c->loop, r);
    return r;
}

static void next_round(struct council *c)
{
    c->round = open_round(c);
    const char *reason = skip_next(c, c->round->type->chair);
    if (!reason) {
        round_start(c->round);
        return;
    }
    if (strcmp(reason, "deadline") == 0)
        council_degrade(c, "deadline", c->round, NULL, NULL);
    round_skip(c->round, reason);
}

bool council_step(struct council *c)
{
    if (c->done)
        return false;
    if (c->round && c->round->phase != ROUND_CLOSED)
        return round_step(c->round);
    if (c->round) {
        harvest(c);
        return true;
    }
    if (c->fail_code || council_cancelled(c) ||
        (!c->loop && c->next_index >= (int)json_array_size(c->round_docs))) {
        finish(c);
        return true;
    }
    next_round(c);
    return true;
}
