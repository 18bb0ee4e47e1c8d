/* Runs a whole council through the engine with scripted answers and an imitated clock.
 *
 * script: {call_id: [reply, ...]} one reply per attempt (the last one holds for further attempts);
 * a call without an entry gets a believable answer. reply: {text, error, delay_ms, usage,
 * finish_reason, ...}; error is an object, or the word "never" for no reply at all.
 * script.tools: {name: {result or error, delay_ms}}, for tools that are not searches. */
#ifndef TESTS_UNIT_DRIVE_H
#define TESTS_UNIT_DRIVE_H

#include "drive_replies.h"

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

/* The engine, which has not started. */
static inline void drive_begin(struct drive *d)
{
    drive_resolve(d);
    struct engine_spec spec = {
        .run_id = "run_test",
        .council_id = "test",
        .council = d->council,
        .input = d->input,
        .options = d->options,
        .context = d->context,
        .reliability = d->reliability,
        .seed = "council",
        .started_wall_ms = 1800000000000,
        .resume = d->resume,
        .max_parallel = d->max_parallel,
        .verbose = d->verbose,
    };
    d->e = engine_new(&spec);
}

static inline void drive_run(struct drive *d)
{
    drive_begin(d);
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
