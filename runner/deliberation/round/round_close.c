#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#include "counting.h"
#include "iterate.h"
#include "round_close.h"
#include "common/jx.h"
#include "runner/deliberation/words/text.h"

static bool is_member(const struct seat_call *c)
{
    return strcmp(c->kind, "member") == 0;
}

/* What `distinct` counts: the answers of one member, of one provider, of one model. */
static const char *distinct_key(const struct round *r, const struct seat_call *c)
{
    if (strcmp(r->distinct, "provider") == 0)
        return seat_entry(c->seat, c->entry).provider;
    if (strcmp(r->distinct, "model") == 0)
        return seat_entry(c->seat, c->entry).model;
    return c->seat->id;
}

int round_quorum_ok(const struct round *r)
{
    json_t *seen = j_array();
    struct seat_call *c;
    DL_FOREACH (r->calls, c) {
        if (is_member(c) && call_ok(c) && !j_array_has(seen, distinct_key(r, c)))
            j_add(seen, j_string(distinct_key(r, c)));
    }
    int n = (int)json_array_size(seen);
    json_decref(seen);
    return n;
}

void round_set_answer(struct round *r, struct seat_call *c)
{
    struct answer *a = &c->seat->answer;
    answer_release(a);
    a->content = xstrdup(c->reading.answer);
    a->text = xstrdup(c->reading.shown && !c->reading.ballot ? c->reading.shown : a->content);
    a->parsed = json_incref(c->reading.parsed);
    a->index = r->index;
    a->iteration = r->iteration;
    a->confidence = c->reading.confidence;
    a->map = c->map;
}

void round_set_answers(struct round *r)
{
    struct council *council = r->council;
    if (r->answers_set || !round_sets_answers(r))
        return;
    r->answers_set = true;
    for (int i = 0; i < council->n; i++) {
        struct seat *s = &council->members[i];
        struct seat_call *c = round_call_of(r, s->id);
        if (c && call_ok(c) && c->reading.answer)
            round_set_answer(r, c);
        else if (s->answer.text && (c || s->unavailable))
            s->answer.stale = true;
    }
}

bool round_sets_answers(const struct round *r)
{
    if (r->type->revises == REVISES_NEVER)
        return r->type->answers;
    return j_bool(r->opts, "revise", r->type->revises == REVISES_UNLESS_TOLD);
}

/* ---- ballots ---- */

bool round_pretends(const struct round *r, const struct seat *s)
{
    return r->pretend >= 0 && s - r->council->members >= r->pretend;
}

static void add_cast(struct round *r, struct seat *s, struct cast **list)
{
    struct seat_call *c = round_call_of(r, s->id);
    struct cast *cast;
    if (c && (c->state != CALL_DONE || round_pretends(r, s)))
        return;
    if (!c && !j_array_has(r->unavailable, s->id))
        return;
    if (c && call_ok(c) && c->reading.ballot)
        cast = cast_new(c);
    else
        cast = cast_silent(s, c && c->reason && strcmp(c->reason, "early_stop") == 0);
    LL_APPEND(*list, cast);
}

struct cast *round_casts(struct round *r)
{
    struct cast *own = NULL;
    for (int i = 0; i < r->council->n; i++)
        add_cast(r, &r->council->members[i], &own);
    return r->loop ? loop_casts(r->loop, r, own) : own;
}

/* ---- statuses ---- */

static json_t *bare_result(const struct round *r, const struct seat *s, const char *status,
                           const char *reason)
{
    struct entry entry = seat_entry(s, 0);
    const char *label = r->council->labels ? label_of(r->council->labels, s->id) : NULL;
    return xcheck(json_pack("{ss sn ss? ss ss? sn sn sn sn sn sn sn ss ss sn sn s[] s[] sn sn sn "
                            "si sb sb sb sn sn s[]}",
                            "member_id", s->id, "call_id", "label", label, "status", status,
                            "reason", reason, "content", "parsed", "ballot", "parse", "confidence",
                            "confidence_method", "finish_reason", "provider", entry.provider,
                            "model", entry.model, "model_served", "fallback_index", "attempts",
                            "tool_calls", "presented", "usage", "cost", "latency_ms", 0, "stale", 0,
                            "carried", 0, "reused", 0, "error", "sub_run", "flags"));
}

