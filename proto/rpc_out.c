/* What the server sends. */
#include "rpc.h"

#include "common/cleanup.h"
#include "proto/json/json_out.h"

static const struct {
    const char *name;
    int code;
    const char *message;
    const char *members;
    const char *doc;
} REASONS[] = {
    [RPC_PARSE_ERROR] = {"parse_error", -32700, "the line is not strict JSON", "",
                         "the line is not one strict JSON value, or holds too many values"},
    [RPC_INVALID_REQUEST] = {"invalid_request", -32600, "not a JSON-RPC 2.0 request", "field",
                             "JSON, but not a JSON-RPC 2.0 request object; batches too"},
    [RPC_METHOD_NOT_FOUND] = {"method_not_found", -32601, "there is no such method", "method",
                              "there is no such method"},
    [RPC_INVALID_PARAMETER] = {"invalid_parameter", -32602, "a parameter is wrong", "field",
                               "a parameter is missing, mistyped, out of range or unknown"},
    [RPC_INVALID_OPTION] = {"invalid_option", -32602, "an option of the run is wrong", "field",
                            "the same for the parameters of `run.start` other than `council` and "
                            "`input`"},
    [RPC_INVALID_COUNCIL] = {"invalid_council", -32602, "the council is not valid", "errors",
                             "the council has faults; `errors` lists them all, each {path, code, "
                             "message} with a JSON Pointer into the document"},
    [RPC_MAX_CHILDREN] = {"max_children", -32001, "as many runs as allowed are alive", "max",
                          "as many runs as allowed are alive already"},
    [RPC_ALREADY_STARTED] = {"already_started", -32002, "a run of that id is alive", "run_id, pid",
                             "a run of that id is alive; it is not touched"},
    [RPC_SHUTTING_DOWN] = {"shutting_down", -32003, "the daemon is stopping", "",
                           "the daemon is stopping and starts nothing more"},
    [RPC_START_FAILED] = {"start_failed", -32004, "the run could not be started", "cause",
                          "the runner ended or failed before it was ready; nothing of it is left"},
    [RPC_NOT_FOUND] = {"not_found", -32005, "there is no such run or document", "",
                       "there is no such run (or catalogue document), or somebody else ended it "
                       "first"},
    [RPC_BAD_REF] = {"bad_ref", -32006, "the ref belongs to another connection", "",
                     "the ref belongs to another connection, whose monitor stays"},
    [RPC_UNKILLABLE] = {"unkillable", -32007, "a process survives SIGKILL", "run_id, pid",
                        "a process of the run survives SIGKILL; the DOWN comes when it dies"},
    [RPC_TIMEOUT] = {"timeout", -32008, "the time given is over", "",
                     "the time given is over; the run goes on"},
    [RPC_REQUEST_TOO_LARGE] = {"request_too_large", -32010, "the request is too large", "limit",
                               "the line is longer than `limit` bytes; the connection is closed"},
    [RPC_TOO_MANY_CONNECTIONS] = {"too_many_connections", -32011, "too many connections", "limit",
                                  "`limit` connections are open; sent unasked with id null, then "
                                  "the connection is closed"},
    [RPC_INTERNAL_ERROR] = {"internal_error", -32603, "internal error", "",
                            "the daemon could not do it, out of memory for example"},
};
_Static_assert(ARRAY_LEN(REASONS) == RPC_REASON_COUNT, "a row for every reason");

const char *rpc_reason_name(enum rpc_reason reason)
{
    return REASONS[reason].name;
}

int rpc_reason_code(enum rpc_reason reason)
{
    return REASONS[reason].code;
}

const char *rpc_reason_doc(enum rpc_reason reason)
{
    return REASONS[reason].doc;
}

const char *rpc_reason_message(enum rpc_reason reason)
{
    return REASONS[reason].message;
}

const char *rpc_reason_members(enum rpc_reason reason)
{
    return REASONS[reason].members;
}

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
        line.error = buf_addf(to, ",\"error\":{\"code\":%d,\"message\":", REASONS[reason].code);
    add_string(&line, message && *message ? message : REASONS[reason].message);
    add(&line, ",\"data\":{\"reason\":");
    add_string(&line, REASONS[reason].name);
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
