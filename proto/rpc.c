#include "rpc.h"

#include "common/cleanup.h"

#include <errno.h>

static const struct json_area AREAS[] = {
    {"council", .max_values = RPC_COUNCIL_VALUES_MAX},
    {"input", .max_bytes = RPC_INPUT_BYTES_MAX},
};
enum { AREA_COUNCIL, AREA_INPUT, AREA_COUNT };
_Static_assert(sizeof(AREAS) / sizeof(AREAS[0]) == AREA_COUNT, "an index for every area");

static const struct json_scan_spec REQUEST = {
    .max_depth = JSON_DEPTH_CLIENT,
    .max_values = RPC_VALUES_MAX,
    .inner = "params",
    .areas = AREAS,
    .n_areas = AREA_COUNT,
};

static const char *const MEMBERS[] = {"jsonrpc", "id", "method", "params"};

static int invalid(struct rpc_fault *fault, const char *field, const char *message)
{
    fault->reason = RPC_INVALID_REQUEST;
    snprintf(fault->field, sizeof(fault->field), "%s", field);
    snprintf(fault->message, sizeof(fault->message), "%s", message);
    return -EBADMSG;
}

/* The id first: it is repeated in the answer whatever else is wrong. */
static int take_id(struct rpc_request *request, struct rpc_fault *fault)
{
    struct json_span id = json_list_find(&request->scan.outer, "id");

    if (id.at) {
        json_type type = json_span_type(id);
        if (type != JSON_STRING && type != JSON_INTEGER && type != JSON_REAL)
            return invalid(fault, "id", "id must be a string or a number");
    }
    request->id = fault->id = id;
    return 0;
}

static int check_members(const struct rpc_request *request, struct rpc_fault *fault)
{
    const struct json_list *list = &request->scan.outer;

    for (size_t i = 0; i < list->n; i++) {
        size_t known = 0;
        while (known < ARRAY_LEN(MEMBERS) && !json_name_is(list->at[i].name, MEMBERS[known]))
            known++;
        if (known == ARRAY_LEN(MEMBERS)) {
            invalid(fault, "", "unknown member of the request");
            json_decode_cut(list->at[i].name, fault->field, sizeof(fault->field));
            return -EBADMSG;
        }
    }
    if (!json_span_is(json_list_find(list, "jsonrpc"), "2.0"))
        return invalid(fault, "jsonrpc", "jsonrpc must be \"2.0\"");
    return 0;
}

static int take_method(struct rpc_request *request, struct rpc_fault *fault)
{
    struct json_span method = json_list_find(&request->scan.outer, "method");

    if (!method.at || json_span_type(method) != JSON_STRING)
        return invalid(fault, "method", "method must be a string");
    request->method_asked = json_span_text(method);
    if (json_decoded_len(request->method_asked) > RPC_METHOD_MAX)
        return 0;
    request->method_len =
        json_decode_cut(request->method_asked, request->method, sizeof(request->method));
    return 0;
}

static int take_params(struct rpc_request *request, struct rpc_fault *fault)
{
    struct json_span params = json_list_find(&request->scan.outer, "params");

    if (params.at && json_span_type(params) != JSON_OBJECT)
        return invalid(fault, "params", "params must be an object: parameters go by name");
    request->params = request->scan.inner;
    request->council_values = request->scan.area_values[AREA_COUNCIL];
    request->input_values = request->scan.area_values[AREA_INPUT];
    return 0;
}

static int take_apart(struct rpc_request *request, struct rpc_fault *fault)
{
    int r;

    if (request->scan.type != JSON_OBJECT)
        return invalid(fault, "", "a request is an object; batches are not served");
    r = take_id(request, fault);
    if (r == 0)
        r = check_members(request, fault);
    if (r == 0)
        r = take_method(request, fault);
    if (r == 0)
        r = take_params(request, fault);
    return r;
}

int rpc_parse(const char *line, size_t len, struct rpc_request *ret, struct rpc_fault *fault)
{
    struct rpc_request request = {.method_len = 0};
    struct error err = {.number = 0};
    int r;

    *fault = (struct rpc_fault){.reason = RPC_INTERNAL_ERROR};
    r = json_scan(line, len, &REQUEST, &request.scan, &err);
    if (r == -EBADMSG) {
        fault->reason = RPC_PARSE_ERROR;
        snprintf(fault->message, sizeof(fault->message), "%s", err.text);
    }
    if (r < 0)
        return r;
    r = take_apart(&request, fault);
    if (r < 0) {
        rpc_request_release(&request);
        return r;
    }
    *ret = request;
    return 0;
}

void rpc_request_release(struct rpc_request *request)
{
    json_scan_release(&request->scan);
    *request = (struct rpc_request){.method_len = 0};
}

bool rpc_is_notification(const struct rpc_request *request)
{
    return request->id.at == NULL;
}
