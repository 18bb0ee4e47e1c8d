/* Lines from a runner to councild. */
#include "link.h"

#include "common/cleanup.h"
#include "proto/json/json_make.h"
#include "proto/json/json_out.h"
#include "proto/json/json_tree.h"

#include <errno.h>

enum { VALUES_MAX = 1000, PROGRESS_MAX = 2048, SANDBOX_MAX = 4096 };

/* ---- making ---- */

/* Closes a line that was begun at `before`, or takes it back. */
static int finish(struct buf *to, size_t before, int r)
{
    if (r == 0)
        r = buf_add_str(to, "}\n");
    if (r < 0)
        buf_truncate(to, before);
    return r;
}

int link_make_ready(struct buf *to, const json_t *sandbox)
{
    size_t before = to->len;
    int r = buf_add_str(to, "{\"type\":\"ready\"");

    if (r == 0 && sandbox)
        r = buf_add_str(to, ",\"sandbox\":");
    if (r == 0 && sandbox)
        r = json_out(to, sandbox);
    return finish(to, before, r);
}

int link_make_failed(struct buf *to, const char *message, const char *code, const json_t *data)
{
    size_t before = to->len;
    int r = buf_add_str(to, "{\"type\":\"failed\",\"message\":");

    if (r == 0)
        r = json_out_string(to, message);
    if (r == 0 && code)
        r = buf_add_str(to, ",\"code\":");
    if (r == 0 && code)
        r = json_out_string(to, code);
    if (r == 0 && data)
        r = buf_add_str(to, ",\"data\":");
    if (r == 0 && data)
        r = json_out(to, data);
    return finish(to, before, r);
}

static int make_event(struct buf *to, const char *type, struct json_span event)
{
    size_t before = to->len;
    int r = buf_addf(to, "{\"type\":\"%s\",\"event\":", type);

    if (r == 0)
        r = json_out_span(to, event);
    return finish(to, before, r);
}

int link_make_event(struct buf *to, struct json_span event)
{
    return make_event(to, "event", event);
}

int link_make_delta(struct buf *to, struct json_span event)
{
    return make_event(to, "delta", event);
}

int link_make_progress(struct buf *to, const char *phase, const json_t *usage, int64_t calls,
                       const char *council_id)
{
    size_t before = to->len;
    int r = buf_add_str(to, "{\"type\":\"progress\",\"phase\":");

    if (r == 0)
        r = json_out_string(to, phase);
    if (r == 0)
        r = buf_add_str(to, ",\"usage\":");
    if (r == 0)
        r = usage ? json_out(to, usage) : buf_add_str(to, "{}");
    if (r == 0)
        r = buf_addf(to, ",\"calls\":%jd,\"council_id\":", (intmax_t)calls);
    if (r == 0)
        r = json_out_string(to, council_id);
    return finish(to, before, r);
}

static int begin_result(struct buf *to, enum outcome outcome)
{
    int r = buf_add_str(to, "{\"type\":\"result\",\"outcome\":");

    return r == 0 ? json_out_string(to, outcome_name(outcome)) : r;
}

int link_make_result(struct buf *to, enum outcome outcome, struct json_span result, bool journaled)
{
    size_t before = to->len;
    int r = begin_result(to, outcome);

    if (r == 0 && !journaled)
        r = buf_add_str(to, ",\"journaled\":false");
    if (r == 0)
        r = buf_add_str(to, ",\"result\":");
    if (r == 0)
        r = json_out_span(to, result);
    return finish(to, before, r);
}

int link_make_result_at(struct buf *to, enum outcome outcome, int64_t at, size_t bytes)
{
    size_t before = to->len;
    int r = begin_result(to, outcome);

    if (r == 0)
        r = buf_addf(to, ",\"at\":%jd,\"bytes\":%zu", (intmax_t)at, bytes);
    return finish(to, before, r);
}

/* ---- parsing ---- */

/* Events and results may hold as many values as the line has room for; the rest may not. */
static const struct json_area AREAS[] = {{.name = "event"}, {.name = "result"}};
static const struct json_scan_spec UP = {
    .max_depth = JSON_DEPTH_CLIENT,
    .max_values = VALUES_MAX,
    .areas = AREAS,
    .n_areas = ARRAY_LEN(AREAS),
};

static struct json_span member(const struct link_up *up, const char *name)
{
    return json_list_find(&up->scan.outer, name);
}

static int junk(struct error *err, const char *why)
{
    return error_set(err, EBADMSG, "%s", why);
}

static bool is_type(struct json_span span, json_type type)
{
    return span.at && json_span_type(span) == type;
}

static int parse_ready(struct link_up *up, struct error *err)
{
    up->sandbox = member(up, "sandbox");
    if (up->sandbox.at && !is_type(up->sandbox, JSON_OBJECT))
        return junk(err, "ready: sandbox is not an object");
    if (up->sandbox.len > SANDBOX_MAX)
        return junk(err, "ready: sandbox is too long");
    return 0;
}

static json_t *cut_string(struct json_span string)
{
    char text[LINK_MESSAGE_MAX + 1];
    size_t len = json_decode_cut(json_span_text(string), text, sizeof(text));

    return json_stringn(text, len);
}

