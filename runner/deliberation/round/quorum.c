#include "quorum.h"

#include <math.h>
#include <string.h>
#include <utlist.h>

#include "common/jx.h"
#include "proto/council/tables/kinds.h"
#include "proto/council/tables/words.h"

#include "iterate_kept.h"
#include "round_type.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/words/need.h"

/* What `distinct` counts: the answers of one member, of one provider, of one model. */
static const char *distinct_key(const struct round *r, const struct seat_call *c)
{
    if (r->distinct == DISTINCT_PROVIDER)
        return seat_entry(c->seat, c->entry).provider;
    if (r->distinct == DISTINCT_MODEL)
        return seat_entry(c->seat, c->entry).model;
    return c->seat->id;
}

int quorum_ok(const struct round *r)
{
    json_t *seen = j_array();
    struct seat_call *c;
    DL_FOREACH (r->calls, c) {
        if (c->kind == CALL_KIND_MEMBER && call_ok(c) && !j_array_has(seen, distinct_key(r, c)))
            j_add(seen, j_string(distinct_key(r, c)));
    }
    int n = (int)json_array_size(seen);
    json_decref(seen);
    return n;
}

bool quorum_loss_refuses(const struct round *r)
{
    return need_word(r->doc, "on_quorum_lost", QUORUM_LOST_NAMES) == QUORUM_LOST_REFUSE;
}

static void lose_quorum(struct round *r)
{
    struct council *c = r->council;
    r->status = "lost_quorum";
    if (c->fail_code || (r->iterate && iterate_lost(r->iterate, r)))
        return;
    if (!quorum_loss_refuses(r)) {
        council_degrade(c, "quorum_lost", r, NULL, NULL);
        if (council_candidates(c, NULL) == 0)
            council_fail(c, "failed", "no_answers", "no member has an answer");
    } else if (c->any_ok) {
        council_fail(c, "refused", "quorum_lost", "fewer seats answered than the quorum asks for");
    } else {
        council_fail(c, "failed", "no_answers", "no seat answered");
    }
}

void quorum_check(struct round *r)
{
    if (r->type->kind->asks == ASKS_CHAIR || strcmp(r->status, "skipped") == 0)
        return;
    r->quorum_met = quorum_ok(r) >= r->need; /* nothing is needed of judges */
    if (council_cancelled(r->council))
        r->status = "cancelled";
    else if (!r->quorum_met)
        lose_quorum(r);
}

json_t *quorum_json(const struct round *r)
{
    if (r->type->kind->asks != ASKS_MEMBERS)
        return json_null();
    json_t *o = j_object();
    j_set(o, "need", j_integer(r->need));
    j_set(o, "of", j_integer(r->seats));
    j_set(o, "ok", j_integer(quorum_ok(r)));
    j_set(o, "met", json_boolean(r->quorum_met));
    return o;
}

void quorum_set(struct round *r)
{
    json_t *quorum = j_get(r->doc, "quorum");
    double ratio = j_num(quorum, "ratio", 0), need; /* null: not asked for; as is min */
    int64_t min = j_int(quorum, "min", 0);
    r->seats = (int)(json_array_size(r->asked) + json_array_size(r->unavailable));
    need = fmax(1, fmax((double)min, ceil(ratio * r->seats - 1e-9)));
    r->need = (int)need;
    r->distinct = need_word(quorum, "distinct", DISTINCT_NAMES);
}

json_t *quorum_wanted(const struct round *r)
{
    json_t *o = j_object();
    if (r->type->kind->asks != ASKS_MEMBERS) {
        json_decref(o);
        return json_null();
    }
    j_set(o, "need", j_integer(r->need));
    j_set(o, "of", j_integer(r->seats));
    j_set(o, "distinct", j_string(DISTINCT_NAMES[r->distinct]));
    return o;
}
