#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "awaited.h"
#include "lines.h"
#include "open_monitors.h"
#include "proto/json/json_out.h"
#include "proto/json/json_scan.h"
#include "proto/json/json_tree.h"

enum { DEFAULT_BYTES = 256 * 1024 * 1024, DEFAULT_CALLS = 4096 };

enum connection {
    CONNECTION_GOOD,
    CONNECTION_BROKEN, /* a step has failed: the next one gives it up */
    CONNECTION_LOST,
};

struct client {
    enum connection connection;
    struct lines lines;
    int64_t last_id;
    size_t calls_max;
    struct awaited_list calls;
    struct open_monitors monitors;
    client_note_fn function;
    void *arg;
};

int client_new(int fd, const struct client_limits *limits, struct client **ret, struct error *err)
{
    static const struct client_limits none = {0};
    if (!limits)
        limits = &none;
    struct client *c = calloc(1, sizeof *c);
    if (!c)
        return error_errno(err, ENOMEM, "connection");
    lines_init(&c->lines, fd, limits->line ? limits->line : DEFAULT_BYTES,
               limits->queue ? limits->queue : DEFAULT_BYTES);
    c->calls_max = limits->calls ? limits->calls : DEFAULT_CALLS;
    *ret = c;
    return 0;
}

void client_free(struct client *c)
{
    if (!c)
        return;
    awaited_release(&c->calls);
    open_monitors_release(&c->monitors);
    lines_release(&c->lines);
    free(c);
}

void client_on_notification(struct client *c, client_note_fn function, void *arg)
{
    c->function = function;
    c->arg = arg;
}

int client_fd(const struct client *c)
{
    return c->lines.fd;
}

bool client_wants_write(const struct client *c)
{
    return c->lines.out.len > 0;
}

void client_fault_release(struct client_fault *fault)
{
    json_decref(fault->error);
    *fault = (struct client_fault){0};
}

/* ---- what comes in ---- */

/* A member as a tree, NULL for one that is not there: 0 or -ENOMEM. */
static int load(const struct json_scan *message, const char *name, json_t **ret)
{
    struct json_span value = json_list_find(&message->outer, name);
    *ret = NULL;
    return value.at ? json_span_load(value, ret) : 0;
}

static int take_reply(struct client *c, const struct json_scan *message)
{
    struct awaited *call = awaited_by(&c->calls, json_list_find(&message->outer, "id"));
    if (!call || call->answered)
        return 0;
    struct json_span result = json_list_find(&message->outer, "result");
    int r = call->monitors ? open_monitors_add(&c->monitors, result, call->run_id) : 0;
    if (call->forget) {
        awaited_remove(&c->calls, call);
        return r;
    }
    if (r == 0)
        r = load(message, "result", &call->result);
    if (r == 0)
        r = load(message, "error", &call->error);
    call->answered = r == 0;
    return r;
}

static void tell(struct client *c, const struct client_note *note)
{
    if (c->function)
        c->function(c->arg, note);
}

static int take_notification(struct client *c, const struct json_scan *message,
                             struct json_span method)
{
    struct json_span params = json_list_find(&message->outer, "params"), event = {0};
    struct client_note note = {0};
    char *name = NULL;
    if (json_span_is(method, "run.down"))
        open_monitors_remove(&c->monitors, json_span_get(params, "ref"));
    if (json_span_is(method, "run.event"))
        event = json_span_get(params, "event");
    int r = json_span_string(method, &name, NULL);
    if (r == 0)
        r = load(message, "params", &note.params);
    if (r == 0) {
        note.method = name;
        note.event = event.at;
        note.event_len = event.len;
        tell(c, &note);
    }
    json_decref(note.params);
    free(name);
    return r;
}

static int take_line(struct client *c, struct json_span line, struct error *err)
{
    static const struct json_scan_spec spec = {.max_depth = JSON_DEPTH_MAX};
    struct json_scan message;
    struct error why;
    int r = json_scan(line.at, line.len, &spec, &message, &why);
    if (r == -EBADMSG)
        return error_set(err, EPROTO, "the daemon sent a line that is not JSON: %s", why.text);
    if (r == 0) {
        struct json_span method = json_list_find(&message.outer, "method");
        r = method.at && json_span_type(method) == JSON_STRING
                ? take_notification(c, &message, method)
                : take_reply(c, &message);
        json_scan_release(&message);
    }
    return r < 0 ? error_errno(err, -r, "a line of the daemon") : 0;
}

