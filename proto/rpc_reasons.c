#include "rpc_reasons.h"

#include "common/cleanup.h"

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
                           "the daemon drains or stops, and starts nothing more"},
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
    [RPC_PERMISSION_DENIED] = {"permission_denied", -32020, "your role does not allow it", "role",
                               "the connection may not do it; `role` is the one that may"},
    [RPC_KEY_REUSED] = {"key_reused", -32021, "the key stands for another start", "run_id",
                        "the key was given with other parameters before, for the run `run_id`"},
    [RPC_RELOAD_FAILED] = {"reload_failed", -32023, "everything stays as it was", "why",
                           "what was read again has a fault; everything stays as it was"},
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
