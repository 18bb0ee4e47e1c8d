/* The life of a call: reservation, attempts, retries, fallbacks, re-asks, end. */
#include "call.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/jx.h"
#include "common/xalloc.h"

#include "ask.h"
#include "call_read.h"
#include "call_result.h"
#include "mapper.h"
#include "runner/deliberation/form/form.h"
#include "runner/deliberation/form/reading.h"
#include "runner/deliberation/state/answerer.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/engine_timer.h"
#include "runner/deliberation/state/ledger.h"
#include "runner/deliberation/state/outbox.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/state/usage.h"
#include "runner/deliberation/words/need.h"

struct seat_call *call_new(struct round *r, struct seat *s, enum call_kind kind, const char *slot)
{
    struct seat_call *c = xcalloc(1, sizeof *c);
    c->e = r->council->e;
    c->council = r->council;
    c->round = r;
    c->seat = s;
    c->kind = kind;
    c->id = slot ? xasprintf("%s:%s:%s:%s", r->key, CALL_KINDS[kind].name, s->id, slot)
                 : xasprintf("%s:%s:%s", r->key, CALL_KINDS[kind].name, s->id);
    c->use_reserve = CALL_KINDS[kind].flags & CALL_USES_RESERVE;
    c->reasks_left = (int)need_int(r->opts, "reask");
    c->attempts = j_array();
    c->flags = j_array();
    c->tool_log = j_array();
    c->usage = USAGE_UNKNOWN;
    c->logprob = NAN;
    c->least_temperature = NAN;
    c->fallback_index = -1;
    c->next_kind = "ask";
    c->input = mapped_input(c);
    form_init(&c->form, FORM_TEXT);
    HASH_ADD_KEYPTR(hh, c->e->calls, c->id, strlen(c->id), c);
    return c;
}

void call_free(struct seat_call *c)
{
    if (!c)
        return;
    engine_drop_wants(c->e, c);
    engine_timer_clear(c->e, &c->timer);
    engine_timer_clear(c->e, &c->wait);
    HASH_DEL(c->e->calls, c);
    form_release(&c->form);
    reading_release(&c->reading);
    json_decref(c->input);
    json_decref(c->first_messages);
    json_decref(c->messages);
    json_decref(c->handed);
    json_decref(c->embed);
    json_decref(c->vectors);
    json_decref(c->presented);
    json_decref(c->presented_ids);
    json_decref(c->attempts);
    json_decref(c->flags);
    json_decref(c->tool_log);
    c->seat->answerer->release(c);
    json_decref(c->error);
    json_decref(c->result);
    json_decref(c->ask.params);
    json_decref(c->ask.tools);
    free(c->key);
    free(c->id);
    free(c);
}

void call_unprepare(struct seat_call *c)
{
    form_release(&c->form);
    json_decref(c->messages);
    json_decref(c->handed);
    json_decref(c->presented);
    json_decref(c->presented_ids);
    c->messages = c->handed = c->presented = c->presented_ids = NULL;
}

void call_tell_started(struct seat_call *c)
{
    json_t *p = j_object();
    struct entry entry = seat_entry(c->seat, 0);
    c->started = true;
    j_set(p, "index", j_integer(c->round->index));
    j_set(p, "iteration", j_integer(c->round->iteration));
    j_set(p, "member_id", j_string(c->seat->id));
    j_set(p, "call_id", j_string(c->id));
    j_set(p, "call_key", j_string(c->key));
    j_set(p, "kind", j_string(CALL_KINDS[c->kind].name));
    j_set(p, "provider", j_string(entry.provider));
    j_set(p, "model", j_string(entry.model));
    j_ref(p, "presented", c->presented);
    j_set(p, "reserved",
          ledger_limited(&c->e->ledger) ? reservation_json_parts(c->reserved)
                                        : reservation_json(c->reserved));
    j_set(p, "reused_from", j_string(c->stored ? c->e->from_run_id : NULL));
    if (c->e->verbose)
        j_set(p, "messages", j_copy(c->messages));
    engine_emit(c->e, c->council->path, "member_started", p);
    if (j_array_has(c->flags, "material_cut"))
        engine_warn(c->e, c->round, "material_cut", c->seat->id,
                    "what this seat was shown is longer than allowed and was cut in the middle",
                    NULL);
}

