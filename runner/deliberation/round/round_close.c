#include "round_close.h"

#include <math.h>
#include <string.h>
#include <utlist.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/kinds.h"

#include "answers.h"
#include "count_document.h"
#include "member_results.h"
#include "quorum.h"
#include "round_type.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/outbox.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/state/state.h"

static bool is_member(const struct seat_call *c)
{
    return c->kind == CALL_KIND_MEMBER;
}

/* ---- what is missing ---- */

static const char *degraded_code(const char *status)
{
    return strcmp(status, "error") == 0            ? "member_error"
           : strcmp(status, "timeout") == 0        ? "member_timeout"
           : strcmp(status, "invalid_output") == 0 ? "invalid_output"
           : strcmp(status, "budget") == 0         ? "budget"
                                                   : NULL;
}

static void keep_error(struct council *c, const struct seat_call *call)
{
    if (call->error && !call_ok(call) && strcmp(call->status, "cancelled") != 0)
        j_add(c->e->errors, json_incref(call->error));
}

/* What the missing seats mean for the run. */
static void note_missing(struct round *r, json_t *results)
{
    const char *id;
    json_t *one;
    struct council *c = r->council;
    struct seat_call *call;
    DL_FOREACH (r->calls, call)
        keep_error(c, call);
    json_object_foreach (results, id, one) {
        const char *status = j_str(one, "status", ""), *code = degraded_code(status);
        struct seat *s = council_seat(c, id);
        if (s && s->is_chair == (r->type->kind->asks == ASKS_CHAIR))
            j_add(s->statuses, j_string(status));
        if (r->type->kind->asks != ASKS_MEMBERS)
            continue;
        if (code)
            council_degrade(c, code, r, id, j_str(one, "reason", NULL));
        c->any_ok |= strcmp(status, "ok") == 0;
        c->ok += strcmp(status, "ok") == 0;
    }
    if (r->type->kind->asks == ASKS_MEMBERS && strcmp(r->status, "skipped") != 0)
        c->of += r->seats;
}

/* ---- the result ---- */

static json_t *counts(const json_t *results)
{
    json_t *o = j_object(), *one;
    const char *id;
    json_object_foreach ((json_t *)results, id, one) {
        const char *status = j_str(one, "status", "");
        j_set(o, status, j_integer(j_int(o, status, 0) + 1));
    }
    return o;
}

static json_t *eliminated(const struct council *c)
{
    json_t *ids = j_array();
    for (int i = 0; i < c->n; i++)
        if (c->members[i].eliminated)
            j_add(ids, j_string(c->members[i].id));
    return ids;
}

static json_t *result_json(const struct round *r, json_t *results)
{
    json_t *o = j_object();
    j_set(o, "index", j_integer(r->index));
    j_set(o, "name", j_string(r->name));
    j_set(o, "type", j_string(r->type->kind->name));
    j_set(o, "iteration", j_integer(r->iteration));
    j_set(o, "status", j_string(r->status));
    j_set(o, "reason", j_string(r->reason));
    j_ref(o, "asked", r->asked);
    j_ref(o, "unavailable", r->unavailable);
    j_ref(o, "skipped", r->skipped);
    j_set(o, "quorum", quorum_json(r));
    j_ref(o, "member_results", results);
    j_set(o, "calls", other_results(r));
    j_ref(o, "aggregate", r->aggregate);
    j_set(o, "agreement", j_real(r->agreement));
    j_set(o, "converged", r->converged < 0 ? json_null() : json_boolean(r->converged));
    j_ref(o, "remaining", r->remaining);
    j_set(o, "eliminated", eliminated(r->council));
    j_ref(o, "matches", r->matches);
    j_ref(o, "weights", r->weights);
    j_ref(o, "early_stop", r->early_stop);
    j_set(o, "started_ms", j_integer(r->started_ms));
    j_set(o, "ended_ms", j_integer(r->council->e->now));
    return o;
}

static void tell_completed(const struct round *r, const json_t *results)
{
    json_t *p = j_object();
    j_set(p, "index", j_integer(r->index));
    j_set(p, "name", j_string(r->name));
    j_set(p, "iteration", j_integer(r->iteration));
    j_set(p, "status", j_string(r->status));
    j_set(p, "counts", counts(results));
    j_set(p, "quorum", quorum_json(r));
    j_ref(p, "aggregate", r->aggregate);
    j_set(p, "converged", r->converged < 0 ? json_null() : json_boolean(r->converged));
    j_ref(p, "remaining", r->remaining);
    engine_emit(r->council->e, r->council->path, "round_completed", p);
}

static void keep_review(struct round *r, const struct seat_call *c, enum review_kind what,
                        const char *text)
{
    struct review *review = xcalloc(1, sizeof *review);
    *review = (struct review){
        .what = what,
        .round = r->iterate ? xasprintf("%s, iteration %d", r->name, r->iteration + 1)
                            : xstrdup(r->name),
        .writer = c->seat->id,
        .text = xstrdup(text),
        .map = c->map,
    };
    LL_APPEND(r->council->reviews, review);
}

/* What members said of each other is kept for the chair. */
static void keep_reviews(struct round *r)
{
    struct seat_call *c;
    DL_FOREACH (r->calls, c) {
        const char *text = c->reading.shown ? c->reading.shown : c->reading.answer;
        bool beside_answer = c->reading.ballot && c->reading.shown && *c->reading.shown;
        if (!is_member(c) || !call_ok(c))
            continue;
        if (c->reading.rebuttal)
            keep_review(r, c, REVIEW_REBUTTAL, c->reading.rebuttal);
        else if (text && (beside_answer || !round_sets_answers(r)))
            keep_review(r, c, REVIEW_OF_OTHERS, text);
    }
}

static void remember_aggregate(struct round *r)
{
    struct council *c = r->council;
    if (!r->aggregate || strcmp(r->status, "completed") != 0)
        return;
    json_decref(c->last_aggregate);
    c->last_aggregate = json_incref(r->aggregate);
    if (!aggregate_over_members(r->aggregate))
        return;
    json_decref(c->rank);
    c->rank = json_incref(j_get(r->aggregate, "order"));
}

void round_close(struct round *r)
{
    struct council *c = r->council;
    json_t *results = member_results(r);
    if (strcmp(r->status, "skipped") != 0 && round_sets_answers(r) && isnan(r->agreement))
        r->agreement = council_text_agreement(c);
    note_missing(r, results);
    quorum_check(r);
    if (r->type->kind->asks == ASKS_CHAIR && council_cancelled(c) && !c->chair_call)
        r->status = "cancelled";
    remember_aggregate(r);
    if (strcmp(r->status, "completed") == 0)
        keep_reviews(r);
    json_t *result = result_json(r, results);
    j_add(c->rounds, result);
    j_add(c->stage_ms, j_integer(c->e->now - r->started_ms));
    tell_completed(r, results);
    json_decref(results);
    r->phase = ROUND_CLOSED;
}
