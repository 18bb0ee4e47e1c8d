/* MemberResult: what one call has come to. */
#include "call_result.h"

#include <math.h>

#include "common/jx.h"

#include "runner/deliberation/form/labels.h"
#include "runner/deliberation/state/answerer.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/state/usage.h"

static const char *confidence_method(const struct seat_call *c)
{
    json_t *method = seat_confidence(c->seat);
    const char *key;
    json_t *v;
    if (isnan(c->reading.confidence))
        return NULL;
    if (json_is_string(method) && !c->form.schema)
        return json_string_value(method);
    json_object_foreach (method, key, v) {
        return key;
    }
    return "self_report";
}

static void add_answer(const struct seat_call *c, json_t *o)
{
    bool ok = call_ok(c);
    j_set(o, "content", j_string(c->read ? c->reading.content : NULL));
    if (c->read && c->reading.rebuttal)
        j_set(o, "rebuttal", j_string(c->reading.rebuttal));
    j_ref(o, "parsed", ok ? c->reading.parsed : NULL);
    j_ref(o, "ballot", ok ? c->reading.ballot : NULL);
    j_set(o, "parse", j_string(c->read ? c->reading.parse : NULL));
    j_set(o, "confidence", j_real(c->read && ok ? c->reading.confidence : (double)NAN));
    j_set(o, "confidence_method", j_string(c->read && ok ? confidence_method(c) : NULL));
    if (c->read && ok && c->form.tail_changed)
        j_set(o, "changed",
              c->reading.changed < 0 ? json_null() : json_boolean(c->reading.changed));
    j_set(o, "finish_reason", j_string(c->finish_reason));
}

static void add_model(const struct seat_call *c, json_t *o)
{
    struct entry entry = seat_entry(c->seat, c->entry);
    j_set(o, "provider", j_string(c->hung ? NULL : entry.provider));
    j_set(o, "model", j_string(c->hung ? NULL : entry.model));
    j_set(o, "model_served", j_string(c->model_served));
    j_set(o, "fallback_index", c->fallback_index < 0 ? json_null() : j_integer(c->fallback_index));
}

json_t *call_result(const struct seat_call *c)
{
    json_t *o = j_object();
    const char *label = c->council->labels ? label_of(c->council->labels, c->seat->id) : NULL;
    j_set(o, "member_id", j_string(c->seat->id));
    j_set(o, "call_id", j_string(c->id));
    j_set(o, "label", j_string(label));
    j_set(o, "status", j_string(c->status));
    j_set(o, "reason", j_string(c->reason));
    add_answer(c, o);
    add_model(c, o);
    j_set(o, "attempts", j_copy(c->attempts));
    j_ref(o, "tool_calls", c->tool_log);
    j_ref(o, "presented", c->presented);
    j_set(o, "usage", usage_json(c->usage));
    j_set(o, "cost", cost_json(c->cost));
    j_set(o, "latency_ms", j_integer(c->done_ms - c->start_ms));
    j_set(o, "stale", json_false());
    j_set(o, "carried", json_false());
    j_set(o, "reused", json_boolean(c->stored && !c->asked_live));
    j_ref(o, "error", call_ok(c) ? NULL : c->error);
    j_set(o, "sub_run", c->hung ? c->seat->answerer->told(c) : json_null());
    j_set(o, "flags", j_copy(c->flags));
    return o;
}
