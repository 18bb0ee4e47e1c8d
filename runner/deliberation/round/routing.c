#include "routing.h"

#include <math.h>
#include <stdlib.h>
#include <utlist.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/kinds.h"

#include "condition.h"
#include "round_type.h"
#include "runner/deliberation/call/blocks.h"
#include "runner/deliberation/call/call.h"
#include "runner/deliberation/call/prompt.h"
#include "runner/deliberation/form/form.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/outbox.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/words/digest.h"
#include "runner/deliberation/words/need.h"
#include "runner/deliberation/words/strbuf.h"
#include "runner/deliberation/words/text.h"
#include "runner/deliberation/words/unknown.h"
#include "stage.h"
#include "weights.h"

static json_t *pool_of(const struct round *r)
{
    struct council *c = r->council;
    json_t *subset = j_get(r->doc, "members"), *ids = j_array();
    for (int i = 0; i < c->n; i++)
        if (!c->members[i].eliminated && (!subset || j_array_has(subset, c->members[i].id)))
            j_add(ids, j_string(c->members[i].id));
    return ids;
}

/* Those of `chosen` that are in the pool, in its order. */
static json_t *within(const json_t *pool, const json_t *chosen)
{
    size_t i;
    json_t *id, *ids = j_array();
    json_array_foreach (pool, i, id) {
        if (j_array_has(chosen, json_string_value(id)))
            j_add(ids, json_incref(id));
    }
    return ids;
}

static json_t *by_all(struct round *r, const json_t *router, json_t *pool, bool *pending)
{
    (void)r;
    (void)router;
    (void)pending;
    return json_incref(pool);
}

static json_t *by_rules(struct round *r, const json_t *router, json_t *pool, bool *pending)
{
    (void)pending;
    size_t i;
    json_t *rule;
    const struct council *c = r->council;
    int64_t steps = CONDITION_STEPS;
    struct condition_facts f = {
        .input = c->input,
        .round_name = r->name,
        .round_type = r->type->kind->name,
        .iteration = r->iteration,
        .last = json_array_get(c->rounds, json_array_size(c->rounds) - 1),
        .steps = &steps,
    };
    json_array_foreach (j_get(router, "rules"), i, rule) {
        if (condition_holds(j_get(rule, "when"), &f))
            return within(pool, j_get(rule, "members"));
    }
    if (steps < 0)
        return j_array(); /* nobody can say which rule holds: everybody, with a warning */
    json_t *otherwise = j_get(router, "otherwise");
    return json_is_array(otherwise) ? within(pool, otherwise) : json_incref(pool);
}

static json_t *by_sample(struct round *r, const json_t *router, json_t *pool, bool *pending)
{
    (void)pending;
    int n = (int)json_array_size(pool), k = (int)need_int(router, "k");
    int *order = xcalloc((size_t)n + 1, sizeof *order);
    json_t *chosen = j_array();
    struct stream s;
    for (int i = 0; i < n; i++)
        order[i] = i;
    stream_init(&s, r->council->e->seed, "router/%s", r->key);
    stream_shuffle(&s, order, n);
    stream_release(&s);
    for (int i = 0; i < k && i < n; i++)
        j_add(chosen, json_incref(json_array_get(pool, (size_t)order[i])));
    json_t *ids = within(pool, chosen);
    json_decref(chosen);
    free(order);
    return ids;
}

static double score_of(const struct round *r, const json_t *id)
{
    double x = seat_reliability(council_seat(r->council, json_string_value(id)));
    return isnan(x) ? 0.5 : x;
}

static json_t *by_reliability(struct round *r, const json_t *router, json_t *pool, bool *pending)
{
    (void)pending;
    json_t *chosen = j_array();
    size_t k = (size_t)need_int(router, "k");
    while (json_array_size(chosen) < k && json_array_size(chosen) < json_array_size(pool)) {
        size_t i;
        json_t *id, *best = NULL;
        json_array_foreach (pool, i, id) {
            if (j_array_has(chosen, json_string_value(id)))
                continue;
            if (!best || score_compare(score_of(r, id), score_of(r, best)) > 0)
                best = id;
        }
        j_add(chosen, json_incref(best));
    }
    json_t *ids = within(pool, chosen);
    json_decref(chosen);
    return ids;
}

/* ---- a model as router ---- */

static struct seat_call *router_call(const struct round *r)
{
    struct seat_call *c;
    DL_FOREACH (r->calls, c)
        if (c->kind == CALL_KIND_ROUTER)
            return c;
    return NULL;
}

static void ask(struct round *r, struct seat *seat, const json_t *router, json_t *pool)
{
    size_t i;
    json_t *id;
    struct prompt p;
    struct seat_call *c = call_new(r, seat, CALL_KIND_ROUTER, NULL);
    form_init(&c->form, FORM_MEMBERS);
    c->form.presented = json_incref(pool);
    form_build(&c->form);
    prompt_init(&p, c);
    strbuf_addf(&p.part, "Choose the members best fitted for the task, at most %lld.\n",
                (long long)need_int(router, "max"));
    json_array_foreach (pool, i, id) {
        const struct seat *s = council_seat(r->council, json_string_value(id));
        strbuf_addf(&p.part, "\n- %s%s%s", s->id, s->role ? ": " : "", s->role ? s->role : "");
    }
    prompt_finish(&p);
    round_add_call(r, c);
}

static json_t *chosen_by(const struct seat_call *c, const json_t *router, const json_t *pool)
{
    json_t *list = call_ok(c) ? j_get(c->reading.ballot, "members") : NULL;
    json_t *ids = within(pool, list);
    while (json_array_size(ids) > (size_t)need_int(router, "max"))
        json_array_remove(ids, json_array_size(ids) - 1);
    return ids;
}

static json_t *by_llm(struct round *r, const json_t *router, json_t *pool, bool *pending)
{
    json_t *named = j_get(router, "seat");
    struct seat *seat = named ? council_named_seat(r->council, named) : r->council->chair;
    struct seat_call *c = router_call(r);
    *pending = seat && !c && !council_cancelled(r->council);
    if (*pending)
        ask(r, seat, router, pool);
    return c ? chosen_by(c, router, pool) : j_array();
}

/* ---- the decision ---- */

/* Each gives ids of the pool; pending: a call was queued, ask again when it is done. */
#define ROW(ID, name, ...) [ROUTER_##ID] = by_##name,
static json_t *(*const routers[])(struct round *r, const json_t *router, json_t *pool,
                                  bool *pending) = {ROUTER_ROWS(ROW)};

/* No router: everybody. */
static enum router_id kind_of(const json_t *router)
{
    if (!router)
        return ROUTER_ALL;
    const char *name = j_str(router, "kind", NULL);
    const struct router_kind *kind = router_kind_find(name);
    if (!kind)
        kind_unknown("router", name);
    return kind->id;
}

static enum conclusion decide(struct round *r)
{
    bool pending = false;
    json_t *router = j_get(r->doc, "router"), *pool = pool_of(r);
    json_t *ids = routers[kind_of(router)](r, router, pool, &pending);
    if (pending) {
        json_decref(ids);
        json_decref(pool);
        return MORE_CALLS;
    }
    if (json_array_size(ids) == 0 && json_array_size(pool) > 0) {
        engine_warn(r->council->e, r, "router_failed", NULL,
                    "the router chose nobody; everybody takes part", NULL);
        json_decref(ids);
        ids = json_incref(pool);
    }
    r->routed = ids;
    json_decref(pool);
    return CONCLUDED;
}

const struct round_stage routing_stage = {.before = decide};
