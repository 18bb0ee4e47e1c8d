/* Runs a whole council through the engine with scripted answers and an imitated clock.
 *
 * script: {call_id: [reply, ...]} one reply per attempt (the last one holds for further attempts);
 * a call without an entry gets a believable answer. reply: {text, error, delay_ms, usage,
 * finish_reason, ...}; error is an object, or the word "never" for no reply at all.
 * script.tools: {name: {result or error, delay_ms}}, for tools that are not searches. */
#ifndef TESTS_UNIT_DRIVE_H
#define TESTS_UNIT_DRIVE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/jx.h"
#include "resolved.h"
#include "runner/deliberation/engine.h"
#include "runner/deliberation/replay.h"

struct drive {
    struct engine *e;
    json_t *council, *input, *options, *script;
    json_t *context; /* of an auto run, or NULL */
    json_t *events;  /* all of them, in order */
    json_t *asked;   /* {call_id, attempt, provider, model, messages, params, schema} per attempt */
    json_t *aborted; /* call_ids */
    json_t *tooled;  /* {call_id, turn, id, name, args, timeout_ms, ms, aborted} per tool */
    json_t *open;    /* attempts in flight: {due, fact} */
    json_t *at;      /* facts to feed at a time: {due, fact}, in order */
    int64_t now;
    char *outcome;
    json_t *result;
    bool no_replay, resolved;
    bool fills; /* answers that no script gives have the form that is asked for */
    const struct resume *resume;
};

static inline json_t *parse_json(const char *text)
{
    json_error_t error;
    json_t *v = json_loads(text, JSON_DECODE_ANY, &error);
    if (!v)
        fail_msg("bad JSON in the test: %s at %d:%d", error.text, error.line, error.column);
    return v;
}

static inline struct drive drive_new(const char *council, const char *script)
{
    struct drive d = {
        .council = parse_json(council),
        .input = json_string("What is the best way to store eggs?"),
        .options = json_object(),
        .script = parse_json(script),
        .events = json_array(),
        .asked = json_array(),
        .aborted = json_array(),
        .tooled = json_array(),
        .open = json_array(),
        .at = json_array(),
    };
    return d;
}

static inline void drive_release(struct drive *d)
{
    engine_free(d->e);
    json_decref(d->council);
    json_decref(d->context);
    json_decref(d->input);
    json_decref(d->options);
    json_decref(d->script);
    json_decref(d->events);
    json_decref(d->asked);
    json_decref(d->aborted);
    json_decref(d->tooled);
    json_decref(d->open);
    json_decref(d->at);
    json_decref(d->result);
    free(d->outcome);
}

static inline void drive_at(struct drive *d, int64_t ms, const char *fact)
{
    json_array_append_new(d->at,
                          json_pack("{sIso}", "due", (json_int_t)ms, "fact", parse_json(fact)));
}

/* Some value that fits a schema of the engine's: of lists of words all, else the first or the
 * least. */
static inline json_t *fitting(json_t *schema)
{
    json_t *choices = json_object_get(schema, "enum"), *o, *part;
    const char *type = j_str(schema, "type", ""), *key;
    if (choices)
        return json_incref(json_array_get(choices, 0));
    if (strcmp(type, "object") == 0) {
        o = json_object();
        json_object_foreach (json_object_get(schema, "properties"), key, part)
            json_object_set_new(o, key, fitting(part));
        return o;
    }
    if (strcmp(type, "array") == 0) {
        part = json_object_get(schema, "items");
        choices = json_object_get(part, "enum");
        return choices ? json_incref(choices) : json_pack("[o]", fitting(part));
    }
    json_t *least = json_object_get(schema, "minimum");
    if (strcmp(type, "number") == 0 || strcmp(type, "integer") == 0)
        return least ? json_incref(least) : json_integer(1);
    return strcmp(type, "boolean") == 0 ? json_true() : json_string("words");
}

/* What a model might say. */
static inline json_t *default_text(const struct drive *d, const struct engine_want *w)
{
    if (w->ask->schema_name && strcmp(w->ask->schema_name, "ranking") == 0) {
        json_t *o = json_pack("{sssOsf}", "rationale", "by merit", "ordering", w->ask->presented,
                              "confidence", 0.5);
        char *text = json_dumps(o, 0);
        json_t *s = json_string(text);
        free(text);
        json_decref(o);
        return s;
    }
    if (d->fills && w->ask->schema) {
        json_t *o = fitting(w->ask->schema);
        char *text = json_dumps(o, 0);
        json_t *s = json_string(text);
        free(text);
        json_decref(o);
        return s;
    }
    return json_sprintf("Answer of %s in %s.", w->ask->member_id, w->call_id);
}

