/* A council's course: its seats, its rounds in order, its deadlines, its end. */
#include "council.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/kinds.h"
#include "proto/council/tables/words.h"

#include "final.h"
#include "runner/deliberation/form/labels.h"
#include "runner/deliberation/round/answers.h"
#include "runner/deliberation/round/calls_end.h"
#include "runner/deliberation/round/entropy.h"
#include "runner/deliberation/round/iterate.h"
#include "runner/deliberation/round/iterate_kept.h"
#include "runner/deliberation/round/round.h"
#include "runner/deliberation/round/round_open.h"
#include "runner/deliberation/round/round_type.h"
#include "runner/deliberation/round/routing.h"
#include "runner/deliberation/round/stage.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/engine_timer.h"
#include "runner/deliberation/state/ledger.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/state/usage.h"
#include "runner/deliberation/types/bracket.h"
#include "runner/deliberation/types/round_types.h"
#include "runner/deliberation/words/need.h"
#include "runner/deliberation/words/unknown.h"
#include "seating.h"

static json_t *member_ids(const struct council *c)
{
    json_t *ids = j_array();
    for (int i = 0; i < c->n; i++)
        j_add(ids, j_string(c->members[i].id));
    return ids;
}

/* The anonymity of its document, with the prefix that tells its answers from those it is shown. */
static struct label_map *labels_of(const struct council *c, json_t *ids)
{
    json_t *anonymity = xcheck(json_copy(j_get(c->doc, "anonymity")));
    const char *prefix = council_prefix(c, need_str(anonymity, "prefix"));
    j_set(anonymity, "prefix", j_string(prefix));
    struct label_map *map = label_map_new(c->e->seed, c->path, ids, anonymity);
    json_decref(anonymity);
    return map;
}

struct council *council_new(struct engine *e, const char *path, json_t *doc, json_t *input,
                            json_t *material)
{
    struct council *c = xcalloc(1, sizeof *c);
    c->e = e;
    c->path = path;
    c->doc = doc;
    c->input = json_incref(input);
    c->material = json_incref(material);
    c->usage = USAGE_UNKNOWN;
    ledger_init(&c->own, j_get(doc, "budget"));
    c->rounds = j_array();
    c->stage_ms = j_array();
    c->degraded = j_array();
    seating_make(c);
    c->round_docs = xcheck(json_copy(need_list(doc, "rounds")));
    json_t *ids = member_ids(c);
    c->labels = labels_of(c, ids);
    c->ids = label_map_of_ids(ids);
    json_decref(ids);
    return c;
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
    iterate_free(c->iterate);
    seating_free(c);
    free_maps(c->maps);
    free_maps(c->call_maps);
    tournament_free(c->tournament);
    LL_FOREACH_SAFE (c->reviews, v, next_review) {
        free(v->round);
        free(v->text);
        free(v);
    }
    label_map_free(c->labels);
    label_map_free(c->ids);
    json_decref(c->round_docs);
    json_decref(c->rounds);
    json_decref(c->stage_ms);
    json_decref(c->degraded);
    json_decref(c->last_aggregate);
    json_decref(c->rank);
    json_decref(c->final);
    json_decref(c->input);
    json_decref(c->material);
    free(c->fail_message);
    free(c);
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
    int64_t deadline = need_int(budget, "deadline_ms");
    double reserve = need_num(budget, "chair_reserve");
    c->started_ms = c->e->now;
    c->end_ms = c->started_ms + deadline;
    c->member_end_ms = c->started_ms + llround((1 - reserve) * (double)deadline);
    engine_timer_set(c->e, &c->timer, c->end_ms, on_run_deadline, c);
}

void council_shorten(struct council *c, int64_t end_ms)
{
    double reserve = need_num(j_get(c->doc, "budget"), "chair_reserve");
    c->end_ms = end_ms;
    c->member_end_ms = c->started_ms + llround((1 - reserve) * (double)(end_ms - c->started_ms));
    engine_timer_set(c->e, &c->timer, c->end_ms, on_run_deadline, c);
}

/* ---- the course ---- */

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
    if (c->iterate && !iterate_next(c->iterate, c->round)) {
        iterate_free(c->iterate);
        c->iterate = NULL;
    }
    round_free(c->round);
    c->round = NULL;
    if (council_refuses(c))
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

static struct round *play(struct council *c, json_t *doc, int iteration)
{
    static const struct round_stage *const asked[] = {
        &routing_stage, &entropy_stage, &answers_stage, &conclude_stage, &iterate_stage, NULL};
    static const struct round_stage *const given[] = {&conclude_stage, &iterate_stage, NULL};
    const struct round_type *type = round_type_find(j_str(doc, "type", ""));
    struct round_plan plan = {
        .doc = doc,
        .name = need_str(doc, "name"),
        .type = type,
        .stages = type->kind->asks == ASKS_MEMBERS ? asked : given,
        .index = c->next_index - 1,
        .iteration = iteration,
    };
    return round_new(c, &plan);
}

static bool is_loop(const json_t *doc)
{
    const char *type = j_str(doc, "type", NULL);
    const struct round_kind *kind = round_kind_find(type);
    if (!kind)
        kind_unknown("round type", type);
    return kind->asks == ASKS_WRAPPED;
}

static struct iterate *begin_iterate(struct council *c, json_t *doc)
{
    struct iterate *l = iterate_new(c, doc);
    iterate_take_type(l, round_type_find(j_str(iterate_round_doc(l), "type", "")));
    return l;
}

/* The next round, or the next iteration of the one that is being iterated. */
static struct round *open_round(struct council *c)
{
    if (!c->iterate) {
        json_t *doc = json_array_get(c->round_docs, (size_t)c->next_index++);
        if (!is_loop(doc))
            return play(c, doc, 0);
        c->iterate = begin_iterate(c, doc);
    }
    struct round *r = play(c, iterate_round_doc(c->iterate), iterate_iteration(c->iterate));
    r->iterate = c->iterate;
    iterate_keep(c->iterate);
    return r;
}

static void next_round(struct council *c)
{
    c->round = open_round(c);
    const char *reason = skip_next(c, c->round->type->kind->asks == ASKS_CHAIR);
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
        (!c->iterate && c->next_index >= (int)json_array_size(c->round_docs))) {
        finish(c);
        return true;
    }
    next_round(c);
    return true;
}
