/* Facts in, events and wants out; time. */
#include "engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/clock.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/auto_host.h"
#include "proto/event.h"

#include "engine_spec.h"
#include "facts.h"
#include "runner/deliberation/call/breaker.h"
#include "runner/deliberation/call/by_model.h"
#include "runner/deliberation/council/auto_doc.h"
#include "runner/deliberation/council/auto_stage.h"
#include "runner/deliberation/council/by_council.h"
#include "runner/deliberation/council/council.h"
#include "runner/deliberation/council/final.h"
#include "runner/deliberation/council/result.h"
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
#include "runner/deliberation/state/want.h"
#include "runner/deliberation/words/digest.h"

enum { TERMINAL_EVENT_MAX = 512 * 1024 };

json_t *engine_next_event(struct engine *e)
{
    return outbox_next_event(e);
}

const struct engine_want *engine_next_want(struct engine *e)
{
    return outbox_next_want(e);
}

int64_t engine_wake_ms(const struct engine *e)
{
    struct engine_timer *first = engine_timer_first(e);
    return e->finished || !first ? -1 : first->due;
}

/* ---- the end ---- */

static json_t *run_error(const struct engine *e)
{
    json_t *o = j_object();
    bool cancelled = e->cancel && !e->fault;
    const char *code = e->fault ? "journal" : cancelled ? "cancelled" : e->root->fail_code;
    j_set(o, "kind", j_string(cancelled ? "cancelled" : "permanent"));
    j_set(o, "code", j_string(code));
    j_set(o, "message",
          j_string(e->fault    ? e->fault
                   : cancelled ? "the run was cancelled"
                               : e->root->fail_message));
    j_set(o, "context", json_null());
    if (cancelled && e->cancel_reason) {
        json_t *context = j_object();
        j_set(context, "reason", j_string(e->cancel_reason));
        j_set(o, "context", context);
    }
    return o;
}

/* The result as the terminal event carries it: without its rounds when it is too long. */
static json_t *told_result(json_t *result)
{
    char *text = j_dump(result);
    size_t len = strlen(text);
    free(text);
    if (len <= TERMINAL_EVENT_MAX)
        return json_incref(result);
    json_t *small = xcheck(json_copy(result));
    j_set(small, "rounds", json_null());
    j_set(small, "rounds_omitted", json_true());
    return small;
}

static void finish_run(struct engine *e)
{
    json_t *p = j_object();
    e->outcome = council_outcome(e->root);
    bool failed = e->cancel || e->root->fail_code;
    if (failed)
        j_add(e->errors, run_error(e));
    e->result = result_document(e->root);
    if (failed)
        j_ref(p, "errors", e->errors);
    j_set(p, "result", told_result(e->result));
    engine_emit(e, "", failed ? "run_failed" : "run_completed", p);
    e->finished = true;
    engine_push_want(
        e, (struct engine_want){.kind = ENGINE_FINISH, .outcome = e->outcome, .result = e->result},
        NULL);
}

static void settle(struct engine *e)
{
    if (e->finished)
        return;
    while (e->stage && auto_step(e->stage))
        ;
    while (!e->stage && council_step(e->root))
        ;
    if (e->root->done)
        finish_run(e);
}

/* ---- facts and time ---- */

void engine_advance(struct engine *e, int64_t ms)
{
    struct engine_timer *t;
    while (!e->finished && (t = engine_timer_first(e)) && t->due <= ms) {
        if (t->due > e->now)
            e->now = t->due;
        e->turn++;
        engine_timer_clear(e, t);
        t->fire(t->arg);
        settle(e);
    }
    if (ms > e->now && !e->finished)
        e->now = ms;
}

int engine_feed(struct engine *e, int64_t ms, json_t *fact)
{
    if (!json_is_object(fact))
        return -EINVAL;
    engine_advance(e, ms);
    if (e->finished)
        return -ESTALE;
    e->turn++;
    int r = fact_take(e, fact);
    if (r == 0) {
        settle(e);
        engine_advance(e, e->now); /* waits of no length */
    }
    return r;
}

/* ---- life ---- */

static char *hash_or(const char *given, const json_t *doc)
{
    char hex[SHA256_HEX_SIZE];
    if (given)
        return xstrdup(given);
    json_t *copy = xcheck(json_copy((json_t *)doc));
    json_object_del(copy, "metadata");
    canonical_sha256(copy, hex);
    json_decref(copy);
    return xstrdup(hex);
}

static void take_resume(struct engine *e, const struct resume *r)
{
    e->stored = json_incref(r->calls);
    e->carried = json_incref(r->carried);
    e->from_run_id = xstrdup(r->from_run_id);
    e->reusable = r->reusable;
    e->carried_tokens = e->ledger.tokens = r->carried_tokens;
    e->carried_cost = e->ledger.cost = r->carried_cost;
    e->carried_attempts = e->ledger.calls = r->carried_attempts;
    e->ledger.spared = r->spared;
}

static const struct answerer *answerer_of(const json_t *seat)
{
    return seat_is_council(seat) ? &answered_by_council : &answered_by_model;
}

