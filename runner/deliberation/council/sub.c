#include "sub.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#include "common/jx.h"

bool seat_is_council(const struct seat *s)
{
    return json_is_object(j_get(s->doc, "sub_council"));
}

/* In the first kind of round the task; else also what the seat was asked. */
static json_t *inner_input(const struct seat_call *c)
{
    json_t *last = json_array_get(c->messages, json_array_size(c->messages) - 1);
    if (strcmp(c->round->type->name, "independent_analysis") == 0)
        return json_incref(c->input);
    json_t *o = j_object();
    j_ref(o, "task", c->input);
    j_ref(o, "request", j_get(last, "content"));
    return o;
}

static void tell(struct seat_call *c, const char *type, const char *outcome)
{
    json_t *p = j_object();
    j_set(p, "member_id", j_string(c->seat->id));
    j_set(p, "sub_path", j_string(c->sub->path));
    j_set(p, "council_id", j_string(j_str(c->sub->doc, "id", "")));
    if (outcome) {
        j_set(p, "outcome", j_string(outcome));
        j_ref(p, "final", c->sub->final);
    }
    engine_emit(c->e, c->council->path, type, p);
}

void sub_begin(struct seat_call *c)
{
    c->sub_path = xasprintf("%s:%s/", c->round->key, c->seat->id);
    json_t *input = inner_input(c);
    c->sub = council_new(c->e, c->sub_path, j_get(c->seat->doc, "sub_council"), input);
    json_decref(input);
    c->sub->parent = c->council;
    c->state = CALL_SUB;
    tell(c, "sub_run_started", NULL);
    council_start(c->sub);
    if (c->end_ms < c->sub->end_ms)
        council_shorten(c->sub, c->end_ms);
}

static void take_final(struct seat_call *c)
{
    const char *content = j_str(c->sub->final, "content", "");
    form_read(&c->form, content, j_get(c->sub->final, "parsed"), false, &c->reading);
    c->read = true;
    c->reading.confidence = j_num(c->sub->final, "confidence", (double)NAN);
}

static void finish(struct seat_call *c)
{
    const char *outcome = council_outcome(c->sub);
    bool good = strcmp(outcome, "complete") == 0 || strcmp(outcome, "degraded") == 0;
    c->sub_outcome = outcome;
    c->usage = c->sub->usage;
    c->cost = c->sub->cost;
    tell(c, good ? "sub_run_completed" : "sub_run_failed", outcome);
    if (strcmp(outcome, "degraded") == 0)
        council_degrade(c->council, "sub_council_degraded", c->round, c->seat->id, NULL);
    if (good)
        take_final(c);
    if (strcmp(outcome, "cancelled") == 0)
        call_end(c, "cancelled", "run_cancelled");
    else if (!good)
        call_end(c, "error", "sub_council_failed");
    else if (c->reading.ok)
        call_end(c, "ok", NULL);
    else
        call_end(c, "invalid_output", "invalid_form");
}

bool sub_step(struct seat_call *c)
{
    if (c->state != CALL_SUB)
        return false;
    if (council_step(c->sub))
        return true;
    if (!c->sub->done)
        return false;
    finish(c);
    return true;
}

/* Its rounds are closed like any, so that what the journal opened is ended there too. */
void sub_stop(struct seat_call *c, const char *status, const char *reason)
{
    if (c->sub->done)
        return;
    c->sub->stopped = true;
    if (c->sub->round && c->sub->round->phase != ROUND_CLOSED)
        round_end_calls(c->sub->round, status, reason);
    while (!c->sub->done && council_step(c->sub))
        ;
    c->usage = c->sub->usage;
    c->cost = c->sub->cost;
    c->sub_outcome = council_outcome(c->sub);
    tell(c, "sub_run_failed", c->sub_outcome);
}

json_t *sub_json(const struct seat_call *c)
{
    if (!c->sub)
        return json_null();
    json_t *o = j_object();
    j_set(o, "path", j_string(c->sub->path));
    j_set(o, "council_id", j_string(j_str(c->sub->doc, "id", "")));
    j_set(o, "outcome", j_string(c->sub_outcome));
    j_ref(o, "final", c->sub->final);
    j_set(o, "usage", usage_json(c->sub->usage));
    j_set(o, "cost", cost_json(c->sub->cost));
    return o;
}