static int parse_failed(struct link_up *up, struct error *err)
{
    struct json_span message = member(up, "message");
    struct json_span code = member(up, "code");
    struct json_span data = member(up, "data");
    json_t *tree = NULL;
    bool ok;

    if (!is_type(message, JSON_STRING))
        return junk(err, "failed: message is not a string");
    up->failed = json_object();
    ok = up->failed && json_put(up->failed, "message", cut_string(message));
    if (ok && is_type(code, JSON_STRING))
        ok = json_put(up->failed, "code", cut_string(code));
    if (ok && data.at)
        ok = json_span_load(data, &tree) == 0 && json_put(up->failed, "data", tree);
    return ok ? 0 : error_set(err, ENOMEM, "out of memory");
}

static void find_event_type(struct link_up *up, struct json_span name)
{
    char text[64];
    size_t len;

    up->event_type = -EINVAL;
    if (!is_type(name, JSON_STRING) || name.len > sizeof(text))
        return;
    len = json_decode(json_span_text(name), text);
    up->event_type = event_find(text, len);
}

/* One walk, which ends as soon as both are found: they stand at the beginning. */
static int parse_delta(struct link_up *up, struct error *err)
{
    struct json_span seq = {NULL, 0}, type = {NULL, 0};
    struct json_member inside;

    up->event = member(up, "event");
    if (!is_type(up->event, JSON_OBJECT))
        return junk(err, "event is not an object");
    for (struct json_walk walk = json_walk(up->event);
         (!seq.at || !type.at) && json_walk_member(&walk, &inside);) {
        if (json_name_is(inside.name, "seq"))
            seq = inside.value;
        else if (json_name_is(inside.name, "type"))
            type = inside.value;
    }
    find_event_type(up, type);
    if (json_span_int(seq, &up->seq) < 0)
        up->seq = 0;
    return 0;
}

static int parse_event(struct link_up *up, struct error *err)
{
    int r = parse_delta(up, err);

    if (r == 0 && up->seq < 1)
        return junk(err, "event without a seq");
    return r;
}

static int parse_progress(struct link_up *up, struct error *err)
{
    int64_t calls;

    up->phase = member(up, "phase");
    up->usage = member(up, "usage");
    up->calls = member(up, "calls");
    up->council_id = member(up, "council_id");
    if (up->phase.at && !is_type(up->phase, JSON_STRING) && !is_type(up->phase, JSON_NULL))
        return junk(err, "progress: phase is not a string");
    if (up->usage.at && !is_type(up->usage, JSON_OBJECT) && !is_type(up->usage, JSON_NULL))
        return junk(err, "progress: usage is not an object");
    if (up->calls.at && (json_span_int(up->calls, &calls) < 0 || calls < 0))
        return junk(err, "progress: calls is not a count");
    if (up->council_id.at && !is_type(up->council_id, JSON_STRING) &&
        !is_type(up->council_id, JSON_NULL))
        return junk(err, "progress: council_id is not a string");
    if (up->phase.len + up->usage.len + up->calls.len + up->council_id.len > PROGRESS_MAX)
        return junk(err, "progress: too long");
    return 0;
}

/* The result itself, or its place. */
static int find_result(struct link_up *up, struct error *err)
{
    up->result = member(up, "result");
    if (up->result.at)
        return 0;
    if (json_span_int(member(up, "at"), &up->at) < 0 ||
        json_span_int(member(up, "bytes"), &up->bytes) < 0)
        return junk(err, "result is missing");
    return 0;
}

static int parse_result(struct link_up *up, struct error *err)
{
    struct json_span name = member(up, "outcome");
    char text[32];
    int outcome = -EINVAL;

    if (is_type(name, JSON_STRING) && name.len <= sizeof(text))
        outcome = outcome_find(text, json_decode(json_span_text(name), text));
    if (outcome < 0)
        return junk(err, "result: unknown outcome");
    up->outcome = (enum outcome)outcome;
    return find_result(up, err);
}

static const struct {
    const char *name;
    int (*parse)(struct link_up *, struct error *);
} TYPES[] = {
    [LINK_READY] = {"ready", parse_ready},          [LINK_FAILED] = {"failed", parse_failed},
    [LINK_EVENT] = {"event", parse_event},          [LINK_DELTA] = {"delta", parse_delta},
    [LINK_PROGRESS] = {"progress", parse_progress}, [LINK_RESULT] = {"result", parse_result},
};

static int parse_typed(struct link_up *up, struct error *err)
{
    struct json_span type = member(up, "type");

    if (!is_type(type, JSON_STRING))
        return junk(err, "no type");
    for (size_t i = 0; i < ARRAY_LEN(TYPES); i++) {
        if (json_span_is(type, TYPES[i].name)) {
            up->type = (enum link_up_type)i;
            return TYPES[i].parse(up, err);
        }
    }
    return junk(err, "unknown type");
}

int link_parse_up(const char *line, size_t len, struct link_up *ret, struct error *err)
{
    struct link_up up = {.type = LINK_READY};
    int r = json_scan(line, len, &UP, &up.scan, err);

    if (r < 0)
        return r;
    r = parse_typed(&up, err);
    if (r < 0) {
        link_up_release(&up);
        return r;
    }
    *ret = up;
    return 0;
}

void link_up_release(struct link_up *up)
{
    json_decref(up->failed);
    up->failed = NULL;
    json_scan_release(&up->scan);
}
