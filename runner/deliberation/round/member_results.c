#include "member_results.h"

#include <string.h>
#include <utlist.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/kinds.h"

#include "cast.h"
#include "iterate_kept.h"
#include "round_type.h"
#include "runner/deliberation/form/labels.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"

static json_t *bare_result(const struct round *r, const struct seat *s, const char *status,
                           const char *reason)
{
    struct entry entry = seat_entry(s, 0);
    const char *label = r->council->labels ? label_of(r->council->labels, s->id) : NULL;
    return j_pack("{ss sn ss? ss ss? sn sn sn sn sn sn sn ss ss sn sn s[] s[] sn sn sn "
                  "si sb sb sb sn sn s[]}",
                  "member_id", s->id, "call_id", "label", label, "status", status, "reason", reason,
                  "content", "parsed", "ballot", "parse", "confidence", "confidence_method",
                  "finish_reason", "provider", entry.provider, "model", entry.model, "model_served",
                  "fallback_index", "attempts", "tool_calls", "presented", "usage", "cost",
                  "latency_ms", 0, "stale", 0, "carried", 0, "reused", 0, "error", "sub_run",
                  "flags");
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
    LL_FOREACH (iterate_pools(r->iterate) ? NULL : iterate_casts_before(r->iterate), old) {
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
        return r->iterate && !call_ok(c) ? with_carried(r, c) : json_incref(c->result);
    if (reason)
        return bare_result(r, s, "skipped", reason);
    if (j_array_has(r->unavailable, s->id))
        return bare_result(r, s, "error", "unavailable");
    if (s->eliminated)
        return bare_result(r, s, "eliminated", "tournament_loss");
    return r->type->kind->asks == ASKS_JUDGES && s->answer.text ? survivor(r, s) : NULL;
}

json_t *member_results(const struct round *r)
{
    json_t *all = j_object();
    struct seat_call *c;
    for (int i = 0; r->type->kind->asks != ASKS_CHAIR && i < r->council->n; i++) {
        json_t *one = result_of(r, &r->council->members[i]);
        if (one)
            j_set(all, r->council->members[i].id, one);
    }
    DL_FOREACH (r->calls, c) {
        if (c->kind == CALL_KIND_CHAIR)
            j_ref(all, c->seat->id, c->result);
    }
    return all;
}

json_t *other_results(const struct round *r)
{
    json_t *all = j_array();
    struct seat_call *c;
    DL_FOREACH (r->calls, c) {
        if (!(CALL_KINDS[c->kind].flags & CALL_IS_RESULT))
            j_add(all, json_incref(c->result));
    }
    return all;
}