static inline json_t *reply_of(struct drive *d, const struct engine_want *w)
{
    json_t *list = json_object_get(d->script, w->call_id);
    size_t i = (size_t)w->attempt - 1, n = json_array_size(list);
    return n == 0 ? NULL : json_array_get(list, i < n ? i : n - 1);
}

static inline json_t *fact_of(struct drive *d, const struct engine_want *w, int64_t delay)
{
    json_t *reply = reply_of(d, w), *error = json_object_get(reply, "error");
    if (error)
        return json_pack("{sssssisO}", "type", "attempt_failed", "call_id", w->call_id, "attempt",
                         w->attempt, "error", error);
    json_t *text = json_object_get(reply, "text");
    json_t *usage = json_object_get(reply, "usage");
    json_t *fact = json_pack(
        "{sssssisssosnsosnsisI}", "type", "exchange_completed", "call_id", w->call_id, "attempt",
        w->attempt, "finish_reason", j_str(reply, "finish_reason", "stop"), "content",
        text ? json_incref(text) : default_text(d, w), "assistant", "usage",
        usage ? json_incref(usage) : json_pack("{sisi}", "input_tokens", 10, "output_tokens", 5),
        "cost", "first_token_ms", 20, "latency_ms", (json_int_t)delay);
    json_object_set_new(fact, "model_served",
                        json_string(j_str(reply, "model_served", w->ask->model)));
    static const char *const more[] = {"tool_calls", "logprob", "structured", "assistant"};
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++)
        if (json_object_get(reply, more[i]))
            json_object_set(fact, more[i], json_object_get(reply, more[i]));
    return fact;
}

static inline void drive_tool(struct drive *d, const struct engine_want *w)
{
    json_t *reply = json_object_get(json_object_get(d->script, "tools"), w->tool);
    int64_t delay = j_int(reply, "delay_ms", 10);
    json_array_append_new(d->tooled,
                          json_pack("{sssisssssOsIsIsb}", "call_id", w->call_id, "turn", w->turn,
                                    "id", w->tool_id, "name", w->tool, "args", w->args,
                                    "timeout_ms", (json_int_t)w->tool_timeout_ms, "ms",
                                    (json_int_t)d->now, "aborted", 0));
    if (delay < 0)
        return;
    json_t *fact =
        json_pack("{sssssisssssbsI}", "type", "tool_call_result", "call_id", w->call_id, "turn",
                  w->turn, "id", w->tool_id, "name", w->tool, "ok",
                  json_object_get(reply, "error") == NULL, "latency_ms", (json_int_t)delay);
    json_object_update(fact, reply);
    json_array_append_new(d->open,
                          json_pack("{sIso}", "due", (json_int_t)(d->now + delay), "fact", fact));
}

static inline void drive_abort_tool(struct drive *d, const struct engine_want *w)
{
    size_t i;
    json_t *o;
    json_array_foreach (d->tooled, i, o) {
        if (strcmp(j_str(o, "call_id", ""), w->call_id) == 0 && j_int(o, "turn", -1) == w->turn &&
            strcmp(j_str(o, "id", ""), w->tool_id) == 0)
            json_object_set_new(o, "aborted", json_true());
    }
    json_array_foreach (d->open, i, o) {
        json_t *fact = json_object_get(o, "fact");
        if (strcmp(j_str(fact, "call_id", ""), w->call_id) == 0 &&
            strcmp(j_str(fact, "id", ""), w->tool_id) == 0) {
            json_array_remove(d->open, i);
            return;
        }
    }
}

static inline void drive_attempt(struct drive *d, const struct engine_want *w)
{
    json_t *reply = reply_of(d, w);
    int64_t delay = j_int(reply, "delay_ms", 100);
    json_array_append_new(d->asked,
                          json_pack("{sssisssssssOsOsO*sOsssO*}", "call_id", w->call_id, "attempt",
                                    w->attempt, "member_id", w->ask->member_id, "provider",
                                    w->ask->provider, "model", w->ask->model, "messages",
                                    w->ask->messages, "params", w->ask->params, "schema",
                                    w->ask->schema, "tools", w->ask->tools, "tool_choice",
                                    w->ask->tool_choice, "embed", w->ask->embed));
    if (strcmp(j_str(reply, "error", ""), "never") == 0)
        return;
    json_array_append_new(d->open, json_pack("{sIso}", "due", (json_int_t)(d->now + delay), "fact",
                                             fact_of(d, w, delay)));
}