static const char *skip_reason(const struct round *r, const char *id)
{
    size_t i;
    json_t *o;
    json_array_foreach (r->skipped, i, o) {
        if (strcmp(j_str(o, "id", ""), id) == 0)
            return j_str(o, "reason", NULL);
    }
    return NULL;
}

/* Who won or had a bye stands with its current answer. */
static json_t *survivor(const struct round *r, const struct seat *s)
{
    json_t *o = bare_result(r, s, "ok", NULL);
    j_set(o, "content", j_string(s->answer.content));
    j_ref(o, "parsed", s->answer.parsed);
    j_set(o, "confidence", j_real(s->answer.confidence));
    j_set(o, "stale", json_boolean(s->answer.stale));
    return o;
}

/* A silent member's result, with the ballot that it keeps from the iteration before. */
static json_t *with_carried(const struct round *r, const struct seat_call *c)
{
    const struct cast *old;
    LL_FOREACH (loop_pools(r->loop) ? NULL : loop_casts_before(r->loop), old) {
        if (old->seat != c->seat || !old->ballot || !r->aggregate)
            continue;
        json_t *copy = xcheck(json_copy(c->result));
        j_set(copy, "carried", json_true());
        j_ref(copy, "ballot", old->ballot);
        return copy;
    }
    return json_incref(c->result);
}

/* The result of a member in this round; NULL when the round never came to it. New reference. */
static json_t *result_of(const struct round *r, const struct seat *s)
{
    struct seat_call *c = round_call_of(r, s->id);
    const char *reason = skip_reason(r, s->id);
    if (c)
        return r->loop && !call_ok(c) ? with_carried(r, c) : json_incref(c->result);
    if (reason)
        return bare_result(r, s, "skipped", reason);
    if (j_array_has(r->unavailable, s->id))
        return bare_result(r, s, "error", "unavailable");
    if (s->eliminated)
        return bare_result(r, s, "eliminated", "tournament_loss");
    return r->type->bracket && s->answer.text ? survivor(r, s) : NULL;
}

static json_t *member_results(const struct round *r)
{
    json_t *all = j_object();
    struct seat_call *c;
    for (int i = 0; !r->type->chair && i < r->council->n; i++) {
        json_t *one = result_of(r, &r->council->members[i]);
        if (one)
            j_set(all, r->council->members[i].id, one);
    }
    DL_FOREACH (r->calls, c) {
        if (strcmp(c->kind, "chair") == 0)
            j_ref(all, c->seat->id, c->result);
    }
    return all;
}

static json_t *other_calls(const struct round *r)
{
    json_t *all = j_array();
    struct seat_call *c;
    DL_FOREACH (r->calls, c) {
        if (!is_member(c) && strcmp(c->kind, "chair") != 0)
            j_add(all, json_incref(c->result));
    }
    return all;
}

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
        if (s && s->is_chair == r->type->chair)
            j_add(s->statuses, j_string(status));
        if (r->type->chair || r->type->bracket)
            continue;
        if (code)
            council_degrade(c, code, r, id, j_str(one, "reason", NULL));
        c->any_ok |= strcmp(status, "ok") == 0;
        c->ok += strcmp(status, "ok") == 0;
    }
    if (!r->type->chair && !r->type->bracket && strcmp(r->status, "skipped") != 0)
        c->of += r->seats;
}

/* ---- quorum ---- */