struct engine *engine_new(const struct engine_spec *spec)
{
    struct engine *e = xcalloc(1, sizeof *e);
    e->answerer_of = answerer_of;
    e->run_id = xstrdup(spec->run_id);
    e->council_id = xstrdup(spec->council_id);
    e->seed = xstrdup(spec->seed);
    e->doc = json_incref(spec->council);
    e->input = json_incref(spec->input);
    e->options = json_incref(spec->options);
    e->reliability = json_incref(spec->reliability);
    e->council_sha256 = hash_or(spec->council_sha256, e->doc);
    e->ask_sha256 = hash_or(spec->ask_sha256, e->doc);
    e->max_parallel = spec->max_parallel > 0 ? spec->max_parallel : 16;
    e->wall_ms = spec->started_wall_ms;
    e->verbose = spec->verbose;
    e->warnings = j_array();
    e->errors = j_array();
    e->usage = USAGE_UNKNOWN;
    e->context = json_incref(spec->context);
    e->host = auto_is(e->doc) ? xcheck(auto_host_council(e->doc)) : NULL;
    ledger_init(&e->ledger, j_get(e->host ? e->host : e->doc, "budget"));
    if (spec->resume)
        take_resume(e, spec->resume);
    if (e->host) {
        e->root = council_new(e, "", e->host, e->input, NULL);
        e->stage = auto_new(e);
    } else {
        e->root = council_new(e, "", e->doc, e->input, NULL);
    }
    return e;
}

void engine_free(struct engine *e)
{
    if (!e)
        return;
    council_free(e->root);
    auto_free(e->stage);
    json_decref(e->context);
    json_decref(e->selected);
    json_decref(e->host);
    breakers_free(e);
    outbox_release(e);
    json_decref(e->doc);
    json_decref(e->input);
    json_decref(e->options);
    json_decref(e->reliability);
    json_decref(e->warnings);
    json_decref(e->errors);
    json_decref(e->result);
    json_decref(e->stored);
    json_decref(e->carried);
    free(e->from_run_id);
    free(e->fault);
    free(e->council_sha256);
    free(e->ask_sha256);
    free(e->run_id);
    free(e->council_id);
    free(e->seed);
    free(e);
}

static void tell_carried(struct engine *e)
{
    size_t i;
    json_t *line, *p = j_object();
    json_array_foreach (e->carried, i, line)
        engine_emit(e, "", "carried", json_incref(line));
    j_set(p, "from_run_id", j_string(e->from_run_id));
    j_set(p, "count", j_integer((int64_t)json_array_size(e->carried)));
    engine_emit(e, "", "carried_end", p);
}

static void tell_resumed(struct engine *e)
{
    json_t *p = j_object();
    j_set(p, "from_run_id", j_string(e->from_run_id));
    j_set(p, "reusable_calls", j_integer(e->reusable));
    j_set(p, "carried_tokens", j_integer(e->carried_tokens));
    j_set(p, "carried_cost", j_real(e->carried_cost));
    j_set(p, "carried_attempts", j_integer(e->carried_attempts));
    if (e->carried)
        j_set(p, "budget_carried", reservation_json(e->ledger.spared));
    engine_emit(e, "", "run_resumed", p);
    if (e->carried)
        tell_carried(e);
}

void engine_start(struct engine *e)
{
    if (e->started)
        return;
    e->started = true;
    engine_emit(e, "", "run_started", run_started_payload(e));
    if (e->from_run_id)
        tell_resumed(e);
    council_start(e->root);
    if (e->stage)
        auto_start(e->stage);
    settle(e);
}

bool engine_finished(const struct engine *e)
{
    return e->finished;
}

json_t *engine_delta(struct engine *e, const char *type, int64_t ms, const char *call_id,
                     int attempt, int64_t n, const char *text, size_t len)
{
    struct seat_call *c = NULL;
    char ts[CLOCK_RFC3339_SIZE];
    HASH_FIND_STR(e->calls, call_id, c);
    json_t *piece = json_stringn(text, len);
    if (!c || c->state != CALL_RUNNING || c->attempt != attempt || !piece) {
        json_decref(piece);
        return NULL;
    }
    json_t *o = j_object();
    j_set(o, "v", j_integer(EVENT_VERSION));
    j_set(o, "run_id", j_string(e->run_id));
    j_set(o, "ts", j_string(clock_rfc3339(e->wall_ms + ms, ts)));
    j_set(o, "ms", j_integer(ms));
    j_set(o, "path", j_string(c->council->path));
    j_set(o, "type", j_string(type));
    j_set(o, "index", j_integer(c->round->index));
    j_set(o, "member_id", j_string(c->seat->id));
    j_set(o, "call_id", j_string(call_id));
    j_set(o, "attempt", j_integer(attempt));
    j_set(o, "after", j_integer(e->seq));
    j_set(o, "n", j_integer(n));
    j_set(o, "text", piece);
    return o;
}

json_t *engine_progress(struct engine *e)
{
    json_t *o = j_object();
    struct round *r = e->root->round;
    if (e->finished)
        j_set(o, "phase", j_string("finished"));
    else if (r)
        j_set(o, "phase", j_string(r->name));
    else
        j_set(o, "phase", j_string("starting"));
    json_t *usage = usage_json(e->usage);
    if (json_is_null(usage))
        usage = j_object();
    j_set(usage, "attempts", j_integer(e->attempts));
    j_set(usage, "cost", cost_json(e->cost));
    j_set(o, "usage", usage);
    j_set(o, "calls", j_integer(e->n_calls));
    j_set(o, "council_id", j_string(e->council_id));
    return o;
}
