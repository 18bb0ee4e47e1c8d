#include "run.h"

#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/xalloc.h"
#include "proto/event.h"
#include "runner/deliberation/engine.h"
#include "runner/exchange/exchanges.h"
#include "runner/tool/tools.h"
#include "tell.h"

struct run {
    struct run_parts with;
    struct engine *engine;
    struct exchanges *exchanges;
    struct tools *tools;   /* NULL until one is called */
    json_t *facts;         /* to be fed, in order of arrival */
    int64_t base_ms;       /* monotonic clock at ms 0 */
    int64_t held_ms;       /* how long the clock has stood still */
    int64_t held_since_ms; /* -1: it runs */
    bool deltas;           /* somebody listens to them */
    bool redaction_told;
    struct tell tell;
    bool over;
};

static int64_t now_ms(struct run *r)
{
    int64_t now = r->held_since_ms >= 0 ? r->held_since_ms : clock_mono_ms();
    return now - r->base_ms - r->held_ms;
}

/* ---- the journal ---- */

/* The run cannot go on without its journal: nothing is told but the result. */
static void fail_journal(struct run *r, const struct error *err)
{
    json_t *progress = engine_progress(r->engine);
    exchanges_free(TAKE_PTR(r->exchanges));
    tell_journal_failure(&r->tell, r->with.spec, json_object_get(progress, "usage"), err->text);
    json_decref(progress);
    r->over = true;
}

static bool cost_money(json_t *event)
{
    json_t *result = json_object_get(event, "result");
    json_t *cost = json_object_get(result, "cost");
    if (json_is_true(json_object_get(result, "reused")) ||
        json_array_size(json_object_get(result, "attempts")) == 0)
        return false;
    /* What nobody could price may have cost something. */
    return !json_is_number(cost) || json_number_value(cost) > 0;
}

static bool must_reach_disk(json_t *event)
{
    const char *name = json_string_value(json_object_get(event, "type"));
    int type = name ? event_find(name, strlen(name)) : -1;
    if (type == EVENT_MEMBER_COMPLETED)
        return cost_money(event);
    return type == EVENT_ROUND_COMPLETED || (type >= 0 && event_is_terminal((enum event_type)type));
}

static void queue_fact(struct run *r, json_t *fact)
{
    xcheck(fact);
    if (json_array_append_new(r->facts, fact) < 0)
        xcheck(NULL);
}

static void warn_redacted(struct run *r, const char *message)
{
    if (r->redaction_told)
        return;
    r->redaction_told = true;
    queue_fact(r, json_pack("{s:s, s:s, s:s}", "type", "warning", "code", "secret_redacted",
                            "message", message));
}

/* Write ahead, then tell. */
static void publish(struct run *r, json_t *event)
{
    struct error err = {0};
    struct buf line;
    bool redacted = false;
    tell_dump(&r->tell, &line, event, &redacted);
    if (redacted)
        warn_redacted(r, "an event held a key; it was replaced");
    if (buf_add_char(&line, '\n') < 0)
        xcheck(NULL);
    int failed = journal_append(r->with.journal, line.at, line.len, &err);
    if (!failed && must_reach_disk(event))
        failed = journal_sync(r->with.journal, &err);
    buf_truncate(&line, line.len - 1);
    if (failed)
        fail_journal(r, &err);
    else
        tell_event(&r->tell, &line);
    buf_release(&line);
}

static void publish_progress(struct run *r)
{
    json_t *progress = engine_progress(r->engine);
    tell_progress(&r->tell, progress);
    json_decref(progress);
}

/* ---- what the engine wants ---- */

static void finish(struct run *r, const struct engine_want *want)
{
    int outcome = outcome_find(want->outcome, strlen(want->outcome));
    json_t *result = json_incref(want->result);
    publish_progress(r);
    tell_result(&r->tell, outcome < 0 ? OUTCOME_FAILED : (enum outcome)outcome, result);
    json_decref(result);
    r->over = true;
}

static int64_t hook_now(void *context)
{
    return now_ms(context);
}