static void lose_quorum(struct round *r)
{
    struct council *c = r->council;
    r->status = "lost_quorum";
    if (c->fail_code || council_cancelled(c) || (r->loop && loop_lost(r->loop, r)))
        return;
    if (strcmp(j_str(r->doc, "on_quorum_lost", "refuse"), "refuse") != 0) {
        council_degrade(c, "quorum_lost", r, NULL, NULL);
        if (council_candidates(c, NULL) == 0)
            council_fail(c, "failed", "no_answers", "no member has an answer");
    } else if (c->any_ok) {
        council_fail(c, "refused", "quorum_lost", "fewer seats answered than the quorum asks for");
    } else {
        council_fail(c, "failed", "no_answers", "no seat answered");
    }
}

static void check_quorum(struct round *r)
{
    if (r->type->chair || strcmp(r->status, "skipped") == 0)
        return;
    if (r->type->bracket) {
        r->status = council_cancelled(r->council) ? "cancelled" : r->status;
        return;
    }
    r->quorum_met = round_quorum_ok(r) >= r->need;
    if (council_cancelled(r->council))
        r->status = "cancelled";
    else if (!r->quorum_met)
        lose_quorum(r);
}

static json_t *quorum_json(const struct round *r)
{
    if (r->type->chair || r->type->bracket)
        return json_null();
    json_t *o = j_object();
    j_set(o, "need", j_integer(r->need));
    j_set(o, "of", j_integer(r->seats));
    j_set(o, "ok", j_integer(round_quorum_ok(r)));
    j_set(o, "met", json_boolean(r->quorum_met));
    return o;
}

/* ---- agreement ---- */

double council_text_agreement(const struct council *c)
{
    const char **texts = xcalloc((size_t)c->n + 1, sizeof *texts);
    int n = 0;
    for (int i = 0; i < c->n; i++)
        if (c->members[i].answer.text && !c->members[i].eliminated)
            texts[n++] = c->members[i].answer.text;
    double mean = text_mean_similarity(texts, n);
    free(texts);
    return mean;
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
    j_set(o, "type", j_string(r->type->name));
    j_set(o, "iteration", j_integer(r->iteration));
    j_set(o, "status", j_string(r->status));
    j_set(o, "reason", j_string(r->reason));
    j_ref(o, "asked", r->asked);
    j_ref(o, "unavailable", r->unavailable);
    j_ref(o, "skipped", r->skipped);
    j_set(o, "quorum", quorum_json(r));
    j_ref(o, "member_results", results);
    j_set(o, "calls", other_calls(r));
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

/* What members said of each other is kept for the chair. */
static void keep_reviews(struct round *r)
{
    struct seat_call *c;
    DL_FOREACH (r->calls, c) {
        const char *text = c->reading.shown ? c->reading.shown : c->reading.answer;
        bool ballot_text = c->reading.ballot && c->reading.shown;
        if (!is_member(c) || !call_ok(c) || (round_sets_answers(r) && !ballot_text) || !text)
            continue;
        struct review *review = xcalloc(1, sizeof *review);
        *review = (struct review){
            .round = xstrdup(r->name),
            .writer = c->seat->id,
            .text = xstrdup(text),
            .map = c->map,
        };
        LL_APPEND(r->council->reviews, review);
    }
}

static void remember_aggregate(struct round *r)
{
    struct council *c = r->council;
    if (!r->aggregate || strcmp(r->status, "completed") != 0)
        return;
    json_decref(c->last_aggregate);
    c->last_aggregate = json_incref(r->aggregate);
}

void round_close(struct round *r)
{
    struct council *c = r->council;
    json_t *results = member_results(r);
    engine_timer_clear(c->e, &r->timer);
    if (strcmp(r->status, "skipped") != 0 && round_sets_answers(r) && isnan(r->agreement))
        r->agreement = council_text_agreement(c);
    note_missing(r, results);
    check_quorum(r);
    if (r->type->chair && council_cancelled(c) && !c->chair_call)
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