static void on_end(void *arg)
{
    struct seat_call *c = arg;
    call_end(c, "timeout", c->end_reason);
}

/* At most half of the time that is left while another chair could still be asked. */
static int64_t chair_end(const struct seat_call *c)
{
    int64_t end = c->council->end_ms;
    if (c->round->chair_tries <= c->council->fallbacks)
        return c->start_ms + (end - c->start_ms) / 2;
    return end;
}

static void set_end(struct seat_call *c)
{
    int64_t total = need_int(j_get(c->seat->doc, "timeouts"), "total_ms");
    int64_t outer = c->use_reserve ? c->council->end_ms : c->round->end_ms;
    const char *outer_reason = c->use_reserve ? "run_deadline" : c->round->end_reason;
    int64_t half = c->use_reserve ? chair_end(c) : outer;
    c->end_ms = c->start_ms + total;
    c->end_reason = "total";
    if (half < c->end_ms) {
        c->end_ms = half;
        c->end_reason = half < outer ? "total" : outer_reason;
    }
    /* An end that is the round's or the run's is theirs to announce. */
    if (c->end_ms < outer)
        engine_timer_set(c->e, &c->timer, c->end_ms, on_end, c);
}

void call_begin(struct seat_call *c)
{
    c->start_ms = c->e->now;
    c->first_messages = json_incref(c->messages);
    if (!c->key)
        c->key = ask_key(c);
    set_end(c);
    c->seat->answerer->begin(c);
}

/* Sums of the seat and of the run. */
static void add_up(struct seat_call *c)
{
    struct seat *s = c->seat->account ? c->seat->account : c->seat;
    double cost = c->cost.unknown ? (double)NAN : c->cost.sum;
    usage_add(&s->usage, c->usage);
    usage_add(&c->council->usage, c->usage);
    cost_add(&c->council->cost, cost);
    cost_add(&s->cost, cost);
    c->e->reused_calls += c->stored && !c->asked_live;
    c->e->unpriced_calls += !c->hung && c->cost.unknown > 0;
    s->calls++;
    s->latency_ms += c->done_ms - c->start_ms;
    /* How sure a judge is of its judgement is not how sure the seat is of its answer. */
    if (CALL_KINDS[c->kind].flags & CALL_IS_RESULT && !isnan(c->reading.confidence) && call_ok(c))
        c->seat->confidence = c->reading.confidence;
}

static void tell_completed(struct seat_call *c)
{
    json_t *p = j_object();
    j_set(p, "index", j_integer(c->round->index));
    j_set(p, "iteration", j_integer(c->round->iteration));
    j_set(p, "member_id", j_string(c->seat->id));
    j_ref(p, "result", c->result);
    engine_emit(c->e, c->council->path, "member_completed", p);
}

void call_end(struct seat_call *c, const char *status, const char *reason)
{
    bool was_queued = c->state == CALL_QUEUED;
    if (c->state == CALL_DONE)
        return;
    c->seat->answerer->stop(c, status, reason);
    engine_timer_clear(c->e, &c->timer);
    engine_timer_clear(c->e, &c->wait);
    c->state = CALL_DONE;
    c->status = status;
    c->reason = reason;
    c->done_ms = c->e->now;
    if (was_queued)
        c->start_ms = c->e->now;
    else
        add_up(c);
    if (c->read)
        call_inspect(c);
    c->result = call_result(c);
    tell_completed(c);
}

void call_drain(struct seat_call *c)
{
    if (c->state == CALL_QUEUED)
        call_end(c, "cancelled", "run_cancelled");
    else if (c->state != CALL_DONE)
        c->seat->answerer->drain(c);
}
