#include "by_council.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"

#include "council.h"
#include "final.h"
#include "runner/deliberation/call/call.h"
#include "runner/deliberation/form/read.h"
#include "runner/deliberation/round/calls_end.h"
#include "runner/deliberation/round/round_type.h"
#include "runner/deliberation/state/answerer.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/outbox.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/state/usage.h"

/* What is hung on the call. */
struct sub_run {
    struct council *council;
    char *path;
    const char *outcome; /* NULL: it is at work */
};

bool seat_is_council(const json_t *seat)
{
    return json_is_object(j_get(seat, "sub_council"));
}

/* The task; where its round shows more than that, also what the seat was asked. */
static json_t *inner_input(const struct seat_call *c)
{
    if (c->round->type->task_alone)
        return json_incref(c->input);
    json_t *o = j_object();
    j_ref(o, "task", c->input);
    j_ref(o, "request", j_get(c->handed, "request"));
    return o;
}

/* Texts of others, which each seat of the inner council reads behind fences of its own. Who answers
 * the task alone passes on what it was itself handed. */
static json_t *inner_material(const struct seat_call *c)
{
    return c->round->type->task_alone ? c->council->material : j_get(c->handed, "material");
}

static struct council *inner(const struct seat_call *c)
{
    const struct sub_run *sub = c->hung;
    return sub->council;
}

static void tell(struct seat_call *c, const char *type, const char *outcome)
{
    const struct council *in = inner(c);
    json_t *p = j_object();
    j_set(p, "member_id", j_string(c->seat->id));
    j_set(p, "sub_path", j_string(in->path));
    j_set(p, "council_id", j_string(j_str(in->doc, "id", "")));
    if (outcome) {
        j_set(p, "outcome", j_string(outcome));
        j_ref(p, "final", in->final);
    }
    engine_emit(c->e, c->council->path, type, p);
}

static void begin(struct seat_call *c)
{
    struct sub_run *sub = xcalloc(1, sizeof *sub);
    json_t *input = inner_input(c);
    call_tell_started(c);
    c->hung = sub;
    sub->path = xasprintf("%s:%s/", c->round->key, c->seat->id);
    sub->council =
        council_new(c->e, sub->path, j_get(c->seat->doc, "sub_council"), input, inner_material(c));
    json_decref(input);
    sub->council->parent = c->council;
    sub->council->wanted = c->form.schema ? &c->form : NULL;
    c->state = CALL_ELSEWHERE;
    tell(c, "sub_run_started", NULL);
    council_start(sub->council);
    if (c->end_ms < sub->council->end_ms)
        council_shorten(sub->council, c->end_ms);
}

static void take_final(struct seat_call *c)
{
    const char *content = j_str(inner(c)->final, "content", "");
    form_read(&c->form, content, j_get(inner(c)->final, "parsed"), false, &c->reading);
    c->read = true;
    c->reading.confidence = j_num(inner(c)->final, "confidence", (double)NAN);
}

static void settle(struct seat_call *c)
{
    struct sub_run *sub = c->hung;
    sub->outcome = council_outcome(sub->council);
    c->usage = sub->council->usage;
    c->cost = sub->council->cost;
}

static void finish(struct seat_call *c)
{
    settle(c);
    const struct sub_run *sub = c->hung;
    bool good = strcmp(sub->outcome, "complete") == 0 || strcmp(sub->outcome, "degraded") == 0;
    tell(c, good ? "sub_run_completed" : "sub_run_failed", sub->outcome);
    if (strcmp(sub->outcome, "degraded") == 0)
        council_degrade(c->council, "sub_council_degraded", c->round, c->seat->id, NULL);
    if (good)
        take_final(c);
    if (strcmp(sub->outcome, "cancelled") == 0)
        call_end(c, "cancelled", "run_cancelled");
    else if (!good)
        call_end(c, "error", "sub_council_failed");
    else if (c->reading.ok)
        call_end(c, "ok", NULL);
    else
        call_end(c, "invalid_output", "invalid_form");
}

static bool step(struct seat_call *c)
{
    if (council_step(inner(c)))
        return true;
    if (!inner(c)->done)
        return false;
    finish(c);
    return true;
}

/* Its rounds are closed like any, so that what the journal opened is ended there too. */
static void stop(struct seat_call *c, const char *status, const char *reason)
{
    const struct sub_run *sub = c->hung;
    if (c->state != CALL_ELSEWHERE || sub->council->done)
        return;
    struct council *in = sub->council;
    in->stopped = true;
    if (in->round && in->round->phase != ROUND_CLOSED)
        round_end_calls(in->round, status, reason);
    while (!in->done && council_step(in))
        ;
    settle(c);
    tell(c, "sub_run_failed", sub->outcome);
}

static void drain(struct seat_call *c)
{
    round_drain(inner(c)->round, false);
}

static json_t *told(const struct seat_call *c)
{
    const struct sub_run *sub = c->hung;
    json_t *o = j_object();
    j_set(o, "path", j_string(sub->path));
    j_set(o, "council_id", j_string(j_str(sub->council->doc, "id", "")));
    j_set(o, "outcome", j_string(sub->outcome));
    j_ref(o, "final", sub->council->final);
    j_set(o, "usage", usage_json(sub->council->usage));
    j_set(o, "cost", cost_json(sub->council->cost));
    return o;
}

static void release(struct seat_call *c)
{
    struct sub_run *sub = c->hung;
    if (!sub)
        return;
    council_free(sub->council);
    free(sub->path);
    free(sub);
}

const struct answerer answered_by_council = {
    .begin = begin,
    .step = step,
    .stop = stop,
    .drain = drain,
    .told = told,
    .release = release,
};