static int take_lines(struct client *c, struct error *err)
{
    struct json_span line;
    int r = 0;
    while (r == 0 && lines_next(&c->lines, &line)) {
        r = take_line(c, line, err);
        lines_done(&c->lines);
    }
    return r;
}

/* Nobody will report the ends of the monitored runs any more, so we do. */
static int lose(struct client *c, struct error *err)
{
    c->connection = CONNECTION_LOST;
    for (json_t *down; (down = open_monitors_take(&c->monitors));) {
        tell(c, &(struct client_note){.method = "run.down", .params = down});
        json_decref(down);
    }
    return error_set(err, ECONNRESET, "the connection to the daemon was lost");
}

int client_step(struct client *c, struct error *err)
{
    if (c->connection != CONNECTION_GOOD)
        return lose(c, err);
    int r = lines_flush(&c->lines, err);
    int got = r == 0 ? lines_fill(&c->lines, err) : 0;
    if (got > 0)
        r = take_lines(c, err);
    if (got == -ECONNRESET)
        return lose(c, err);
    if (got < 0)
        r = got;
    if (r < 0)
        c->connection = CONNECTION_BROKEN;
    return r < 0 ? r : got;
}

/* ---- what goes out ---- */

static int add_line(struct buf *to, int64_t id, const char *method, const json_t *params)
{
    static const struct json_span none = {"{}", 2};
    int r = buf_addf(to, "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"method\":", (long long)id);
    if (r == 0)
        r = json_out_string(to, method);
    if (r == 0)
        r = buf_add_str(to, ",\"params\":");
    if (r == 0)
        r = params ? json_out(to, params) : json_out_span(to, none);
    return r == 0 ? buf_add_str(to, "}\n") : r;
}

/* All of the line or nothing. */
static int queue_line(struct client *c, int64_t id, const char *method, const json_t *params,
                      struct error *err)
{
    struct buf *out = &c->lines.out;
    size_t before = out->len;
    int r = add_line(out, id, method, params);
    if (r == 0)
        return 0;
    buf_truncate(out, before);
    if (r == -EMSGSIZE && before > 0)
        return error_set(err, EAGAIN, "%zu bytes wait to be written", before);
    return error_errno(err, -r, "request");
}

static int64_t send_request(struct client *c, const char *method, const json_t *params, bool forget,
                            struct error *err)
{
    if (c->connection == CONNECTION_LOST)
        return error_set(err, ECONNRESET, "the connection to the daemon was lost");
    if (c->calls.n >= c->calls_max)
        return error_set(err, EBUSY, "%zu calls are under way", c->calls.n);
    struct awaited *call = awaited_add(&c->calls, c->last_id + 1, method, params);
    if (!call)
        return error_errno(err, ENOMEM, "request");
    call->forget = forget;
    int r = c->lines.mute ? 0 : queue_line(c, call->id, method, params, err);
    if (r < 0) {
        awaited_remove(&c->calls, call);
        return r;
    }
    c->last_id = call->id;
    /* A failure stays and is told by the next step. */
    lines_flush(&c->lines, NULL);
    return c->last_id;
}

int64_t client_send(struct client *c, const char *method, json_t *params, struct error *err)
{
    int64_t id = send_request(c, method, params, false, err);
    json_decref(params);
    return id;
}

int client_post(struct client *c, const char *method, json_t *params, struct error *err)
{
    int64_t id = send_request(c, method, params, true, err);
    json_decref(params);
    return id < 0 ? (int)id : 0;
}

void client_forget(struct client *c, int64_t id)
{
    struct awaited *call = awaited_find(&c->calls, id);
    if (call && call->answered)
        awaited_remove(&c->calls, call);
    else if (call)
        call->forget = true;
}

int client_reply(struct client *c, int64_t id, json_t **ret_result, struct client_fault *ret_fault)
{
    struct awaited *call = awaited_find(&c->calls, id);
    if (!call || !call->answered)
        return 0;
    json_t *data = json_object_get(call->error, "data");
    const char *reason = json_string_value(json_object_get(data, "reason"));
    *ret_fault =
        (struct client_fault){.error = json_incref(call->error), .reason = reason ? reason : ""};
    *ret_result = json_incref(call->result);
    awaited_remove(&c->calls, call);
    return 1;
}
