#include "rpc_out.h"

#include "proto/json/json_out.h"

/* Lines are put together by steps that do nothing once one has failed; line_end settles it. */
struct rpc_line {
    struct buf *to;
    size_t before;
    int error;
};

static struct rpc_line line_begin(struct buf *to)
{
    struct rpc_line line = {.to = to, .before = to->len};

    line.error = buf_add_str(to, "{\"jsonrpc\":\"2.0\"");
    return line;
}

static void add(struct rpc_line *line, const char *text)
{
    if (line->error == 0)
        line->error = buf_add_str(line->to, text);
}

static void add_string(struct rpc_line *line, const char *text)
{
    if (line->error == 0)
        line->error = json_out_string(line->to, text);
}

static void add_json(struct rpc_line *line, const json_t *json)
{
    if (line->error == 0)
        line->error = json_out(line->to, json);
}

static void add_span(struct rpc_line *line, struct json_span span)
{
    if (line->error == 0)
        line->error = json_out_span(line->to, span);
}

static void add_id(struct rpc_line *line, struct json_span id)
{
    add(line, ",\"id\":");
    add_span(line, id);
}

static int line_end(struct rpc_line *line)
{
    add(line, "}\n");
    if (line->error < 0)
        buf_truncate(line->to, line->before);
    return line->error;
}

int rpc_reply(struct buf *to, struct json_span id, const json_t *result)
{
    struct rpc_line line = line_begin(to);

    add_id(&line, id);
    add(&line, ",\"result\":");
    add_json(&line, result);
    return line_end(&line);
}

int rpc_reply_raw(struct buf *to, struct json_span id, struct json_span result)
{
    struct rpc_line line = line_begin(to);

    add_id(&line, id);
    add(&line, ",\"result\":");
    add_span(&line, result);
    return line_end(&line);
}

/* Everything up to the reason; more members of data may follow, then error_end. */
static struct rpc_line error_begin(struct buf *to, struct json_span id, enum rpc_reason reason,
                                   const char *message)
{
    struct rpc_line line = line_begin(to);

    add_id(&line, id);
    if (line.error == 0)
        line.error = buf_addf(to, ",\"error\":{\"code\":%d,\"message\":", rpc_reason_code(reason));
    add_string(&line, message && *message ? message : rpc_reason_message(reason));
    add(&line, ",\"data\":{\"reason\":");
    add_string(&line, rpc_reason_name(reason));
    return line;
}

static int error_end(struct rpc_line *line)
{
    add(line, "}}");
    return line_end(line);
}

int rpc_error(struct buf *to, struct json_span id, enum rpc_reason reason, const char *message,
              const json_t *data)
{
    struct rpc_line line = error_begin(to, id, reason, message);
    const char *name;
    json_t *value;

    json_object_foreach ((json_t *)data, name, value) {
        add(&line, ",");
        add_string(&line, name);
        add(&line, ":");
        add_json(&line, value);
    }
    return error_end(&line);
}

int rpc_fault_reply(struct buf *to, struct json_span id, const struct rpc_fault *fault)
{
    struct rpc_line line = error_begin(to, id, fault->reason, fault->message);

    if (fault->field[0]) {
        add(&line, ",\"field\":");
        add_string(&line, fault->field);
    }
    return error_end(&line);
}

int rpc_method_not_found(struct buf *to, const struct rpc_request *request)
{
    struct rpc_line line = error_begin(to, request->id, RPC_METHOD_NOT_FOUND, NULL);
    char method[RPC_METHOD_MAX + 1];
    size_t len = json_decode_cut(request->method_asked, method, sizeof(method));

    add(&line, ",\"method\":");
    if (line.error == 0)
        line.error = json_out_text(to, method, len);
    return error_end(&line);
}

int rpc_notify(struct buf *to, const char *method, const json_t *params)
{
    struct rpc_line line = line_begin(to);

    add(&line, ",\"method\":");
    add_string(&line, method);
    add(&line, ",\"params\":");
    add_json(&line, params);
    return line_end(&line);
}