/* What a tool says may hold a key that it was never meant to see. */
static void hook_tool(void *context, json_t *fact)
{
    struct run *r = context;
    if (secrets_redact_tree(r->with.secrets, &fact))
        warn_redacted(r, "a tool's answer held a key; it was replaced");
    queue_fact(r, fact);
}

static struct tools *tools_of(struct run *r)
{
    static const struct tool_hooks HOOKS = {hook_now, hook_tool};
    if (!r->tools)
        r->tools = tools_new(&HOOKS, r);
    return r->tools;
}

/* The documents of commands and servers, which the council has without their argv. */
static json_t *tool_documents(const struct run *r)
{
    return json_object_get(r->with.spec->tree, "tools");
}

/* What a server tells of its tools is needed before anybody is asked. */
static void complete_tools(struct run *r)
{
    const char *name;
    json_t *document;
    bool any = false;
    json_object_foreach (tool_documents(r), name, document) {
        const char *kind = json_string_value(json_object_get(document, "kind"));
        any = any || (kind && !strcmp(kind, "mcp"));
    }
    if (any)
        tools_complete(tools_of(r), tool_documents(r), r->with.spec->plan.document,
                       TOOL_SERVERS_MS);
}

static void start_tool(struct run *r, const struct engine_want *want)
{
    json_t *own = json_object_get(tool_documents(r), want->tool);
    struct tool_call call = {.call_id = want->call_id,
                             .turn = want->turn,
                             .id = want->tool_id,
                             .name = want->tool,
                             .doc = own ? own : want->tool_doc,
                             .args = want->args,
                             .timeout_ms = want->tool_timeout_ms};
    tools_start(tools_of(r), &call);
}

static void act(struct run *r, const struct engine_want *want)
{
    switch (want->kind) {
    case ENGINE_ATTEMPT:
        exchanges_start(r->exchanges, want->call_id, want->attempt, r->with.spec->seed, want->ask);
        break;
    case ENGINE_ABORT:
        exchanges_abort(r->exchanges, want->call_id, want->attempt);
        break;
    case ENGINE_TOOL:
        start_tool(r, want);
        break;
    case ENGINE_ABORT_TOOL:
        if (r->tools)
            tools_abort(r->tools, want->call_id, want->turn, want->tool_id);
        break;
    case ENGINE_FINISH:
        finish(r, want);
        break;
    }
}

static void take_events(struct run *r)
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

static bool feed_one(struct run *r)
{
    json_t *fact = json_incref(json_array_get(r->facts, 0));
    if (!fact)
        return false;
    json_array_remove(r->facts, 0);
    engine_feed(r->engine, now_ms(r), fact);
    json_decref(fact);
    return true;
}

/* Until nothing is left that can be done at once. */
static void pump(struct run *r)
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
    struct run *r = context;
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

static const char *key_of(const struct run_spec *spec, json_t *config)
{
    const char *name = json_string_value(json_object_get(config, "key_env"));
    return name ? json_string_value(json_object_get(spec->keys, name)) : NULL;
}

static int add_providers(struct run *r, struct error *err)
{
    const struct run_spec *spec = r->with.spec;
    const char *name;
    json_t *config;
    json_object_foreach (spec->plan.providers, name, config) {
        int e = exchanges_add_provider(r->exchanges, name, config, key_of(spec, config), err);
        if (e < 0)
            return e;
    }
    return 0;
}

/* What the engine needs to resolve a council that is chosen in the run; no headers of providers,
 * for it is journaled. NULL when the council is there already. */
static json_t *choice_context(const struct run_spec *spec)
{
    static const char *const NAMES[] = {"catalogue", "prices", "defaults"};
    const char *name;
    json_t *config, *providers = xcheck(json_object()), *context = xcheck(json_object());
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
        if (json_object_get(spec->tree, NAMES[i]))
            json_object_set(context, NAMES[i], json_object_get(spec->tree, NAMES[i]));
    json_object_foreach (json_object_get(spec->tree, "providers"), name, config) {
        json_t *copy = xcheck(json_copy(config));
        json_object_del(copy, "headers");
        json_object_set_new(providers, name, copy);
    }
    json_object_set_new(context, "providers", providers);
    return context;
}

