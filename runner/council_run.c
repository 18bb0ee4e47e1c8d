#include "council_run.h"

#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/event.h"
#include "publish.h"
#include "room.h"
#include "run_clock.h"
#include "run_result.h"
#include "run_tools.h"
#include "runner/deliberation/engine.h"
#include "runner/exchange/exchanges.h"
#include "runner/link/tell.h"
#include "spec_engine.h"

struct council_run {
    struct council_run_parts with;
    struct engine *engine;
    struct exchanges *exchanges;
    struct run_tools tools;
    json_t *facts; /* to be fed, in order of arrival */
    struct run_clock clock;
    bool deltas; /* somebody listens to them */
    bool redaction_told;
    struct tell tell;
    struct room room;
    struct run_result result;
    char *fault; /* what broke the journal: nothing is asked or told any more but the end */
    bool over;
};

static int64_t now_ms(const struct council_run *r)
{
    return run_clock_now(&r->clock, clock_mono_ms());
}

/* ---- facts and events ---- */

static void queue_fact(struct council_run *r, json_t *fact)
{
    j_add(r->facts, fact);
}

static void warn_redacted(struct council_run *r, const char *message)
{
    if (r->redaction_told)
        return;
    r->redaction_told = true;
    queue_fact(r, j_pack("{s:s, s:s, s:s}", "type", "warning", "code", "secret_redacted", "message",
                         message));
}

/* message NULL: there is nothing to say. */
static void queue_cancel(struct council_run *r, const char *mode, const char *reason,
                         const char *message)
{
    queue_fact(r, j_pack("{s:s, s:s, s:s, s:s*}", "type", "cancel_requested", "mode", mode,
                         "reason", reason, "message", message));
}

/* What has come already is still taken into account: answers that were paid for stand in the result
 * though nothing was written of them. */
static void break_off(struct council_run *r, const struct error *err)
{
    r->fault = xstrdup(err->text);
    queue_cancel(r, "now", "journal", err->text);
}

static void publish(struct council_run *r, json_t *event)
{
    struct error err = {0};
    size_t bytes;
    bool redacted;
    int64_t at = r->with.journal->size;
    if (r->fault)
        return;
    int failed = publish_event(r->with.journal, &r->tell, event, &bytes, &redacted, &err);
    if (redacted)
        warn_redacted(r, "an event held a key; it was replaced");
    if (failed)
        break_off(r, &err);
    else
        result_note_event(&r->result, event, at, bytes);
}

static void publish_progress(struct council_run *r)
{
    json_t *progress = engine_progress(r->engine);
    tell_progress(&r->tell, progress);
    json_decref(progress);
}

/* ---- what the engine wants ---- */

static void finish(struct council_run *r, const struct engine_want *want)
{
    int outcome = outcome_find(want->outcome, strlen(want->outcome));
    json_t *result = json_incref(want->result);
    struct run_result_parts parts = {r->with.journal, &r->tell, r->with.spec->one_file, r->fault};
    publish_progress(r);
    result_tell(&r->result, &parts, outcome < 0 ? OUTCOME_FAILED : (enum outcome)outcome, result);
    json_decref(result);
    r->over = true;
}

/* The run asks nobody any more, and lets those finish that it has asked. */
static void refuse(struct council_run *r, const struct engine_want *want, const struct error *err)
{
    queue_cancel(r, "drain", "journal", err->text);
    queue_fact(r, j_pack("{s:s, s:s, s:i, s:{s:s, s:s, s:s}}", "type", "attempt_failed", "call_id",
                         want->call_id, "attempt", want->attempt, "error", "kind", "permanent",
                         "code", "journal", "message", err->text));
}

/* Before money is spent the record has to be safe, and to have room for the answer. */
static void ask(struct council_run *r, const struct engine_want *want)
{
    struct error err = {0};
    struct journal *journal = r->with.journal;
    if (journal_settle(journal, &err) < 0)
        break_off(r, &err);
    else if (room_take(&r->room, journal, want->ask, want->call_id, want->attempt, &err) < 0)
        refuse(r, want, &err);
    else
        exchanges_start(r->exchanges, want->call_id, want->attempt, r->with.spec->seed, want->ask);
}

static int64_t hook_now(void *context)
{
    return now_ms(context);
}

/* What a tool says may hold a key that it was never meant to see. */
static void hook_tool(void *context, json_t *fact)
{
    struct council_run *r = context;
    if (secrets_redact_tree(r->with.secrets, &fact))
        warn_redacted(r, "a tool's answer held a key; it was replaced");
    queue_fact(r, fact);
}

static void act(struct council_run *r, const struct engine_want *want)
{
    switch (want->kind) {
    case ENGINE_ATTEMPT:
        if (!r->fault)
            ask(r, want);
        break;
    case ENGINE_ABORT:
        exchanges_abort(r->exchanges, want->call_id, want->attempt);
        room_give(&r->room, want->call_id, want->attempt);
        break;
    case ENGINE_TOOL:
        if (!r->fault)
            run_tools_start(&r->tools, want);
        break;
    case ENGINE_ABORT_TOOL:
        run_tools_abort(&r->tools, want);
        break;
    case ENGINE_FINISH:
        finish(r, want);
        break;
    }
}

static void take_events(struct council_run *r)
{
    json_t *event;
    bool any = false;
    while (!r->over && (event = engine_next_event(r->engine))) {
        any = true;
        publish(r, event);
        json_decref(event);
    }
    if (any && !r->over)
        publish_progress(r);
}