static inline void drive_abort(struct drive *d, const struct engine_want *w)
{
    size_t i;
    json_t *o;
    json_array_append_new(d->aborted, json_string(w->call_id));
    json_array_foreach (d->open, i, o) {
        if (strcmp(j_str(json_object_get(o, "fact"), "call_id", ""), w->call_id) == 0) {
            json_array_remove(d->open, i);
            return;
        }
    }
}

static inline void drive_take(struct drive *d)
{
    json_t *event;
    const struct engine_want *w;
    while ((event = engine_next_event(d->e)))
        json_array_append_new(d->events, event);
    while ((w = engine_next_want(d->e))) {
        if (w->kind == ENGINE_ATTEMPT)
            drive_attempt(d, w);
        else if (w->kind == ENGINE_ABORT)
            drive_abort(d, w);
        else if (w->kind == ENGINE_TOOL)
            drive_tool(d, w);
        else if (w->kind == ENGINE_ABORT_TOOL)
            drive_abort_tool(d, w);
        else if (w->kind == ENGINE_FINISH) {
            d->outcome = strdup(w->outcome);
            d->result = json_incref(w->result);
        }
    }
}

/* The earliest of a list of {due, fact}; NULL for none. */
static inline json_t *earliest(json_t *list, size_t *at)
{
    size_t i;
    json_t *o, *first = NULL;
    json_array_foreach (list, i, o) {
        if (!first || j_int(o, "due", 0) < j_int(first, "due", 0)) {
            first = o;
            *at = i;
        }
    }
    return first;
}

static inline void drive_feed(struct drive *d, json_t *list, size_t at)
{
    json_t *o = json_incref(json_array_get(list, at));
    json_array_remove(list, at);
    d->now = j_int(o, "due", 0);
    engine_feed(d->e, d->now, json_object_get(o, "fact"));
    json_decref(o);
}

static inline bool drive_step(struct drive *d)
{
    size_t i = 0, k = 0;
    json_t *reply = earliest(d->open, &i), *extra = earliest(d->at, &k);
    int64_t wake = engine_wake_ms(d->e);
    int64_t a = reply ? j_int(reply, "due", 0) : INT64_MAX;
    int64_t b = extra ? j_int(extra, "due", 0) : INT64_MAX;
    if (b <= a && b != INT64_MAX && (wake < 0 || b <= wake)) {
        drive_feed(d, d->at, k);
    } else if (a != INT64_MAX && (wake < 0 || a <= wake)) {
        drive_feed(d, d->open, i);
    } else if (wake >= 0) {
        d->now = wake;
        engine_advance(d->e, wake);
    } else {
        return false;
    }
    return true;
}

/* The journal fed back gives the same events and result. */
static inline void assert_replays(struct drive *d)
{
    size_t i;
    json_t *line;
    struct error err = {0};
    struct replay *r = replay_new(d->events, &err);
    if (!r)
        fail_msg("%s", err.text);
    json_array_foreach (d->events, i, line) {
        char *text = json_dumps(line, JSON_COMPACT);
        json_t *read = json_loads(text, 0, NULL);
        if (replay_line(r, read, &err) < 0)
            fail_msg("%s", err.text);
        json_decref(read);
        free(text);
    }
    assert_int_equal(replay_missing(r), 0);
    char *a = json_dumps(d->result, JSON_COMPACT), *b = json_dumps(replay_result(r), JSON_COMPACT);
    assert_string_equal(a, b);
    assert_string_equal(replay_outcome(r), d->outcome);
    free(a);
    free(b);
    replay_free(r);
}

static inline void assert_sequence(json_t *events)
{
    size_t i;
    json_t *event;
    int64_t ms = 0;
    json_array_foreach (events, i, event) {
        assert_int_equal(j_int(event, "seq", -1), i + 1);
        assert_true(j_int(event, "ms", -1) >= ms);
        ms = j_int(event, "ms", -1);
    }
    const char *last = j_str(json_array_get(events, i - 1), "type", "");
    assert_true(strcmp(last, "run_completed") == 0 || strcmp(last, "run_failed") == 0);
}