static struct engine *make_engine(struct run *r)
{
    const struct run_spec *spec = r->with.spec;
    struct engine_spec engine = {.run_id = spec->run_id,
                                 .council_id = spec->council_id,
                                 .council = spec->plan.document,
                                 .input = spec->input,
                                 .options = spec->options,
                                 .seed = spec->seed,
                                 .council_sha256 = spec->council_sha256,
                                 .ask_sha256 = spec->ask_sha256,
                                 .max_parallel = (int)spec->context.max_parallel,
                                 .started_wall_ms = clock_wall_ms(),
                                 .verbose = spec->verbose,
                                 .resume = resumption_store(r->with.resumption)};
    engine.reliability = json_object_get(json_object_get(spec->tree, "defaults"), "reliability");
    if (engine.resume)
        engine.reliability = engine.resume->reliability;
    if (spec->plan.is_auto)
        engine.context = choice_context(spec);
    struct engine *made = engine_new(&engine);
    json_decref(engine.context);
    resumption_release(r->with.resumption);
    return made;
}

struct run *run_new(const struct run_parts *parts, struct error *err)
{
    static const struct exchange_hooks HOOKS = {hook_now, hook_fact, hook_delta};
    struct run *r = xcalloc(1, sizeof(*r));
    r->with = *parts;
    r->tell = (struct tell){.uplink = parts->uplink, .secrets = parts->secrets};
    r->held_since_ms = -1;
    r->facts = xcheck(json_array());
    r->exchanges = exchanges_new(parts->http, parts->secrets, &HOOKS, r);
    if (add_providers(r, err) < 0) {
        run_free(r);
        return NULL;
    }
    return r;
}

void run_free(struct run *r)
{
    if (!r)
        return;
    exchanges_free(r->exchanges);
    tools_free(r->tools);
    if (r->engine)
        engine_free(r->engine);
    json_decref(r->facts);
    tell_release(&r->tell);
    free(r);
}

void run_begin(struct run *r)
{
    complete_tools(r);
    r->base_ms = clock_mono_ms();
    run_spec_finish(r->with.spec);
    r->engine = make_engine(r);
    engine_start(r->engine);
    if (r->with.spec->redacted)
        warn_redacted(r, "a key stood in what was asked; it was replaced");
    pump(r);
}

void run_step(struct run *r)
{
    if (r->over || run_is_held(r))
        return;
    int64_t now = now_ms(r);
    exchanges_step(r->exchanges, now);
    if (r->tools)
        tools_step(r->tools, now);
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

int run_timeout_ms(struct run *r)
{
    enum { LONGEST_MS = 3600000 };
    if (run_is_held(r))
        return -1;
    if (json_array_size(r->facts))
        return 0;
    int64_t at = sooner(engine_wake_ms(r->engine), exchanges_wake_ms(r->exchanges));
    if (r->tools)
        at = sooner(at, tools_wake_ms(r->tools));
    if (at < 0)
        return -1;
    int64_t left = at - now_ms(r);
    return left < 0 ? 0 : left > LONGEST_MS ? LONGEST_MS : (int)left;
}

bool run_is_over(const struct run *r)
{
    return r->over;
}

size_t run_fds(const struct run *r, struct pollfd *ret, size_t room)
{
    return r->tools ? tools_fds(r->tools, ret, room) : 0;
}

void run_cancel(struct run *r, bool now, enum link_cause cause)
{
    queue_fact(r, json_pack("{s:s, s:s, s:s}", "type", "cancel_requested", "mode",
                            now ? "now" : "drain", "reason",
                            cause == LINK_CAUSE_DEADLINE ? "deadline" : "client"));
}

void run_set_deltas(struct run *r, bool on)
{
    r->deltas = on;
}

bool run_is_held(struct run *r)
{
    bool full = r->with.uplink->out.len > UPLINK_STOP_MARK;
    if (full && r->held_since_ms < 0) {
        r->held_since_ms = clock_mono_ms();
    } else if (!full && r->held_since_ms >= 0) {
        r->held_ms += clock_mono_ms() - r->held_since_ms;
        r->held_since_ms = -1;
    }
    return full;
}