static bool feed_one(struct council_run *r)
{
    json_t *fact = json_incref(json_array_get(r->facts, 0));
    if (!fact)
        return false;
    json_array_remove(r->facts, 0);
    if (j_get(fact, "attempt"))
        room_give(&r->room, j_str(fact, "call_id", ""), (int)j_int(fact, "attempt", 0));
    engine_feed(r->engine, now_ms(r), fact);
    json_decref(fact);
    return true;
}

/* Until nothing is left that can be done at once. */
static void pump(struct council_run *r)
{
    const struct engine_want *want;
    while (!r->over) {
        take_events(r);
        if (r->over)
            return;
        if ((want = engine_next_want(r->engine)))
            act(r, want);
        else if (!feed_one(r))
            return;
    }
}

/* ---- hooks of the attempts ---- */

static void hook_fact(void *context, json_t *fact)
{
    queue_fact(context, fact);
}

static void hook_delta(void *context, enum delta kind, const char *call_id, int attempt, int64_t n,
                       const char *text, size_t len)
{
    struct council_run *r = context;
    if (!r->deltas || r->over || r->with.uplink->out.len > UPLINK_DELTA_MARK)
        return;
    json_t *event =
        engine_delta(r->engine, kind == DELTA_REASONING ? "member_reasoning" : "member_token",
                     now_ms(r), call_id, attempt, n, text, len);
    if (event)
        tell_delta(&r->tell, event);
    json_decref(event);
}

/* ---- life ---- */

static int add_providers(struct council_run *r, struct error *err)
{
    const struct run_spec *spec = r->with.spec;
    const char *name;
    json_t *config;
    json_object_foreach (spec->plan.providers, name, config) {
        int e = exchanges_add_provider(r->exchanges, name, config, run_spec_key(spec, config), err);
        if (e < 0)
            return e;
    }
    return 0;
}

struct council_run *council_run_new(const struct council_run_parts *parts, struct error *err)
{
    static const struct exchange_hooks HOOKS = {hook_now, hook_fact, hook_delta};
    static const struct tool_hooks TOOL_HOOKS = {hook_now, hook_tool};
    struct council_run *r = xcalloc(1, sizeof(*r));
    r->with = *parts;
    r->deltas = parts->spec->deltas;
    r->tell = (struct tell){
        .uplink = parts->uplink, .secrets = parts->secrets, .longest = parts->spec->line_bytes};
    run_clock_start(&r->clock, 0);
    r->facts = j_array();
    run_tools_init(&r->tools, parts->keeper, parts->spec, &TOOL_HOOKS, r);
    room_init(&r->room);
    r->exchanges = exchanges_new(parts->http, parts->secrets, &HOOKS, r);
    exchanges_set_rules(r->exchanges, &parts->spec->rules);
    if (add_providers(r, err) < 0) {
        council_run_free(r);
        return NULL;
    }
    return r;
}

void council_run_free(struct council_run *r)
{
    if (!r)
        return;
    exchanges_free(r->exchanges);
    if (r->engine)
        engine_free(r->engine);
    json_decref(r->facts);
    tell_release(&r->tell);
    room_release(&r->room);
    free(r->fault);
    free(r);
}

void council_run_begin(struct council_run *r)
{
    run_tools_complete(&r->tools);
    run_clock_start(&r->clock, clock_mono_ms());
    run_spec_finish(r->with.spec);
    r->engine = spec_engine(r->with.spec, resumption_store(r->with.resumption));
    resumption_release(r->with.resumption);
    engine_start(r->engine);
    if (r->with.spec->redacted)
        warn_redacted(r, "a key stood in what was asked; it was replaced");
    pump(r);
}

void council_run_step(struct council_run *r)
{
    if (r->over || council_run_is_held(r))
        return;
    int64_t now = now_ms(r);
    exchanges_step(r->exchanges, now);
    run_tools_step(&r->tools, now);
    pump(r);
    if (r->over)
        return;
    int64_t wake = engine_wake_ms(r->engine);
    if (wake >= 0 && wake <= now) {
        engine_advance(r->engine, now);
        pump(r);
    }
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

int council_run_timeout_ms(struct council_run *r)
{
    enum { LONGEST_MS = 3600000 };
    if (council_run_is_held(r))
        return -1;
    if (json_array_size(r->facts))
        return 0;
    int64_t at = sooner(engine_wake_ms(r->engine), exchanges_wake_ms(r->exchanges));
    at = sooner(at, run_tools_wake_ms(&r->tools));
    if (at < 0)
        return -1;
    int64_t left = at - now_ms(r);
    return left < 0 ? 0 : left > LONGEST_MS ? LONGEST_MS : (int)left;
}

bool council_run_is_over(const struct council_run *r)
{
    return r->over;
}

size_t council_run_fds(const struct council_run *r, struct pollfd *ret, size_t room)
{
    return run_tools_fds(&r->tools, ret, room);
}

void council_run_cancel(struct council_run *r, bool now, enum link_cause cause)
{
    queue_cancel(r, now ? "now" : "drain", cause == LINK_CAUSE_DEADLINE ? "deadline" : "client",
                 NULL);
}

void council_run_set_deltas(struct council_run *r, bool on)
{
    r->deltas = on;
}

bool council_run_is_held(struct council_run *r)
{
    bool full = r->with.uplink->out.len > UPLINK_STOP_MARK;
    run_clock_hold(&r->clock, full, clock_mono_ms());
    return full;
}
