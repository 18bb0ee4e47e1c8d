/* What is answered when the engine under test wants something: scripted replies, and believable
 * ones where the script has none. drive.h runs a council with them. */
#ifndef TESTS_UNIT_DRIVE_REPLIES_H
#define TESTS_UNIT_DRIVE_REPLIES_H

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
    json_t *context;     /* of an auto run, or NULL */
    json_t *reliability; /* {key: score}, or NULL */
    json_t *events;      /* all of them, in order */
    json_t *asked;   /* {call_id, attempt, provider, model, messages, params, schema} per attempt */
    json_t *aborted; /* call_ids */
    json_t *tooled;  /* {call_id, turn, id, name, args, timeout_ms, ms, aborted} per tool */
    json_t *open;    /* attempts in flight: {due, fact} */
    json_t *at;      /* facts to feed at a time: {due, fact}, in order */
    int64_t now;
    char *outcome;
    json_t *result;
    bool no_replay, resolved, verbose;
    int max_parallel; /* of the daemon; 0: its default */
    bool fills;       /* answers that no script gives have the form that is asked for */
    json_t *(*says)(const struct engine_want *w); /* makes them, one for each attempt; or NULL */
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
    json_decref(d->reliability);
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

/* Makes a number, a boolean or a string for a member of that name. */
typedef json_t *fitting_leaf(const struct engine_want *w, json_t *schema, const char *name);

/* The least number that fits, and words. */
static inline json_t *plain_leaf(const struct engine_want *w, json_t *schema, const char *name)
{
    json_t *least = json_object_get(schema, "minimum");
    const char *type = j_str(schema, "type", "");
    (void)w;
    (void)name;
    if (strcmp(type, "number") == 0 || strcmp(type, "integer") == 0)
        return least ? json_incref(least) : json_integer(1);
    return strcmp(type, "boolean") == 0 ? json_true() : json_string("words");
}

/* Some value that fits a schema of the engine's: of lists of words all, of other choices the first.
 */
static inline json_t *fitting(const struct engine_want *w, json_t *schema, const char *name,
                              fitting_leaf *leaf)
{
    json_t *choices = json_object_get(schema, "enum"), *o, *part;
    const char *type = j_str(schema, "type", ""), *key;
    if (choices)
        return json_incref(json_array_get(choices, 0));
    if (strcmp(type, "object") == 0) {
        o = json_object();
        json_object_foreach (json_object_get(schema, "properties"), key, part)
            json_object_set_new(o, key, fitting(w, part, key, leaf));
        return o;
    }
    if (strcmp(type, "array") == 0) {
        part = json_object_get(schema, "items");
        choices = json_object_get(part, "enum");
        return choices ? json_incref(choices) : json_pack("[o]", fitting(w, part, name, leaf));
    }
    return leaf(w, schema, name);
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
        json_t *o = fitting(w, w->ask->schema, "", plain_leaf);
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
    if (d->says && n <= i) {
        if (!list)
            json_object_set_new(d->script, w->call_id, list = json_array());
        for (; n <= i; n++)
            json_array_append_new(list, d->says(w));
    }
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

#endif