/* Resolves the council (resolved.h), which drive_run does too unless it was done. */
static inline void drive_resolve(struct drive *d)
{
    if (!d->resolved && json_object_get(d->council, "members"))
        d->council = resolved_council(d->council);
    d->resolved = true;
}

static inline void drive_run(struct drive *d)
{
    drive_resolve(d);
    struct engine_spec spec = {
        .run_id = "run_test",
        .council_id = "test",
        .council = d->council,
        .input = d->input,
        .options = d->options,
        .context = d->context,
        .seed = "council",
        .started_wall_ms = 1800000000000,
        .resume = d->resume,
    };
    d->e = engine_new(&spec);
    engine_start(d->e);
    drive_take(d);
    for (int i = 0; i < 10000 && !engine_finished(d->e) && drive_step(d); i++)
        drive_take(d);
    assert_true(engine_finished(d->e));
    assert_non_null(d->result);
    assert_sequence(d->events);
    if (!d->no_replay)
        assert_replays(d);
}

/* ---- looking at what came out ---- */

/* A member by path, "final.source", "rounds.0.member_results.ann.status". */
static inline json_t *at_path(json_t *v, const char *path)
{
    char buffer[256], *save = NULL;
    snprintf(buffer, sizeof buffer, "%s", path);
    for (char *p = strtok_r(buffer, ".", &save); p && v; p = strtok_r(NULL, ".", &save)) {
        if (json_is_array(v))
            v = json_array_get(v, (size_t)strtoul(p, NULL, 10));
        else
            v = json_object_get(v, p);
    }
    return v;
}

static inline void assert_at(json_t *v, const char *path, const char *expected)
{
    json_t *got = at_path(v, path);
    if (!got && strcmp(expected, "null") == 0)
        return;
    char *text = got ? json_dumps(got, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    if (!text || strcmp(text, expected) != 0)
        fail_msg("%s is %s, not %s", path, text ? text : "absent", expected);
    free(text);
}

static inline json_t *nth_event(struct drive *d, const char *type, int n)
{
    size_t i;
    json_t *event;
    json_array_foreach (d->events, i, event) {
        if (strcmp(j_str(event, "type", ""), type) == 0 && n-- == 0)
            return event;
    }
    return NULL;
}

static inline int count_events(struct drive *d, const char *type)
{
    int n = 0;
    while (nth_event(d, type, n))
        n++;
    return n;
}

/* The nth request of a call. */
static inline json_t *asked_of(struct drive *d, const char *call_id, int n)
{
    size_t i;
    json_t *o;
    json_array_foreach (d->asked, i, o) {
        if (strcmp(j_str(o, "call_id", ""), call_id) == 0 && n-- == 0)
            return o;
    }
    return NULL;
}

/* The text of the last message of a request. */
static inline const char *prompt_of(struct drive *d, const char *call_id, int n)
{
    json_t *messages = json_object_get(asked_of(d, call_id, n), "messages");
    size_t count = json_array_size(messages);
    return count ? j_str(json_array_get(messages, count - 1), "content", "") : "";
}

static inline bool has_warning(struct drive *d, const char *code)
{
    size_t i;
    json_t *w;
    json_array_foreach (json_object_get(d->result, "warnings"), i, w) {
        if (strcmp(j_str(w, "code", ""), code) == 0)
            return true;
    }
    return false;
}

static inline bool has_degraded(struct drive *d, const char *code)
{
    size_t i;
    json_t *w;
    json_array_foreach (json_object_get(d->result, "degraded_reasons"), i, w) {
        if (strcmp(j_str(w, "code", ""), code) == 0)
            return true;
    }
    return false;
}

#define SEAT(id) "{\"id\": \"" id "\", \"provider\": \"mock\", \"model\": \"m-" id "\"}"
#define THREE    "[" SEAT("ann") ", " SEAT("bob") ", " SEAT("cy") "]"
#define CHAIR    "{\"id\": \"chair\", \"provider\": \"mock\", \"model\": \"m-chair\"}"
#define ROUND(t) "{\"type\": \"" t "\", \"name\": \"" t "\"}"
#define THREE_STAGE                                                                                \
    "{\"schema_version\": 1, \"id\": \"three\", \"members\": " THREE ", \"chair\": " CHAIR         \
    ", \"rounds\": [" ROUND("independent_analysis") ", " ROUND(                                    \
        "anonymized_peer_review") ", " ROUND("synthesis") "]}"

#endif
